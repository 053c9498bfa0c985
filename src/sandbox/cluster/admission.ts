import { canonicalJson } from '#domain/json.ts'
import { ApiError } from './api-error.ts'
import { asFields, asText } from './fields.ts'
import type { Fields } from './objects.ts'
import { qualifiedName, type Resource } from './resources.ts'
import type { Store } from './store.ts'

/** Name of the policy, its binding and its ConfigMap in every namespace. */
export const freezeName = 'countermand-freeze'
const frozenKinds: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet']
const passing: readonly string[] = [
  'system:serviceaccount:countermand:countermand',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
  'system:kube-controller-manager',
]
const breakGlass = 'countermand:break-glass'
const checkAnnotation = 'countermand.dev/freeze-check'

/** What somebody is about to write. Without `before` it is made, without `after` deleted. */
interface Write {
  readonly resource: Resource
  readonly namespace: string
  readonly before?: Fields
  readonly after?: Fields
  readonly isDryRun: boolean
  readonly user: string
  readonly groups: readonly string[]
}

/** The policy of `deploy/freeze.yaml`, rule by rule: in namespaces with its label, for workloads with an entry in its ConfigMap. */
export function admit(store: Store, write: Write): void {
  const { resource, namespace, before, after } = write
  if (!frozenKinds.includes(resource.kind)) return
  const labels = store.get('Namespace', '', namespace)?.metadata.labels
  if (labels?.['countermand.dev/freeze'] !== 'on') return
  const parameters = store.get('ConfigMap', namespace, freezeName)
  if (!parameters) return
  const name = asText(asFields((after ?? before ?? {})['metadata'])['name'])
  const entry = asText(
    asFields(asFields(parameters)['data'])[`${resource.kind.toLowerCase()}.${name}`],
  )
  if (entry !== '' && isDeploy(write) && !mayPass(write))
    throw denied(
      resource,
      name,
      wordsOf(entry) ?? 'Deploys of this workload are frozen by Countermand.',
    )
  if (isCheck(write)) {
    const whom = mayPass(write) ? '.' : ` on ${write.user}, too.`
    throw denied(resource, name, `The freeze ${entry === '' ? 'would act' : 'acts'}${whom}`)
  }
}

const isDeploy = ({ before, after }: Write): boolean =>
  !before || !after || canonicalJson(podSpecOf(before)) !== canonicalJson(podSpecOf(after))

const mayPass = ({ user, groups }: Write): boolean =>
  passing.includes(user) || groups.includes(breakGlass)

const isCheck = ({ before, after, isDryRun }: Write): boolean =>
  isDryRun &&
  before !== undefined &&
  after !== undefined &&
  annotationOf(before) !== annotationOf(after)

const podSpecOf = (workload: Fields): unknown =>
  asFields(asFields(workload['spec'])['template'])['spec'] ?? null
const annotationOf = (workload: Fields): string =>
  asText(asFields(asFields(workload['metadata'])['annotations'])[checkAnnotation])
const wordsOf = (entry: string): string | undefined => entry.split('\n')[2]

const denied = (resource: Resource, name: string, words: string): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    `${qualifiedName(resource)} "${name}" is forbidden: ValidatingAdmissionPolicy '${freezeName}' with binding '${freezeName}' denied request: ${words}`,
    { name, group: resource.group, kind: resource.plural },
  )

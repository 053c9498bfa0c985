import { isSameJson } from '#domain/json.ts'
import { ApiError } from './api-error.ts'
import { asFields, asText } from './fields.ts'
import { isHeldBy, isHoldCheck } from './holds.ts'
import { isSame, templateOf } from './templates.ts'
import type { Fields } from './objects.ts'
import { qualifiedName, type Resource } from './resources.ts'
import type { Store } from './store.ts'

/** Name of the policy, its binding and its ConfigMap in every namespace. */
const freezeName = 'countermand-freeze'
const holdName = 'countermand-hold'
const heldKinds: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']
const passing: readonly string[] = [
  'system:serviceaccount:countermand:countermand',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
  'system:kube-controller-manager',
]
const breakGlass = 'countermand:break-glass'
const checkAnnotation = 'countermand.dev/freeze-check'

/** What somebody is about to write. Without `before` it is made, without `after` deleted. */
export interface Write {
  readonly resource: Resource
  readonly namespace: string
  readonly before?: Fields
  readonly after?: Fields
  readonly isDryRun: boolean
  readonly user: string
  readonly groups: readonly string[]
}

/** The policies of `deploy/freeze.yaml`, rule by rule, in namespaces with its label. */
export function admit(store: Store, write: Write): void {
  const { resource, namespace, before, after } = write
  const isWorkload = heldKinds.includes(resource.kind)
  if (!isWorkload && (resource.kind !== 'Service' || !before)) return
  const labels = store.get('Namespace', '', namespace)?.metadata.labels
  if (labels?.['countermand.dev/freeze'] !== 'on') return
  const name = asText(asFields((after ?? before ?? {})['metadata'])['name'])
  const workload = `${resource.kind.toLowerCase()}.${name}`
  admitFreeze(store, write, name, workload)
  if (isWorkload) admitHolds(store, write, name, workload)
}

/** For workloads with an entry in the ConfigMap of their namespace. */
function admitFreeze(store: Store, write: Write, name: string, workload: string): void {
  const { resource, namespace } = write
  const parameters = store.get('ConfigMap', namespace, freezeName)
  if (!parameters) return
  const data = asFields(asFields(parameters)['data'])
  const [beside = ''] = Object.keys(data).filter((key) => key.startsWith(`${workload}_`))
  const entry = asText(data[workload] ?? data[beside])
  if (entry !== '' && isDeploy(write) && !mayPass(write))
    throw denied(freezeName, resource, name, wordsOf(entry) ?? plainWords)
  if (isCheck(write)) {
    const verb = entry === '' ? 'would act' : 'acts'
    throw denied(freezeName, resource, name, `The freeze ${verb}${whom(write)}`)
  }
}

/** For versions that a PodTemplate of their namespace names. */
function admitHolds(store: Store, write: Write, name: string, workload: string): void {
  for (const hold of store.list('PodTemplate', write.namespace)) {
    if (hold.metadata.labels?.['countermand.dev/hold'] !== 'on') continue
    if (isHeldBy(hold, write, workload) && !mayPass(write)) {
      const words = hold.metadata.annotations?.['countermand.dev/words']
      throw denied(holdName, write.resource, name, words ?? 'This version is held by Countermand.')
    }
    if (isHoldCheck(hold, write))
      throw denied(holdName, write.resource, name, `The hold acts${whom(write)}`)
  }
}

const plainWords = 'Deploys of this workload are frozen by Countermand.'
const whom = (write: Write): string => (mayPass(write) ? '.' : ` on ${write.user}, too.`)

const isDeploy = ({ resource, before, after }: Write): boolean =>
  !before ||
  !after ||
  (resource.kind === 'Service'
    ? !isSameJson(selectorOf(before), selectorOf(after))
    : !isSame(templateOf(before), templateOf(after)))

const selectorOf = ({ spec }: Fields) => asFields(asFields(spec)['selector'])

const mayPass = ({ user, groups }: Write): boolean =>
  passing.includes(user) || groups.includes(breakGlass)

const isCheck = ({ before, after, isDryRun }: Write): boolean =>
  isDryRun &&
  before !== undefined &&
  after !== undefined &&
  annotationOf(before) !== annotationOf(after)

const annotationOf = (workload: Fields): string =>
  asText(asFields(asFields(workload['metadata'])['annotations'])[checkAnnotation])
const wordsOf = (entry: string): string | undefined => entry.split('\n')[2]

const denied = (policy: string, resource: Resource, name: string, words: string): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    `${qualifiedName(resource)} "${name}" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${words}`,
    { name, group: resource.group, kind: resource.plural },
  )

/** Whether deploys of a workload of the shop's namespace are refused, as the freeze's own ConfigMap says. */
export function isFrozen(
  { get }: { readonly get: (kind: 'ConfigMap', namespace: string, name: string) => unknown },
  kind: string,
  name: string,
): boolean {
  const map = asFields(get('ConfigMap', 'production', freezeName))
  return Object.hasOwn(asFields(map['data']), `${kind.toLowerCase()}.${name}`)
}

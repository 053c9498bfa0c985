import { ApiError } from './api-error.ts'
import { asFields, asText } from './fields.ts'
import type { Fields } from './objects.ts'
import { qualifiedName, type Resource } from './resources.ts'
import type { Store } from './store.ts'

/** Name of the policy, its binding and its ConfigMap in the namespace `default`. */
const freeze = 'deploy-freeze'
const frozenKinds: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet']

interface Update {
  readonly resource: Resource
  readonly namespace: string
  readonly before: Fields
  readonly after: Fields
  readonly user: string
}

/** The deploy freeze as a ValidatingAdmissionPolicy would hold it: in namespaces labelled `deploy-freeze=on`, while the ConfigMap says `frozen: "true"`, images change only for the users it allows. */
export function admit(store: Store, { resource, namespace, before, after, user }: Update): void {
  if (!frozenKinds.includes(resource.kind)) return
  const labels = store.get('Namespace', '', namespace)?.metadata.labels
  if (labels?.[freeze] !== 'on') return
  const parameters = store.get('ConfigMap', 'default', freeze)
  const data = asFields(asFields(parameters)['data'])
  const isAllowed = asText(data['allow']).split(',').includes(user)
  if (data['frozen'] !== 'true' || isAllowed || imagesOf(before) === imagesOf(after)) return
  const name = asText(asFields(after['metadata'])['name'])
  throw new ApiError(
    403,
    'Forbidden',
    `${qualifiedName(resource)} "${name}" is forbidden: ValidatingAdmissionPolicy '${freeze}' with binding '${freeze}' denied request: deploys are frozen`,
    { name, group: resource.group, kind: resource.plural },
  )
}

function imagesOf(workload: Fields): string {
  const spec = asFields(asFields(asFields(workload['spec'])['template'])['spec'])
  return ['initContainers', 'containers']
    .flatMap((list) => {
      const containers = spec[list]
      return Array.isArray(containers) ? containers.map(asFields) : []
    })
    .map(({ name, image }) => `${asText(name)}=${asText(image)}`)
    .join(',')
}

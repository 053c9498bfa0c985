import type { Kind } from '../objects.ts'
import type { Store } from '../store.ts'

const dependents: readonly Kind[] = ['ReplicaSet', 'ControllerRevision', 'Pod', 'EndpointSlice']
const owners: readonly Kind[] = [
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Rollout',
  'Service',
  'ConfigMap',
]

/** Removes what belonged to an object that is gone, as a background deletion does. */
export function collectGarbage(store: Store): void {
  const alive = new Set(
    owners.flatMap((kind) => store.list(kind).map(({ metadata }) => metadata.uid)),
  )
  for (const kind of dependents)
    for (const { metadata } of store.list(kind)) {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller)
      if (owner && !alive.has(owner.uid)) store.remove(kind, metadata)
    }
}

import { isSameJson } from '#domain/json.ts'
import type { ControllerRevision, DaemonSet, Fields, StatefulSet } from '../objects.ts'
import { templateHash } from '../template.ts'
import { type Context, isOwnedBy, ownedBy } from './context.ts'

/** Each of the two controllers has its own. */
const hashLabelOf = {
  StatefulSet: 'controller.kubernetes.io/hash',
  DaemonSet: 'controller-revision-hash',
} as const

/** The ControllerRevision of today's template; one that is used again gets the highest number. */
export function currentRevision(
  context: Context,
  owner: StatefulSet | DaemonSet,
): ControllerRevision {
  const { store } = context
  const all = revisionsOf(context, owner)
  const highest = all.at(-1)?.revision ?? 0
  const data = { spec: { template: { ...owner.spec.template, $patch: 'replace' } } }
  const same = all.find((one) => isSameJson(one.data, data))
  if (same) {
    if (same.revision === highest) return same
    return store.put('ControllerRevision', { ...same, revision: highest + 1 })
  }
  const hash = templateHash(owner.spec.template)
  return store.create('ControllerRevision', {
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace ?? '',
      labels: {
        ...owner.spec.template.metadata?.labels,
        [hashLabelOf[owner.kind]]: hash,
      },
      ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
      ownerReferences: [ownedBy(owner)],
    },
    data,
    revision: highest + 1,
  })
}

const revisionsOf = ({ store }: Context, owner: StatefulSet | DaemonSet): ControllerRevision[] =>
  store
    .list('ControllerRevision', owner.metadata.namespace)
    .filter((one) => isOwnedBy(one, owner))
    .toSorted((a, b) => a.revision - b.revision)

/** Forgets revisions beyond the limit that no pod uses. */
export function forgetRevisions(
  context: Context,
  owner: StatefulSet | DaemonSet,
  inUse: readonly (string | undefined)[],
): void {
  const unused = revisionsOf(context, owner).filter((one) => !inUse.includes(one.metadata.name))
  const surplus = unused.length - owner.spec.revisionHistoryLimit
  for (const one of unused.slice(0, Math.max(0, surplus)))
    context.store.remove('ControllerRevision', one.metadata)
}

/** The template as stored, without the patch directive. */
export function templateOf(revision: ControllerRevision): Fields {
  const { $patch: _, ...template } = revision.data.spec.template
  return template
}

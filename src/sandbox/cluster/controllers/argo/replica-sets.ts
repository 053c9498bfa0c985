import { isSameJson } from '#domain/json.ts'
import { withTemplateDefaults } from '../../defaults.ts'
import { asFields } from '../../fields.ts'
import type { Fields, PodTemplate, ReplicaSet } from '../../objects.ts'
import type { Rollout } from '../../rollout-objects.ts'
import { templateHash } from '../../template.ts'
import { type Context, isOwnedBy, ownedBy } from '../context.ts'

export const hashLabel = 'rollouts-pod-template-hash'
export const revisionAnnotation = 'rollout.argoproj.io/revision'
/** Until when pods out of service go on. */
const deadlineAnnotation = 'scale-down-deadline'

export const hashOf = ({ metadata }: ReplicaSet): string => metadata.labels?.[hashLabel] ?? ''
export const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0)
export const availableOf = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0

export const replicaSetsOf = ({ store }: Context, rollout: Rollout): readonly ReplicaSet[] =>
  store.list('ReplicaSet', rollout.metadata.namespace).filter((set) => isOwnedBy(set, rollout))

/** Finds or makes the one of today's template, without pods yet, and gives it the highest number. */
export function currentReplicaSet(context: Context, rollout: Rollout): ReplicaSet {
  const template = completed(rollout.spec.template)
  const sets = replicaSetsOf(context, rollout)
  const found = sets.find((set) => isSameJson(withoutHash(set.spec.template), template))
  const highest = Math.max(0, ...sets.filter((set) => set !== found).map(revisionOf))
  if (!found) return create(context, rollout, template, highest + 1)
  return revisionOf(found) > highest
    ? found
    : annotate(context, found, { [revisionAnnotation]: String(highest + 1) })
}

export function scale({ store }: Context, set: ReplicaSet, replicas: number): void {
  if (set.spec.replicas === replicas) return
  const { metadata } = set
  const generation = (metadata.generation ?? 1) + 1
  store.put('ReplicaSet', {
    ...set,
    metadata: { ...metadata, generation },
    spec: { ...set.spec, replicas },
  })
}

export const isRetiring = ({ metadata }: ReplicaSet): boolean =>
  metadata.annotations?.[deadlineAnnotation] !== undefined

export const serveAgain = (context: Context, set: ReplicaSet): ReplicaSet =>
  isRetiring(set) ? annotate(context, set, { [deadlineAnnotation]: undefined }) : set

/** Lets its pods go on for a while, and go when that is over. */
export function retire(context: Context, set: ReplicaSet, afterSeconds: number): void {
  if (set.spec.replicas === 0) return
  const now = context.now().getTime()
  const deadline = set.metadata.annotations?.[deadlineAnnotation]
  const until = deadline === undefined ? now + afterSeconds * 1_000 : Date.parse(deadline)
  if (until <= now) return scale(context, serveAgain(context, set), 0)
  context.again(until - now)
  if (deadline === undefined)
    annotate(context, set, { [deadlineAnnotation]: new Date(until).toISOString() })
}

function annotate(
  { store }: Context,
  set: ReplicaSet,
  changes: Readonly<Record<string, string | undefined>>,
): ReplicaSet {
  const annotations = Object.fromEntries(
    Object.entries({ ...set.metadata.annotations, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
  return store.put('ReplicaSet', { ...set, metadata: { ...set.metadata, annotations } })
}

function create(
  { store }: Context,
  rollout: Rollout,
  template: PodTemplate,
  revision: number,
): ReplicaSet {
  // Another one than that of the Deployment which lends its template and may have the same name.
  const hash = templateHash({ rollout: template }).slice(0, 10)
  const { name, namespace } = rollout.metadata
  const labels = { ...template.metadata?.labels, [hashLabel]: hash }
  return store.create('ReplicaSet', {
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { [revisionAnnotation]: String(revision) },
      ownerReferences: [ownedBy(rollout)],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...rollout.spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  })
}

const completed = (template: PodTemplate): PodTemplate =>
  withTemplateDefaults(template as unknown as Fields) as unknown as PodTemplate

function withoutHash(template: PodTemplate): unknown {
  const { [hashLabel]: _hash, ...labels } = asFields(template.metadata?.labels)
  return { ...template, metadata: { ...template.metadata, labels } }
}

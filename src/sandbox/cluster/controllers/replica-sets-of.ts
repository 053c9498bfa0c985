import type { Deployment, Labels, ReplicaSet } from '../objects.ts'
import { isSameTemplate, templateHash, withHashLabel } from '../template.ts'
import { type Context, isOwnedBy, ownedBy } from './context.ts'
import { limits } from './rollout.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const notCopied = [
  revisionAnnotation,
  historyAnnotation,
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
  'kubectl.kubernetes.io/last-applied-configuration',
]

export interface Sets {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

export const revisionOf = (set: ReplicaSet): number =>
  Number(set.metadata.annotations?.[revisionAnnotation] ?? 0)

export function replicaSetsOf({ store }: Context, deployment: Deployment): Sets {
  const owned = store
    .list('ReplicaSet', deployment.metadata.namespace)
    .filter((set) => isOwnedBy(set, deployment))
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
  const current = owned.find((set) => isSameTemplate(set.spec.template, deployment.spec.template))
  return { current, old: owned.filter((set) => set !== current) }
}

/** Finds or makes the ReplicaSet of today's template and gives it the highest number: a template that is used again is renumbered. */
export function currentReplicaSet(
  context: Context,
  deployment: Deployment,
  sets: Sets,
): ReplicaSet {
  const revision = Math.max(0, ...sets.old.map(revisionOf)) + 1
  if (sets.current === undefined)
    return create(context, deployment, revision, firstReplicas(deployment, sets.old))
  const { metadata } = sets.current
  const before = revisionOf(sets.current)
  const annotations: Labels = { ...metadata.annotations, ...inherited(deployment) }
  if (before < revision) {
    annotations[revisionAnnotation] = String(revision)
    const history = metadata.annotations?.[historyAnnotation]
    annotations[historyAnnotation] = history === undefined ? `${before}` : `${history},${before}`
  }
  return context.store.put('ReplicaSet', {
    ...sets.current,
    metadata: { ...metadata, annotations },
  })
}

/** As many as may be there at once; one that replaces all at once begins with none. */
function firstReplicas(deployment: Deployment, old: readonly ReplicaSet[]): number {
  const { replicas, strategy } = deployment.spec
  if (strategy.type === 'Recreate') return 0
  const others = old.reduce((total, set) => total + set.spec.replicas, 0)
  return Math.max(0, Math.min(replicas, replicas + limits(deployment).surge - others))
}

function create(
  context: Context,
  deployment: Deployment,
  revision: number,
  replicas: number,
): ReplicaSet {
  const hash = templateHash(deployment.spec.template)
  const { name, namespace } = deployment.metadata
  const template = withHashLabel(deployment.spec.template, hash)
  return context.store.create('ReplicaSet', {
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: template.metadata?.labels ?? {},
      annotations: { ...inherited(deployment), [revisionAnnotation]: String(revision) },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds === undefined
        ? {}
        : { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: {
        matchLabels: { ...deployment.spec.selector.matchLabels, 'pod-template-hash': hash },
      },
      template,
    },
    status: { replicas: 0 },
  })
}

/** With how many pods there should be and may be, by which a later scaling is shared out. */
const inherited = (deployment: Deployment): Labels => ({
  ...Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(
      ([name]) => !notCopied.includes(name),
    ),
  ),
  'deployment.kubernetes.io/desired-replicas': String(deployment.spec.replicas),
  'deployment.kubernetes.io/max-replicas': String(
    deployment.spec.replicas + limits(deployment).surge,
  ),
})

/** Forgets unused ReplicaSets beyond `revisionHistoryLimit`, the lowest numbers first. */
export function cleanUp(
  { store }: Context,
  deployment: Deployment,
  old: readonly ReplicaSet[],
): void {
  const surplus = old.length - deployment.spec.revisionHistoryLimit
  for (const set of old.slice(0, Math.max(0, surplus)))
    if (set.spec.replicas === 0 && (set.status.replicas ?? 0) === 0)
      store.remove('ReplicaSet', set.metadata)
}

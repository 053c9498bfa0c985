import type { Deployment, ReplicaSet } from '../objects.ts'
import { type Context, portion } from './context.ts'
import { isTerminating, podsOf } from './pods-of.ts'

/** How many pods may exist above, or be missing below, the wanted number. */
export function limits(deployment: Deployment): { surge: number; unavailable: number } {
  const { replicas, strategy } = deployment.spec
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: replicas }
  const surge = portion(strategy.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil)
  const unavailable = portion(strategy.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** New pods first, as far as the surge allows; then old ones go as far as enough are available. */
export function rollingUpdate(
  context: Context,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const { replicas } = deployment.spec
  const { surge, unavailable } = limits(deployment)
  const existing = sum([current, ...old], (set) => set.spec.replicas)
  if (current.spec.replicas > replicas) return scale(context, deployment, current, replicas)
  const room = Math.min(replicas + surge - existing, replicas - current.spec.replicas)
  if (room > 0) return scale(context, deployment, current, current.spec.replicas + room)
  const currentMissing = current.spec.replicas - (current.status.availableReplicas ?? 0)
  let budget = existing - (replicas - unavailable) - currentMissing
  for (const set of old) {
    const broken = set.spec.replicas - (set.status.availableReplicas ?? 0)
    const going = Math.max(0, Math.min(broken, budget))
    budget -= going
    if (going > 0) return scale(context, deployment, set, set.spec.replicas - going)
  }
  const available = sum([current, ...old], (set) => set.status.availableReplicas ?? 0)
  let spare = available - (replicas - unavailable)
  for (const set of old) {
    const going = Math.max(0, Math.min(set.spec.replicas, spare))
    spare -= going
    if (going > 0) scale(context, deployment, set, set.spec.replicas - going)
  }
}

/** Nothing new before the last old pod is gone. */
export function recreate(
  context: Context,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  for (const set of old) if (set.spec.replicas > 0) scale(context, deployment, set, 0)
  const isAnyLeft = old.some((set) => podsOf(context, set).some((pod) => !isTerminating(pod)))
  if (!isAnyLeft && current.spec.replicas !== deployment.spec.replicas)
    scale(context, deployment, current, deployment.spec.replicas)
}

function scale(context: Context, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const direction = replicas > set.spec.replicas ? 'up' : 'down'
  const { surge } = limits(deployment)
  context.store.put('ReplicaSet', {
    ...set,
    metadata: {
      ...set.metadata,
      generation: (set.metadata.generation ?? 1) + 1,
      annotations: {
        ...set.metadata.annotations,
        'deployment.kubernetes.io/desired-replicas': String(deployment.spec.replicas),
        'deployment.kubernetes.io/max-replicas': String(deployment.spec.replicas + surge),
      },
    },
    spec: { ...set.spec, replicas },
  })
  context.event(
    deployment,
    'Normal',
    'ScalingReplicaSet',
    `Scaled ${direction} replica set ${set.metadata.name} from ${set.spec.replicas} to ${replicas}`,
  )
}

const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + count(set), 0)

import type { ReplicaSet } from '../../objects.ts'
import type { Rollout, RolloutStatus } from '../../rollout-objects.ts'
import { type Context, stamp } from '../context.ts'
import { availableOf, scale } from './replica-sets.ts'

export interface Sets {
  readonly current: ReplicaSet
  /** The last one that came out; absent before the first, and not the current one. */
  readonly stable: ReplicaSet | undefined
  readonly others: readonly ReplicaSet[]
}

/** One look at a canary; what of the status comes of it. Its share of the traffic is its share of the pods. */
export function canary(
  context: Context,
  { spec }: Rollout,
  status: RolloutStatus,
  { current, stable, others }: Sets,
): RolloutStatus {
  const replicas = spec.replicas ?? 1
  const steps = spec.strategy.canary?.steps ?? []
  const index = status.currentStepIndex ?? 0
  for (const set of others) scale(context, set, 0)
  if (status.abort && stable) {
    scale(context, stable, replicas)
    scale(context, current, 0)
    const abortedAt = status.abortedAt ?? stamp(context)
    return { ...withoutPause(status), abortedAt, currentStepIndex: 0 }
  }
  const step = steps[index]
  if (!stable || status.promoteFull || !step) {
    scale(context, current, replicas)
    if (availableOf(current) < replicas) return status
    if (stable) scale(context, stable, 0)
    return promoted(status, steps.length)
  }
  const weights = steps.slice(0, index + 1).flatMap(({ setWeight = [] }) => setWeight)
  const pods = Math.ceil((replicas * (weights.at(-1) ?? 0)) / 100)
  scale(context, current, pods)
  if (availableOf(current) < pods) return status
  scale(context, stable, replicas - pods)
  if (step.pause && !isResumed(status) && !isOver(context, step.pause, status))
    return paused(context, status, 'CanaryPauseStep')
  return { ...withoutPause(status), currentStepIndex: index + 1 }
}

/** Whether a pause with an end has come to it; asks for another look where it has not. */
function isOver(
  context: Context,
  { duration }: { readonly duration?: number | string },
  { pauseConditions }: RolloutStatus,
): boolean {
  const [since] = pauseConditions ?? []
  if (duration === undefined) return false
  const left = since
    ? Date.parse(since.startTime) + secondsOf(duration) * 1_000 - context.now().getTime()
    : 0
  if (since && left <= 0) return true
  context.again(left)
  return false
}

/** `90`, `30s`, `10m`, `1h`. */
function secondsOf(duration: number | string): number {
  const [, value = '0', unit = 's'] = /^(\d+)([smh]?)$/.exec(String(duration)) ?? []
  return Number(value) * ({ m: 60, h: 3_600 }[unit] ?? 1)
}

/** Everything that was asked of the way there is forgotten at its end. */
export const promoted = (
  { currentPodHash, blueGreen }: RolloutStatus,
  steps: number,
): RolloutStatus => ({
  ...(currentPodHash === undefined ? {} : { currentPodHash, stableRS: currentPodHash }),
  ...(steps > 0 ? { currentStepIndex: steps } : {}),
  ...(blueGreen ? { blueGreen } : {}),
})

export function withoutPause(status: RolloutStatus): RolloutStatus {
  const { controllerPause: _, pauseConditions: _reasons, ...rest } = status
  return rest
}

/** The controller paused it, and somebody took the reason away. */
export const isResumed = ({ controllerPause, pauseConditions = [] }: RolloutStatus): boolean =>
  controllerPause === true && pauseConditions.length === 0

export const paused = (context: Context, status: RolloutStatus, reason: string): RolloutStatus =>
  status.controllerPause
    ? status
    : {
        ...status,
        controllerPause: true,
        pauseConditions: [{ reason, startTime: stamp(context) }],
      }

import type { ReplicaSet } from '../../objects.ts'
import type { Rollout, RolloutStatus } from '../../rollout-objects.ts'
import type { Context } from '../context.ts'
import { isResumed, paused, promoted, type Sets, withoutPause } from './canary.ts'
import {
  availableOf,
  hashLabel,
  hashOf,
  isRetiring,
  retire,
  scale,
  serveAgain,
} from './replica-sets.ts'

/** One look at a blue-green Rollout: the new version beside the old one, and the Services moved from one to the other. */
export function blueGreen(
  context: Context,
  rollout: Rollout,
  before: RolloutStatus,
  { current, stable, others }: Sets,
): RolloutStatus {
  const { replicas = 1, strategy } = rollout.spec
  const {
    activeService = '',
    previewService = '',
    autoPromotionEnabled = true,
    scaleDownDelaySeconds = 30,
  } = strategy.blueGreen ?? {}
  select(context, rollout, previewService, hashOf(current))
  const active = { activeSelector: before.blueGreen?.activeSelector ?? '' }
  const status = { ...before, blueGreen: active }
  for (const set of others) retire(context, set, scaleDownDelaySeconds)
  if (status.abort && stable) {
    scale(context, current, 0)
    return withoutPause(status)
  }
  // One that has just been left for a later one needs no second look by anybody.
  const isFast = isRetiring(current) && stable !== undefined && isOlder(current, stable)
  const set = serveAgain(context, current)
  scale(context, set, replicas)
  if (availableOf(set) < replicas) return status
  const mayPass =
    !stable || isFast || status.promoteFull || autoPromotionEnabled || isResumed(status)
  if (!mayPass) return paused(context, status, 'BlueGreenPause')
  select(context, rollout, activeService, hashOf(set))
  if (stable) retire(context, stable, scaleDownDelaySeconds)
  return promoted({ ...status, blueGreen: { activeSelector: hashOf(set) } }, 0)
}

const isOlder = (one: ReplicaSet, other: ReplicaSet): boolean =>
  one.metadata.creationTimestamp < other.metadata.creationTimestamp

function select({ store }: Context, { metadata }: Rollout, name: string, hash: string): void {
  const service = store.get('Service', metadata.namespace ?? '', name)
  if (!service) return
  const selector = { ...service.spec.selector, [hashLabel]: hash }
  store.put('Service', { ...service, spec: { ...service.spec, selector } })
}

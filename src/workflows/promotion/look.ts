import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Look, PlannedLeg } from '#domain/promotion/events.ts'
import { shareAfter } from '#domain/promotion/ladder.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { Service, Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { measurePromotion } from './measure-promotion.ts'
import { sentence } from '#workflows/planning/blocker-sentence.ts'
import { digestOfLook } from './record.ts'
import type { World } from '#workflows/world.ts'

/** How long looking at the platform and the figures may take. */
const lookMs = 20_000

export interface Platform {
  readonly executor: Executor
  readonly promoter: Promoter
}

/** `undefined` where nothing can be moved there. */
export function promoterOf(
  { executors }: Pick<World, 'executors'>,
  target: Target,
): Platform | undefined {
  const executor = executors.get(target.executor)
  const promoter = executor?.promoter
  return executor && promoter?.covers(target) ? { executor, promoter } : undefined
}

/** One look at a canary: where it stands, what is measured, what could be done next. Changes nothing. */
export async function lookAtCanary(
  world: Pick<World, 'metrics' | 'policy'>,
  { executor, promoter }: Platform,
  service: Service,
  state: Pick<PromotionState, 'id' | 'target' | 'step' | 'settings' | 'to' | 'legs' | 'look'>,
  now: Instant,
  signal: AbortSignal,
): Promise<Look | { readonly canary: CanaryState }> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
  const { target, step, settings } = state
  const canary = await promoter.canary(target, abort)
  if (!canary.canary) return { canary }
  const share = nextShare(state, canary)
  const [figures, leg] = await Promise.all([
    measurePromotion(
      world,
      { service, target, executor, canary, since: step.since, now, before: state.look?.figures },
      abort,
    ),
    share === undefined
      ? undefined
      : promoter.forward(target, canary, share, `${state.id}.${state.legs + 1}`, abort),
  ])
  const blocked = leg ? [...canary.blockers, ...leg.blockers].map(sentence) : []
  const next =
    !leg || share === undefined || blocked.length > 0 ? undefined : plannedLeg(leg, share)
  const shown = { canary, figures, blocked: [...new Set(blocked)], ...(next ? { next } : {}) }
  return { ...shown, digest: digestOfLook({ ...shown, step: step.share, settings }) }
}

export const plannedLeg = (
  { reaches, how, expectedMicros, steps, leftover }: Leg,
  share: number,
): PlannedLeg => ({
  share,
  reaches,
  how,
  expectedMicros,
  steps,
  ...(leftover ? { leftover } : {}),
})

/** Undefined where it takes as much as it was asked for. */
function nextShare(
  { step, settings, to }: Pick<PromotionState, 'step' | 'settings' | 'to'>,
  { share, stops }: CanaryState,
): number | undefined {
  // What takes nothing any more was aborted: it begins again.
  const at = share === 0 ? 0 : Math.max(step.share, share)
  return at >= to && to < 100 ? undefined : Math.min(shareAfter(settings.ladder, at, stops), to)
}

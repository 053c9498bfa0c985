import { type IncidentId, isPromotion } from '#domain/ids.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { changeOfPromotion } from './record.ts'
import type { World } from '#workflows/world.ts'

/** Stops a canary on its way, so that its workload is free: a rollback comes first. What was made stays as it is. False for what is none. */
export async function stopPromotion(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  stream: IncidentId,
  /** Of the rollback that comes first, or of all that are asked for together. */
  plans: readonly Pick<Plan, 'service' | 'stops'>[],
): Promise<boolean> {
  if (!isPromotion(stream)) return false
  await timeline.decide(stream, (history, now) => {
    const state = promotionState(history)
    if (!state || !isMoving(state)) return { change: undefined, answer: undefined }
    const { id: promotion, service } = state
    const other = plans.find(({ stops = [] }) => stops.some((one) => one.service === service))
    const why =
      other === undefined
        ? `a rollback of ${service} was asked for`
        : `a rollback of ${other.service}, for which ${service} stands still, was asked for`
    // What is left behind may be what the rollback goes back to.
    const kind = state.ended ? 'leftover_kept' : 'promotion_stopped'
    const event = { kind, promotion, service, why } as const
    return { change: changeOfPromotion([event], { history, now, policy }), answer: undefined }
  })
  return true
}

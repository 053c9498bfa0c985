import { type IncidentId, isPromotion } from '#domain/ids.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { changeOfPromotion } from './record.ts'
import type { World } from '#workflows/world.ts'

/** Stops a canary on its way, so that its workload is free: a rollback comes first. What was made stays as it is. False for what is none. */
export async function stopPromotion(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  stream: IncidentId,
): Promise<boolean> {
  if (!isPromotion(stream)) return false
  await timeline.decide(stream, (history, now) => {
    const state = promotionState(history)
    if (!state || !isMoving(state)) return { change: undefined, answer: undefined }
    const { id: promotion, service } = state
    const why = `a rollback of ${service} was asked for`
    // What is left behind may be what the rollback goes back to.
    const kind = state.ended ? 'leftover_kept' : 'promotion_stopped'
    const event = { kind, promotion, service, why } as const
    return { change: changeOfPromotion([event], { history, now, policy }), answer: undefined }
  })
  return true
}

import { isPromotion } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Change, WorkloadTaken } from '#ports/store.ts'
import { changeOfPromotion } from './promotion/record.ts'
import { changeOf } from './record.ts'
import type { World } from './world.ts'

type Plans = readonly Pick<Plan, 'service' | 'stops'>[]

/**
 * Stops what no rollback waits for, so that its workload is free: a canary on its way, and what another rollback left behind and is
 * about to take away. What was made stays as it is. False where it is neither: then somebody else comes first.
 */
export async function makeWay(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  taken: WorkloadTaken,
  /** Of the rollback that comes first, or of all that are asked for together. */
  plans: Plans,
): Promise<boolean> {
  return timeline.decide(taken.incident, (history, now) => {
    const around = { history, now, policy }
    return isPromotion(taken.incident)
      ? { change: stopped(plans, around), answer: true }
      : keptBack(taken, plans, around)
  })
}

interface Around {
  readonly history: History
  readonly now: Parameters<typeof changeOf>[1]['now']
  readonly policy: World['policy']
}

function stopped(plans: Plans, around: Around): Change | undefined {
  const state = promotionState(around.history)
  if (!state || !isMoving(state)) return undefined
  const { id: promotion, service } = state
  // What is left behind may be what the rollback goes back to.
  const kind = state.ended ? 'leftover_kept' : 'promotion_stopped'
  return changeOfPromotion([{ kind, promotion, service, why: whyFor(service, plans) }], around)
}

function keptBack({ rollback }: WorkloadTaken, plans: Plans, around: Around) {
  const state = rollbackState(around.history, rollback)
  if (!state || isOpen(state)) return { change: undefined, answer: false }
  // Where it has gone meanwhile, the workload is free already.
  if (state.leftover?.phase !== 'removing') return { change: undefined, answer: true }
  const why = whyFor(state.service, plans)
  return {
    change: changeOf([{ kind: 'leftover_kept', rollback, why }], around),
    answer: true,
  }
}

function whyFor(service: string, plans: Plans): string {
  const other = plans.find(({ stops = [] }) => stops.some((one) => one.service === service))
  return other === undefined
    ? `a rollback of ${service} was asked for`
    : `a rollback of ${other.service}, for which ${service} stands still, was asked for`
}

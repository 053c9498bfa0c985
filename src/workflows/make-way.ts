import { isPromotion, type ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { isMoving, type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { WorkloadTaken } from '#ports/store.ts'
import { changeOfPromotion } from './promotion/record.ts'
import { changeOf } from './record.ts'
import type { World } from './world.ts'

type Plans = readonly Pick<Plan, 'service' | 'stops'>[]

/**
 * Stops what no rollback waits for, so that its workload is free: a canary on its way, and what another rollback left behind and is
 * about to take away. What was made stays as it is. False where it is neither: then somebody else comes first.
 */
export const makeWay = (
  ports: Ports,
  taken: WorkloadTaken,
  /** Of the rollback that comes first, or of all that are asked for together. */
  plans: Plans,
): Promise<boolean> => freed(ports, taken, (service) => whyFor(service, plans))

/** The same for a promotion: only what was left behind comes after it, and no canary that is on its way. */
export const makeWayForPromotion = (ports: Ports, taken: WorkloadTaken): Promise<boolean> =>
  freed(ports, taken, (service) => `a promotion of ${service} was approved`, isLeftBehind)

type Ports = Pick<World, 'timeline' | 'policy'>
type Why = (service: ServiceId) => string

const isLeftBehind = ({ ended }: PromotionState): boolean => ended !== undefined

const freed = (
  { timeline, policy }: Ports,
  taken: WorkloadTaken,
  why: Why,
  mayStop: (state: PromotionState) => boolean = () => true,
): Promise<boolean> =>
  timeline.decide(taken.incident, (history, now) => {
    const around = { history, now, policy }
    if (!isPromotion(taken.incident)) return keptBack(taken, why, around)
    const state = promotionState(history)
    if (!state || !isMoving(state)) return { change: undefined, answer: true }
    return mayStop(state)
      ? { change: stopped(state, why, around), answer: true }
      : { change: undefined, answer: false }
  })

interface Around {
  readonly history: History
  readonly now: Parameters<typeof changeOf>[1]['now']
  readonly policy: World['policy']
}

function stopped({ id: promotion, service, ended }: PromotionState, why: Why, around: Around) {
  // What is left behind may be what the rollback goes back to.
  const kind = ended ? 'leftover_kept' : 'promotion_stopped'
  return changeOfPromotion([{ kind, promotion, service, why: why(service) }], around)
}

function keptBack({ rollback }: WorkloadTaken, why: Why, around: Around) {
  const state = rollbackState(around.history, rollback)
  if (!state || isOpen(state)) return { change: undefined, answer: false }
  // Where it has gone meanwhile, the workload is free already.
  if (state.leftover?.phase !== 'removing') return { change: undefined, answer: true }
  return {
    change: changeOf([{ kind: 'leftover_kept', rollback, why: why(state.service) }], around),
    answer: true,
  }
}

function whyFor(service: ServiceId, plans: Plans): string {
  const other = plans.find(({ stops = [] }) => stops.some((one) => one.service === service))
  return other === undefined
    ? `a rollback of ${service} was asked for`
    : `a rollback of ${other.service}, for which ${service} stands still, was asked for`
}

import type { PromotionId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { Instant } from '#domain/time.ts'
import { WorkloadTaken } from '#ports/store.ts'
import { changeOfPromotion } from './record.ts'
import type { World } from '#workflows/world.ts'

/** One look at the record of a promotion, and what follows from it. */
export interface CanaryTurn {
  readonly promotion: PromotionId
  readonly history: History
  readonly now: Instant
  readonly state: PromotionState
}

export const aboutOf = ({ id, service }: PromotionState) => ({ promotion: id, service })

/** Writes what a turn came to, and returns the longer history. Throws `StaleSequence` when somebody wrote meanwhile. */
export async function append(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  { promotion, history, now }: Pick<CanaryTurn, 'promotion' | 'history' | 'now'>,
  events: readonly PromotionEvent[],
  /** Nothing is written from then on. */
  before?: Instant,
): Promise<History> {
  const change = {
    ...changeOfPromotion(events, { history, now, policy }),
    ...(before === undefined ? {} : { before }),
  }
  return [...history, ...(await timeline.append(promotion, history.length, change))]
}

/** Its workload is held by a rollback: people have decided otherwise. */
export const isTaken = (error: unknown): error is WorkloadTaken => error instanceof WorkloadTaken

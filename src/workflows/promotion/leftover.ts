import type { LeftBehind } from '#domain/leftover.ts'
import { promotionState } from '#domain/promotion/state.ts'
import type { LeftOnRecord } from '#workflows/remove-leftover.ts'
import type { World } from '#workflows/world.ts'
import { aboutOf, append, type CanaryTurn } from './canary-turn.ts'

/** What a promotion left behind, and its record. */
export const leftByPromotion = (
  ports: Pick<World, 'timeline' | 'policy'>,
  turn: CanaryTurn,
  leftover: LeftBehind,
): LeftOnRecord => {
  const { id, service, target } = turn.state
  return {
    leftover,
    of: id,
    service,
    workload: target.workload,
    executor: target.executor,
    begunAt: turn.history.findLast(({ event }) => event.kind === 'leftover_removal_begun')?.at,
    now: turn.now,
    write: async (event) => {
      await append(ports, turn, [{ ...event, ...aboutOf(turn.state) }])
    },
    isStillAsked: async () =>
      promotionState(await ports.timeline.read(turn.promotion))?.leftover?.phase === 'removing',
  }
}

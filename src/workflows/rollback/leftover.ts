import type { LeftBehind } from '#domain/leftover.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { LeftOnRecord } from '#workflows/remove-leftover.ts'
import { planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** What a rollback left behind, and its record. */
export const leftByRollback = (
  ports: Pick<World, 'timeline' | 'policy' | 'executors'>,
  turn: Turn,
  leftover: LeftBehind,
): LeftOnRecord => {
  const { rollback, incident, history, now } = turn
  const { id, service, workload } = rollback
  return {
    leftover,
    of: id,
    service,
    workload,
    executor: planned(ports, rollback).plan.target.executor,
    begunAt: history.findLast(
      ({ event }) => event.kind === 'leftover_removal_begun' && isOf(event, id),
    )?.at,
    now,
    write: async (event) => {
      await write(ports, turn, [{ ...event, rollback: id }])
    },
    isStillAsked: async () =>
      rollbackState(await ports.timeline.read(incident), id)?.leftover?.phase === 'removing',
  }
}

const isOf = (event: object, id: string): boolean => 'rollback' in event && event.rollback === id

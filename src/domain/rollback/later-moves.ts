import type { History } from '#domain/incident/events.ts'
import { type Instant, instant, plus } from '#domain/time.ts'
import type { Phase } from './phase.ts'
import type { Step } from './plan.ts'
import type { RollbackPolicy } from './policy.ts'
import { type RollbackState, rollbacksOf } from './state.ts'

/** What follows a step of a rollback, and is due. */
export interface LaterMove {
  readonly rollback: RollbackState
  readonly index: number
  readonly step: Step
  readonly later: NonNullable<Step['later']>
}

type Limits = Pick<RollbackPolicy, 'formerKeptMicros'>

/** It has recovered: nobody needs the way back in a hurry. Until then what was left stays. */
const recovered: readonly Phase[] = ['watching', 'stable']

/** By the record, the clock and the policy alone, as everything that waits for its time. */
export const laterMoves = (history: History, now: Instant, limits: Limits): readonly LaterMove[] =>
  waiting(history).filter(({ rollback }) => now >= dueAt(rollback, limits))

/** When the next one is due; `undefined` when nothing will be by time alone. */
export function laterWake(history: History, now: Instant, limits: Limits): Instant | undefined {
  const times = waiting(history)
    .map(({ rollback }) => dueAt(rollback, limits))
    .filter((time) => time > now)
  return times.length > 0 ? instant(Math.min(...times)) : undefined
}

const waiting = (history: History): readonly LaterMove[] =>
  rollbacksOf(history)
    .filter(({ phase }) => recovered.includes(phase))
    .flatMap((rollback) =>
      rollback.steps.flatMap((step, index) =>
        step.later && !rollback.followed.includes(index)
          ? [{ rollback, index, step, later: step.later }]
          : [],
      ),
    )

const dueAt = ({ completedAt, since }: RollbackState, { formerKeptMicros }: Limits): Instant =>
  plus(completedAt ?? since, formerKeptMicros)

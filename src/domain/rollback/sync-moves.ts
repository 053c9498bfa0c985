import type { History } from '#domain/incident/events.ts'
import { type Instant, instant, minutes, plus } from '#domain/time.ts'
import type { RollbackPolicy } from './policy.ts'
import type { Phase } from './phase.ts'
import { type RollbackState, rollbacksOf } from './state.ts'
import { isSyncPaused, lookedAtAgain, type Sync } from './sync.ts'

/** `look`: its time is over, and whether it may go on is to be seen. `glance`: whether somebody else let it go on before, and what becomes of that. */
export interface SyncMove {
  readonly do: 'resume' | 'look' | 'glance'
  readonly rollback: RollbackState
}

type Limits = Pick<RollbackPolicy, 'syncPauseMicros'>

/** While the steps of the rollback are carried out, or taken back, they alone say what is paused. */
const busy: readonly Phase[] = ['applying', 'settling', 'undoing']

/** What is to be done about what was paused, by the record, the clock and the policy alone. */
export const syncMoves = (history: History, now: Instant, limits: Limits): readonly SyncMove[] =>
  rollbacksOf(history).flatMap((rollback): readonly SyncMove[] => {
    const { sync } = rollback
    if (!sync || busy.includes(rollback.phase)) return []
    if (!isSyncPaused(sync))
      return isDoubted(rollback, sync, now, limits) ? [{ do: 'glance', rollback }] : []
    if (sync.ordered) return [{ do: 'resume', rollback }]
    return [{ do: now >= dueAt(rollback, sync, limits) ? 'look' : 'glance', rollback }]
  })

/** Once the rollback is taken back there is nothing that could be taken back. */
const isDoubted = ({ phase }: RollbackState, sync: Sync, now: Instant, limits: Limits): boolean =>
  phase !== 'undone' && lookedAtAgain(sync, now, limits).length > 0

/** How often it is looked whether somebody else let it go on. */
const glanceEvery = minutes(5)

/** When it next has to be looked at; `undefined` when nothing will be due by time alone. */
export function syncWake(history: History, now: Instant, limits: Limits): Instant | undefined {
  const times = rollbacksOf(history).flatMap((rollback): readonly Instant[] => {
    const { sync } = rollback
    if (!sync) return []
    if (!isSyncPaused(sync))
      return isDoubted(rollback, sync, now, limits) ? [plus(now, glanceEvery)] : []
    if (sync.ordered) return []
    const due = dueAt(rollback, sync, limits)
    return [plus(now, glanceEvery), ...(due > now ? [due] : [])]
  })
  return times.length > 0 ? instant(Math.min(...times)) : undefined
}

/** The pause has its time after the rollback is done, and people are reminded as often again. */
const dueAt = (
  { completedAt }: RollbackState,
  { pausedAt, reminded }: NonNullable<RollbackState['sync']>,
  { syncPauseMicros }: Limits,
): Instant => plus(reminded?.at ?? completedAt ?? pausedAt, syncPauseMicros)

/** When it goes on by itself, if Git has what runs by then. */
export const syncPausedUntil = (rollback: RollbackState, limits: Limits): Instant | undefined =>
  isSyncPaused(rollback.sync) ? dueAt(rollback, rollback.sync, limits) : undefined

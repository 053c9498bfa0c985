import { earliestBegin } from '#domain/rollback/began.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { hours, type Instant, instant, micros, plus } from '#domain/time.ts'
import type { History } from './events.ts'
import type { IncidentState } from './state.ts'

const day = hours(24)

/**
 * May every member move the start to `to`? Only earlier, and no further than to when the version that is rolled back was shipped,
 * a day at most: an earlier start raises the authority that is needed, and that must not be a way to take a decision from somebody.
 */
export function openToMembers(
  to: Instant,
  { startedAt }: IncidentState,
  history: History,
  now: Instant,
): boolean {
  const from = rollbacksOf(history).at(-1)?.plan?.from
  const shippedAt = from ? earliestBegin(from) : instant(0)
  const limit = Math.max(shippedAt, plus(now, micros(-day)))
  return to < startedAt && to >= limit
}

import { type Instant, micros, type Micros, minutes, plus } from '#domain/time.ts'

/** Only this soon after a deploy is a breaker that is not closed the deploy's; and so long before it must have been closed (policy §4). */
export const breakerWithin = minutes(10)

interface Point {
  readonly at: Instant
  readonly value: number | null
}

/**
 * Since when a breaker has not been closed, where it is not closed now and no reading before the deploy says that it was not closed
 * then; half open is not closed on either side. `wasClosed` is false where nobody saw it before.
 */
export function notClosedSince(
  points: readonly Point[],
  /** Each point is of so long before it. */
  step: Micros,
  deployed: Instant,
): { readonly since: Instant; readonly wasClosed: boolean } | undefined {
  const after = points.filter(({ at }) => plus(at, micros(-step)) >= deployed)
  const closed = after.findLastIndex(({ value }) => !isNotClosed(value))
  const first = after[closed + 1]
  if (!first) return undefined
  const before = points.filter(({ at, value }) => at <= deployed && Number.isFinite(value))
  if (before.some(({ value }) => isNotClosed(value))) return undefined
  return { since: plus(first.at, micros(-step)), wasClosed: before.length > 0 }
}

const isNotClosed = (value: number | null): boolean => Number(value) > 0

import { type Instant, minutes, type Micros, plus } from '#domain/time.ts'

/** Only this soon after a deploy is a breaker that is not closed the deploy's; and so long before it must have been closed (policy §4). */
export const breakerWithin = minutes(10)

interface Point {
  readonly at: Instant
  readonly value: number | null
}

/** `new`: closed before the deploy, and not closed since. Half open is not closed on either side. `unknown`: nobody saw it before. */
export function breakerSince(
  points: readonly Point[],
  /** Each point is of so long before it. */
  step: Micros,
  deployed: Instant,
): 'new' | 'unknown' | 'no' {
  const last = points.at(-1)
  if (!last || plus(last.at, -step as Micros) < deployed || !(Number(last.value) > 0)) return 'no'
  const before = points.flatMap(({ at, value }) =>
    at <= deployed && value !== null && Number.isFinite(value) ? [value] : [],
  )
  if (before.length === 0) return 'unknown'
  return before.every((value) => value === 0) ? 'new' : 'no'
}

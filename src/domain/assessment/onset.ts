import type { Instant } from '#domain/time.ts'

interface Point {
  readonly at: Instant
  readonly value: number | null
}

/** One calm point between two bad ones is no recovery. */
const longestDip = 1

/** When a signal that is bad now went bad: the first point of the run above `limit` that lasts until today. `null` when it is not bad now. */
export function onsetOf(points: readonly Point[], limit: number): Instant | null {
  const measured = points.flatMap(({ at, value }) =>
    value === null ? [] : [{ at, isBad: value > limit }],
  )
  let onset: Instant | null = null
  let dip = 0
  for (const { at, isBad } of measured.toReversed()) {
    if (isBad) {
      onset = at
      dip = 0
      continue
    }
    dip += 1
    if (dip > longestDip) break
  }
  return onset
}

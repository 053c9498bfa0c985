declare const brand: unique symbol

/** A moment on the database's clock, in whole microseconds since 1970-01-01 UTC (exact in a double until 2255). */
export type Instant = number & { readonly [brand]: 'instant' }
/** A length of time in whole microseconds. */
export type Micros = number & { readonly [brand]: 'micros' }

export const instant = (epochMicros: number): Instant => epochMicros as Instant
export const micros = (count: number): Micros => count as Micros
export const millis = (count: number): Micros => micros(count * 1_000)
export const seconds = (count: number): Micros => micros(count * 1_000_000)
export const minutes = (count: number): Micros => seconds(count * 60)
export const hours = (count: number): Micros => minutes(count * 60)

export const plus = (at: Instant, length: Micros): Instant => instant(at + length)
/** Microseconds from `start` to `end`; negative when `end` lies before. */
export const between = (start: Instant, end: Instant): Micros => micros(end - start)
export const earliest = (first: Instant, ...rest: readonly Instant[]): Instant =>
  instant(Math.min(first, ...rest))

/** For the edges only: the domain itself compares microseconds. */
export const toDate = (at: Instant): Date => new Date(Math.floor(at / 1_000))
export const fromDate = (date: Date): Instant => instant(date.getTime() * 1_000)
/** ISO 8601 in UTC with all six decimals: what the timeline stores and the hash covers. */
export const isoMicros = (at: Instant): string =>
  `${toDate(at).toISOString().slice(0, 19)}.${String(((at % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0')}Z`

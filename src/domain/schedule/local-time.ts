import {
  hours,
  type Instant,
  instant,
  type Micros,
  micros,
  minutes,
  seconds,
} from '#domain/time.ts'

declare const brand: unique symbol

/** What a clock on the wall of some zone reads, in microseconds as if that clock were UTC's. */
export type Local = number & { readonly [brand]: 'local' }

/** The wall clocks of one place, by the time zone rules that come with the runtime. */
export interface Zone {
  readonly name: string
  localAt(at: Instant): Local
  /**
   * When the clock reads `local`. A time that exists twice, because the clock is put back, is its first occurrence; one that
   * does not exist, because the clock is put forward, is the moment it is.
   */
  instantAt(local: Local): Instant
}

export const day = hours(24)

/** Throws a `RangeError` for a name that is no IANA time zone. */
export function zone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' })
  const offsetAt = (at: number): Micros => offsetIn(format.format(Math.floor(at / 1_000)))
  return {
    name,
    localAt: (at) => (at + offsetAt(at)) as Local,
    instantAt: (local) => instantAt(local, offsetAt),
  }
}

/** Two offsets are possible at most: the one of the day before and the one of the day after. */
function instantAt(local: Local, offsetAt: (at: number) => Micros): Instant {
  const offsets = [offsetAt(local - day), offsetAt(local + day)]
  const first = local - Math.max(...offsets)
  const last = local - Math.min(...offsets)
  const found = [first, last].find((at) => at + offsetAt(at) === local)
  return instant(found ?? changeBetween(first, last, offsetAt))
}

/** The first microsecond that has another offset than `before`; the zone changes its offset once in between. */
function changeBetween(before: number, after: number, offsetAt: (at: number) => Micros): number {
  let [low, high] = [before, after]
  const old = offsetAt(low)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === old) low = middle
    else high = middle
  }
  return high
}

/** In `21/11/2026, GMT+05:30`; plain `GMT` is none. */
function offsetIn(text: string): Micros {
  const [, sign, hour, minute, second] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? []
  const length =
    hours(Number(hour ?? 0)) + minutes(Number(minute ?? 0)) + seconds(Number(second ?? 0))
  return micros(sign === '-' ? -length : length)
}

import { type Instant, isoMicros, type Micros, micros } from '#domain/time.ts'

/** `14:23 UTC`; with the day in front when it is not the day of `now`. */
export function clock(at: Instant, now: Instant = at): string {
  const day = isoMicros(at).slice(0, 10) === isoMicros(now).slice(0, 10) ? '' : `${dayOf(at)} `
  return `${day}${isoMicros(at).slice(11, 16)} UTC`
}

/** `14:31:05`: for the timeline, where the whole list is in UTC. */
export const clockSeconds = (at: Instant): string => isoMicros(at).slice(11, 19)

/** `2026-11-21 14:31:05 UTC`. */
export const stamp = (at: Instant): string =>
  `${isoMicros(at).slice(0, 10)} ${clockSeconds(at)} UTC`

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
function dayOf(at: Instant): string {
  const [year, month, day] = isoMicros(at).slice(0, 10).split('-').map(Number)
  return `${day} ${months[(month ?? 1) - 1]} ${year}`
}

/** `41 s`, `8 min 46 s`, `2 h 5 min`, `6 days`: two units at most, rounded down. A negative length counts as none. */
export function span(length: number): string {
  const total = Math.max(0, Math.floor(length / 1_000_000))
  const [days, hours, mins, secs] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3_600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ]
  if (days > 0) return join(count(days, 'day'), hours > 0 ? `${hours} h` : '')
  if (hours > 0) return join(`${hours} h`, mins > 0 ? `${mins} min` : '')
  if (mins > 0) return join(`${mins} min`, secs > 0 ? `${secs} s` : '')
  return `${secs} s`
}

/** When a text is read: how long something is still away is true only at once. */
export type Read = 'at_once' | 'any_time'

/** Whole minutes, rounded up, for what is still left: nobody is told `0 min left` while there is time. */
export const left = (length: Micros): string => {
  const total = Math.ceil(Math.max(0, length) / 60_000_000)
  return total < 60 ? `${total} min` : span(micros(total * 60_000_000))
}

/** `7 min ago (14:23 UTC)`. */
export function ago(at: Instant, now: Instant): string {
  const gone = now - at
  const relative = gone < 60_000_000 ? span(gone) : coarse(gone)
  return `${relative} ago (${clock(at, now)})`
}

/** One unit is enough for how long ago something was. */
export function coarse(length: number): string {
  const mins = Math.floor(length / 60_000_000)
  if (mins < 1) return span(length)
  if (mins < 60) return `${mins} min`
  if (mins < 48 * 60) return span(Math.floor(length / 60_000_000) * 60_000_000)
  return count(Math.floor(mins / 1_440), 'day')
}

export const count = (n: number, noun: string): string => `${n} ${n === 1 ? noun : `${noun}s`}`

/** `6.2 %`: two significant digits below ten, so that 0.09 % and 6.2 % both say enough. */
export const percent = (share: number): string => `${significant(share * 100)} %`

/** `210 ms`, `1.4 s`. */
export const latency = (secs: number): string =>
  secs < 1 ? `${Math.round(secs * 1000)} ms` : `${significant(secs)} s`

export const rate = (perSecond: number): string => `${significant(perSecond)} requests/s`

function significant(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  if (value === 0) return '0'
  return Math.abs(value) >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[], word: 'and' | 'or' = 'and'): string {
  return items.length < 2
    ? (items[0] ?? '')
    : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
}

const join = (...parts: readonly string[]): string => parts.filter(Boolean).join(' ')

/** `4.2 MB`, by thousands. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${significant(bytes / 1_000 ** at)} ${units[at] ?? 'bytes'}`
}

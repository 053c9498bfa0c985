import type { Begins } from '#domain/rollback/begins.ts'
import { day, zone } from '#domain/schedule/local-time.ts'
import { between, type Instant, instant, isoMicros } from '#domain/time.ts'
import { clock, left, type Read } from './words.ts'

/** When a scheduled rollback begins, in the time of whoever keeps the window and in UTC. */
export function beginsText(begins: Begins, now: Instant, read: Read): string {
  const { at, latest, window } = begins
  const time = (moment: Instant) => localClock(moment, now, window?.zone ?? 'UTC')
  const last = `it expires if it has not begun by ${clock(latest, at > now ? at : now)}`
  if (at > now) {
    const which = window ? 'in the next change window: ' : 'at '
    const wait = read === 'at_once' ? `, in ${left(between(now, at))}` : ''
    return `${which}${time(at)}${wait}, once approved; ${last}`
  }
  return window
    ? `a change window is open${window.until === null ? '' : ` until ${time(window.until)}`}: it begins as soon as it is approved; ${last}`
    : `as soon as it is approved; ${last}`
}

const weekdays = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday']

/** `Monday 09:00 Europe/Berlin (23 Nov 2026 08:00 UTC)`; without the day when it is the day of `now` there. */
export function localClock(at: Instant, now: Instant, name: string): string {
  if (name === 'UTC') return clock(at, now)
  const { localAt } = zone(name)
  const [read, today] = [localAt(at), Math.floor(localAt(now) / day)]
  // 1 January 1970 was a Thursday.
  const index = Math.floor(read / day)
  const weekday = index === today ? '' : `${weekdays[((index % 7) + 7) % 7]} `
  return `${weekday}${isoMicros(instant(read)).slice(11, 16)} ${name} (${clock(at, now)})`
}

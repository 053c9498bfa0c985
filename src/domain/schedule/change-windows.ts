import { type Instant, instant, isoMicros, minutes } from '#domain/time.ts'
import { day, type Local, type Zone, zone } from './local-time.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** In minutes of the local day; where `to` is not later than `from`, it lies on the next day. */
export interface OpenHours {
  readonly days: readonly Weekday[]
  readonly from: number
  readonly to: number
}

/** When changes that can wait may be made. */
export interface ChangeWindows {
  readonly zone: string
  readonly open: readonly OpenHours[]
  /** Local dates, `2026-12-24`, both included: nothing is open on them. */
  readonly closed: readonly { readonly from: string; readonly to: string }[]
}

export interface Opening {
  /** `now` where a window is open already. */
  readonly at: Instant
  readonly isOpen: boolean
  /** When it closes again; `undefined` where it stays open for a week and more. */
  readonly until: Instant | undefined
}

const horizonDays = 366
const longestDays = 8

/** The next moment at which a window is open, from `now` on; `undefined` when none opens within a year. */
export function nextOpening(windows: ChangeWindows, now: Instant): Opening | undefined {
  const clock = zone(windows.zone)
  const today = Math.floor(clock.localAt(now) / day)
  let found: { readonly from: Instant; readonly to: Instant } | undefined
  for (const piece of pieces(windows, clock, today - 1)) {
    if (piece.to <= now) continue
    if (found === undefined) found = piece
    else if (piece.from > found.to) break
    else found = { from: found.from, to: instant(Math.max(found.to, piece.to)) }
    if (found.to - Math.max(found.from, now) >= longestDays * day) break
  }
  if (!found) return undefined
  const at = instant(Math.max(found.from, now))
  const isEndless = found.to - at >= longestDays * day
  return { at, isOpen: found.from <= now, until: isEndless ? undefined : found.to }
}

/** What is open, day by day and in order; a window over midnight is two pieces that touch. */
function* pieces(windows: ChangeWindows, clock: Zone, firstDay: number) {
  for (let index = firstDay; index <= firstDay + horizonDays; index += 1) {
    const midnight = index * day
    const instantAt = (minute: number) => clock.instantAt((midnight + minutes(minute)) as Local)
    const open = minutesOpen(windows, index)
      .toSorted((a, b) => a.from - b.from)
      .map(({ from, to }) => ({ from: instantAt(from), to: instantAt(to) }))
    // A window that lies wholly in the hour that is skipped does not exist that day.
    yield* open.filter(({ from, to }) => from < to)
  }
}

const wholeDay = 24 * 60

function minutesOpen({ open, closed }: ChangeWindows, index: number) {
  const date = dateOf(index)
  if (closed.some(({ from, to }) => date >= from && date <= to)) return []
  return open.flatMap(({ days, from, to }) => {
    const isOvernight = to <= from
    return [
      ...(days.includes(weekdayOf(index)) ? [{ from, to: isOvernight ? wholeDay : to }] : []),
      ...(isOvernight && days.includes(weekdayOf(index - 1)) ? [{ from: 0, to }] : []),
    ]
  })
}

/** 1 January 1970 was a Thursday. */
const weekdayOf = (index: number): Weekday => weekdays[(((index + 3) % 7) + 7) % 7] ?? 'mon'
const dateOf = (index: number): string => isoMicros(instant(index * day)).slice(0, 10)

import { isValid } from 'date-fns/isValid'
import { parseISO } from 'date-fns/parseISO'
import {
  fromDate,
  type Instant,
  type Micros,
  micros,
  minutes,
  plus,
  seconds,
  toDate,
} from '#domain/time.ts'

const day = minutes(24 * 60)

/** Not a moment yet: the service's change windows say which it is. */
export const isNextWindow = (typed: string): boolean =>
  /^(?:the\s+)?next\s+(?:change\s+)?window$/i.test(typed.trim())

/**
 * A moment as people type it: `10m`, `1h30m`, `14:20`, `14:20 UTC`, `2026-11-21T14:20Z`; all in UTC. A length counts back from
 * `now` when looking back, else forward; a time of day is the nearest one in that direction. Looking back, one that is sooner
 * ahead than behind stays ahead, to be refused: it is a local time, or a slip, far more often than it is yesterday's.
 * `undefined` for anything else.
 */
export function momentOf(
  typed: string,
  now: Instant,
  direction: 'back' | 'forward',
): Instant | undefined {
  const text = typed.trim().toLowerCase()
  const length = lengthOf(text.replace(/^in\s+|\s+ago$/g, ''))
  if (length !== undefined) return plus(now, direction === 'back' ? micros(-length) : length)
  return timeOfDay(text, now, direction) ?? dateTime(text)
}

function lengthOf(text: string): Micros | undefined {
  const match =
    /^(?:(\d{1,3})\s?d)?\s?(?:(\d{1,3})\s?h)?\s?(?:(\d{1,4})\s?m(?:in)?)?\s?(?:(\d{1,5})\s?s)?$/.exec(
      text,
    )
  if (!match || text === '') return undefined
  const [days, hours, mins, secs] = match.slice(1).map((part) => Number(part ?? 0))
  return micros(
    (days ?? 0) * day + (hours ?? 0) * minutes(60) + minutes(mins ?? 0) + seconds(secs ?? 0),
  )
}

function timeOfDay(text: string, now: Instant, direction: 'back' | 'forward'): Instant | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?:\s?(?:utc|z))?$/.exec(text)
  if (!match) return undefined
  const [hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0))
  const date = toDate(now)
  date.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0, 0)
  const today = fromDate(date)
  if (direction === 'back') return today - now > day / 2 ? plus(today, micros(-day)) : today
  return today < now ? plus(today, day) : today
}

/** Without a zone it would be a guess. */
function dateTime(text: string): Instant | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s?(z|utc|[+-]\d{2}:\d{2})$/.exec(
      text,
    )
  if (!match) return undefined
  const [, date = '', time = '', zone = ''] = match
  // Strict: 30 February is no date, although it could be reckoned.
  const parsed = parseISO(`${date}T${time}${zone === 'utc' ? 'z' : zone}`.toUpperCase())
  return isValid(parsed) ? fromDate(parsed) : undefined
}

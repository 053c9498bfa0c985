import { z } from 'zod'
import { type ChangeWindows, weekdays } from '#domain/schedule/change-windows.ts'
import { zone } from '#domain/schedule/local-time.ts'

export const TimeZone = z
  .string()
  .refine(isTimeZone, { message: 'must be a time zone such as Europe/Berlin' })

const Clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "09:00", in quotation marks')

const ClockEnd = z
  .string()
  .regex(
    /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
    'must be a time of day such as "16:00", in quotation marks; "24:00" is the end of the day',
  )

const Open = z
  .strictObject({
    days: z.array(z.enum(weekdays)).min(1, 'must name at least one day'),
    from: Clock,
    to: ClockEnd,
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'is when it begins, so nothing would be open; a whole day is "00:00" to "24:00"',
  })

const dates = 'must be a date such as 2026-12-24, or two: 2026-12-24 to 2027-01-03'
const Closed = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}( to \d{4}-\d{2}-\d{2})?$/, { message: dates, abort: true })
  .refine((text) => text.split(' to ').every(isDate), { message: dates, abort: true })
  .refine((text) => !(closedDates(text).to < closedDates(text).from), {
    message: 'must end on a later date than it begins',
  })

/** When changes that can wait may be made; of the organisation, or of a service, which then counts alone. */
export const ChangeWindowsSection = z.strictObject({
  timezone: TimeZone.optional(),
  open: z.array(Open).min(1, 'must name at least one window').max(50),
  closed: z.array(Closed).max(500).default([]),
})
export type ChangeWindowsSection = z.infer<typeof ChangeWindowsSection>

/** Local times are the section's own zone's, else the organisation's. */
export const changeWindowsOf = (
  section: ChangeWindowsSection | undefined,
  usualZone: string,
): ChangeWindows | undefined =>
  section && {
    zone: section.timezone ?? usualZone,
    open: section.open.map(({ days, from, to }) => ({
      days,
      from: minuteOf(from),
      to: minuteOf(to),
    })),
    closed: section.closed.map(closedDates),
  }

function closedDates(text: string): ChangeWindows['closed'][number] {
  const [from = '', to = from] = text.split(' to ')
  return { from, to }
}

function minuteOf(clock: string): number {
  const [hour, minute] = clock.split(':').map(Number)
  return (hour ?? 0) * 60 + (minute ?? 0)
}

/** 30 February is none, although it can be reckoned with. */
const isDate = (text: string): boolean =>
  new Date(`${text}T00:00Z`).getTime() > 0 &&
  new Date(`${text}T00:00Z`).toISOString().startsWith(text)

function isTimeZone(name: string): boolean {
  // To be sure of any other takes ten times as long.
  if (name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name)) return true
  try {
    return Boolean(zone(name))
  } catch {
    return false
  }
}

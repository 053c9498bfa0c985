import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ChangeWindows,
  nextOpening,
  type OpenHours,
  weekdays,
} from '#domain/schedule/change-windows.ts'
import { zone } from '#domain/schedule/local-time.ts'
import { fromDate, type Instant, instant, isoMicros, minutes, toDate } from '#domain/time.ts'

const at = (text: string): Instant => fromDate(new Date(text))
const office: ChangeWindows = {
  zone: 'Europe/Berlin',
  open: [
    { days: ['mon', 'tue', 'wed', 'thu'], from: 9 * 60, to: 16 * 60 },
    { days: ['fri'], from: 9 * 60, to: 12 * 60 },
  ],
  closed: [{ from: '2026-12-24', to: '2027-01-03' }],
}
const nightly: ChangeWindows = {
  zone: 'Europe/Berlin',
  open: [{ days: ['sat'], from: 22 * 60, to: 4 * 60 }],
  closed: [],
}
const said = (windows: ChangeWindows, now: string) => {
  const found = nextOpening(windows, at(now))
  const time = (moment: Instant | undefined) => moment && isoMicros(moment).slice(0, 16)
  return found && [found.isOpen ? 'open' : 'opens', time(found.at), time(found.until)]
}

describe('the next change window', () => {
  test.for<readonly [string, ChangeWindows, string, readonly (string | undefined)[]]>([
    [
      'is Monday on a Saturday',
      office,
      '2026-11-21T14:30Z',
      ['opens', '2026-11-23T08:00', '2026-11-23T15:00'],
    ],
    [
      'is now while one is open',
      office,
      '2026-11-23T14:30Z',
      ['open', '2026-11-23T14:30', '2026-11-23T15:00'],
    ],
    [
      'is the next one at the minute it closes',
      office,
      '2026-11-23T15:00Z',
      ['opens', '2026-11-24T08:00', '2026-11-24T15:00'],
    ],
    [
      'passes over dates that are closed',
      office,
      '2026-12-23T16:00Z',
      ['opens', '2027-01-04T08:00', '2027-01-04T15:00'],
    ],
    [
      'over midnight is one window',
      nightly,
      '2026-11-22T01:00Z',
      ['open', '2026-11-22T01:00', '2026-11-22T03:00'],
    ],
    [
      'ends at midnight when the next date is closed',
      { ...nightly, closed: [{ from: '2026-11-22', to: '2026-11-22' }] },
      '2026-11-21T12:00Z',
      ['opens', '2026-11-21T21:00', '2026-11-21T23:00'],
    ],
    [
      'is an hour shorter in the night in which clocks go forward',
      nightly,
      '2026-03-28T12:00Z',
      ['opens', '2026-03-28T21:00', '2026-03-29T02:00'],
    ],
    [
      'is an hour longer in the night in which clocks go back',
      nightly,
      '2026-10-24T12:00Z',
      ['opens', '2026-10-24T20:00', '2026-10-25T03:00'],
    ],
    [
      'that lies in the hour which is skipped does not open that day',
      { ...nightly, open: [{ days: ['sun'], from: 120, to: 180 }] },
      '2026-03-28T12:00Z',
      ['opens', '2026-04-05T00:00', '2026-04-05T01:00'],
    ],
    [
      'has no end where it is always open',
      { ...nightly, open: [{ days: weekdays, from: 0, to: 24 * 60 }] },
      '2026-11-21T12:00Z',
      ['open', '2026-11-21T12:00', undefined],
    ],
  ])('%s', ([, windows, now, expected]) => {
    expect(said(windows, now)).toEqual(expected)
  })

  test('is none where everything is closed for a year', () => {
    const closed = [{ from: '2026-01-01', to: '2028-12-31' }]

    expect(nextOpening({ ...office, closed }, at('2026-11-21T12:00Z'))).toBeUndefined()
  })
})

/** Another way to tell: what the clock on the wall says at a moment, as people would. */
function isOpenAt({ zone: timeZone, open, closed }: ChangeWindows, moment: Instant): boolean {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(toDate(moment))
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  const date = `${part('year')}-${part('month')}-${part('day')}`
  const minute = Number(part('hour')) * 60 + Number(part('minute'))
  const today = (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7
  const isDay = ({ days }: OpenHours, index: number) =>
    days.some((name) => name === weekdays[(index + 7) % 7])
  return (
    !closed.some(({ from, to }) => date >= from && date <= to) &&
    open.some((hours) =>
      hours.from < hours.to
        ? isDay(hours, today) && minute >= hours.from && minute < hours.to
        : (isDay(hours, today) && minute >= hours.from) ||
          (isDay(hours, today - 1) && minute < hours.to),
    )
  )
}

/** In the hour that a clock shows twice, people disagree about what is open: the first time counts here. */
const isTwice = ({ zone: name }: ChangeWindows, moment: Instant): boolean => {
  const { localAt, instantAt } = zone(name)
  const around = [-90, -60, -30, 0, 30, 60, 90].map((by) => instant(moment + minutes(by)))
  return around.some((one) => instantAt(localAt(one)) !== one)
}

const someHours = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
  from: fc.integer({ min: 0, max: 1_439 }),
  to: fc.integer({ min: 1, max: 1_440 }),
})
const someWindows: fc.Arbitrary<ChangeWindows> = fc.record({
  zone: fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'America/Havana',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  ),
  open: fc.array(
    someHours.filter(({ from, to }) => from !== to),
    { minLength: 1, maxLength: 3 },
  ),
  closed: fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 364 }), fc.integer({ min: 0, max: 3 }))
      .map(([first, more]) => ({ from: dateIn2026(first), to: dateIn2026(first + more) })),
    { maxLength: 3 },
  ),
})
const dateIn2026 = (index: number): string =>
  new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10)
const momentsOf2026 = fc
  .integer({ min: 0, max: 525_599 })
  .map((minute) => instant(at('2026-01-01T00:00Z') + minutes(minute)))

test('whatever the hours, the zone and the date: it is open when it says so, and nothing was open before', () => {
  let checked = 0
  fc.assert(
    fc.property(
      someWindows,
      momentsOf2026,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (windows, now, share) => {
        const found = nextOpening(windows, now)
        if (!found) return true
        const { at: opens, until = instant(opens + minutes(60)), isOpen } = found
        // A whole minute, as far along as `share` says.
        const within = (from: Instant, to: Instant) =>
          instant(Math.floor((from + (to - from) * share) / minutes(1)) * minutes(1))
        const looks = [
          { moment: opens, open: true },
          { moment: within(opens, instant(until - 1)), open: true },
          { moment: within(now, instant(opens - 1)), open: false },
        ].filter(({ moment, open }) => moment >= now && (open || moment < opens))
        const certain = looks.filter(({ moment }) => !isTwice(windows, moment))
        checked += certain.length
        return (
          opens >= now &&
          until > opens &&
          isOpen === (opens === now) &&
          certain.every(({ moment, open }) => isOpenAt(windows, moment) === open)
        )
      },
    ),
    { numRuns: 500 },
  )
  expect(checked).toBeGreaterThan(500)
})

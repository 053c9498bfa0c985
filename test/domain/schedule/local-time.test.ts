import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Local, zone } from '#domain/schedule/local-time.ts'
import { fromDate, type Instant, instant, isoMicros, minutes } from '#domain/time.ts'

const at = (text: string): Instant => fromDate(new Date(text))
const local = (text: string): Local => at(`${text}:00Z`) as number as Local
const reads = (read: Local): string => isoMicros(instant(read)).slice(0, 16)

test.for([
  ['Europe/Berlin', '2026-07-01T12:00', '2026-07-01T10:00:00Z'],
  ['Asia/Kolkata', '2026-07-01T05:30', '2026-07-01T00:00:00Z'],
  ['America/New_York', '2026-01-15T23:30', '2026-01-16T04:30:00Z'],
  ['Pacific/Auckland', '2026-01-15T00:30', '2026-01-14T11:30:00Z'],
  ['UTC', '2026-01-15T00:30', '2026-01-15T00:30:00Z'],
] as const)('in %s the clock reads %s at %s', ([name, read, expected]) => {
  expect(zone(name).instantAt(local(read))).toBe(at(expected))
  expect(reads(zone(name).localAt(at(expected)))).toBe(read)
})

describe('when clocks change', () => {
  test.for([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00Z'],
    ['America/New_York', '2026-03-08T02:00', '2026-03-08T07:00:00Z'],
    // Here the skipped hour begins at midnight, and there by half an hour.
    ['America/Havana', '2026-03-08T00:15', '2026-03-08T05:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00Z'],
  ] as const)(
    'in %s %s does not exist and is the moment of the change',
    ([name, read, expected]) => {
      expect(zone(name).instantAt(local(read))).toBe(at(expected))
    },
  )

  test.for([
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
    ['America/New_York', '2026-11-01T01:59', '2026-11-01T05:59:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00Z'],
  ] as const)('in %s %s exists twice and is its first time', ([name, read, expected]) => {
    expect(zone(name).instantAt(local(read))).toBe(at(expected))
  })
})

test('a name that is no zone is refused', () => {
  expect(() => zone('Europe/Atlantis')).toThrow(RangeError)
})

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
/** 2024 to 2035, whole minutes. */
const moments = fc
  .integer({ min: 28_401_120, max: 34_712_640 })
  .map((count) => instant(minutes(count)))

test('whatever the zone and the moment: what a clock reads leads back to the first moment it reads so', () => {
  fc.assert(
    fc.property(zones, moments, (name, moment) => {
      const { localAt, instantAt } = zone(name)
      const found = instantAt(localAt(moment))

      expect(found).toBeLessThanOrEqual(moment)
      expect(localAt(found)).toBe(localAt(moment))
    }),
    { numRuns: 400 },
  )
})

test('whatever the zone: a later reading is never an earlier moment', () => {
  fc.assert(
    fc.property(zones, moments, fc.integer({ min: 0, max: 4_000 }), (name, moment, more) => {
      const { localAt, instantAt } = zone(name)
      const read = localAt(moment)

      expect(instantAt((read + minutes(more)) as Local)).toBeGreaterThanOrEqual(instantAt(read))
    }),
    { numRuns: 400 },
  )
})

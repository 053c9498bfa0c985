import fc from 'fast-check'
import { expect, test } from 'vitest'
import { between, earliest, fromDate, instant, isoMicros, minutes, plus } from '#domain/time.ts'

test.each([
  [0, '1970-01-01T00:00:00.000000Z'],
  [1, '1970-01-01T00:00:00.000001Z'],
  [-1, '1969-12-31T23:59:59.999999Z'],
  [-1_000_000, '1969-12-31T23:59:59.000000Z'],
  [1_795_270_980_000_001, '2026-11-21T14:23:00.000001Z'],
  [9_007_199_254_740_991, '2255-06-05T23:47:34.740991Z'],
])('%d µs is written %s', (micros, text) => {
  expect(isoMicros(instant(micros))).toBe(text)
})

test('is exact to the microsecond, in both directions, for four centuries', () => {
  const moment = fc.integer({ min: -9_000_000_000_000_000, max: 2 ** 53 - 1 })
  fc.assert(
    fc.property(moment, (micros) => {
      const text = isoMicros(instant(micros))
      const seconds = Date.parse(`${text.slice(0, 19)}Z`) / 1_000

      expect(seconds * 1_000_000 + Number(text.slice(20, 26))).toBe(micros)
    }),
  )
})

test('is ordered as its text is', () => {
  const moment = fc.integer({ min: -9_000_000_000_000_000, max: 2 ** 53 - 1 })
  fc.assert(
    fc.property(moment, moment, (a, b) => {
      expect(isoMicros(instant(a)) < isoMicros(instant(b))).toBe(a < b)
    }),
  )
})

test('what lies between two moments is what was added', () => {
  const noon = fromDate(new Date('2026-11-21T12:00:00Z'))

  expect(between(noon, plus(noon, minutes(15)))).toBe(900_000_000)
  expect(earliest(plus(noon, minutes(1)), noon)).toBe(noon)
})

import { expect, test } from 'vitest'
import { openToMembers } from '#domain/incident/start.ts'
import { hours, micros, plus } from '#domain/time.ts'
import { aHistory, anIncident, aPlan, aRevision, at, proposed } from '../support/builders.ts'

const now = at('14:40:00')
/** The incident of the builders began at 14:23; the version that is rolled back went out at 14:21. */
const free = (clock: string, history = aHistory(...proposed())): boolean =>
  openToMembers(at(clock), anIncident(history), history, now)

test('members move the start back to when the version was shipped, and no further', () => {
  expect(free('14:22:59')).toBe(true)
  expect(free('14:21:00')).toBe(true)
  expect(free('14:20:59')).toBe(false)
})

test('later is not theirs', () => {
  expect(free('14:23:00')).toBe(false)
  expect(free('14:30:00')).toBe(false)
})

test('a day back is the most, however long ago the version was shipped', () => {
  const since = plus(now, micros(-hours(72)))
  const history = aHistory(...proposed(aPlan({ from: aRevision('v2.3.0', { since }) })))
  const moved = (back: number): boolean =>
    openToMembers(plus(now, micros(-back)), anIncident(history), history, now)

  expect(moved(hours(24))).toBe(true)
  expect(moved(hours(24) + 1)).toBe(false)
})

test('before there is a plan a day is the limit', () => {
  const history = aHistory(...proposed().slice(0, 1))

  expect(free('00:00:00', history)).toBe(true)
})

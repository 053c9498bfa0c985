import { expect, test } from 'vitest'
import { elapsedOf, tookFrom } from '#domain/communication/took.ts'
import { minutes, seconds } from '#domain/time.ts'
import { at, people } from '../../support/builders.ts'

const approved = { by: people.onCall, as: 'on-call-engineer', at: at('14:31:05') } as const

test.each([
  ['begun at once', null, '41 s after approval'],
  ['approved ahead of its time', at('14:31:30'), '16 s after its scheduled time'],
  ['approved when its time had come', at('14:31:00'), '41 s after approval'],
])('a rollback %s took its time from then on', (_, notBefore, expected) => {
  const known = tookFrom({ approved, notBefore }, at('14:31:46'))

  expect(`${known?.took} after ${known?.from}`).toBe(expected)
})

test('a rollback that nobody approved has no length of its own', () => {
  expect(tookFrom({ approved: undefined, notBefore: null }, at('14:31:46'))).toBeUndefined()
})

test.each([
  [seconds(22), minutes(3), '22 s of 180 s'],
  [seconds(200), minutes(3), '200 s of 180 s'],
  [seconds(125), minutes(15), '2 min 5 s of 15 min'],
  [-1, minutes(3), '0 s of 180 s'],
])('%i of %i microseconds reads %s', (elapsed, budget, text) => {
  expect(elapsedOf(elapsed, budget)).toBe(text)
})

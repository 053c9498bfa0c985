import { expect, test } from 'vitest'
import { onsetOf } from '#domain/assessment/onset.ts'
import { before } from './facts.ts'

/** One letter a minute, the newest last: `x` bad, `-` calm, `?` not measured. */
const points = (picture: string) =>
  [...picture].map((one, index) => ({
    at: before(picture.length - 1 - index),
    value: one === '?' ? null : one === 'x' ? 0.06 : 0.001,
  }))

test.each([
  ['----xxxx', 3],
  ['----xx-x', 3],
  ['--x--xxx', 2],
  ['xxxxxxxx', 7],
  ['----x??x', 3],
  ['----xxx-', 3],
  ['????xxxx', 3],
])('%s went bad %d minutes ago', (picture, minutes) => {
  expect(onsetOf(points(picture), 0.01)).toBe(before(minutes))
})

test.each(['--------', '---xx---', '????????', ''])('%s is not bad now', (picture) => {
  expect(onsetOf(points(picture), 0.01)).toBeNull()
})

test('what lies on the limit is not bad', () => {
  expect(onsetOf([{ at: before(0), value: 0.01 }], 0.01)).toBeNull()
})

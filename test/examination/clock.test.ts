import { expect, test } from 'vitest'
import { clockFindings } from '#examination/clock.ts'

const found = (shows: number, more: { readonly coarseMs?: number } = {}) =>
  clockFindings({ whose: 'PostgreSQL', shows, asked: 100_000, answered: 103_000, ...more }).map(
    ({ result, text }) => `${result}: ${text}`,
  )

test.each([
  ['read just then', 101_500],
  ['as late as the answer', 104_900],
  ['as early as the question', 98_100],
])('a clock that may be right is not complained of: %s', (_, shows) => {
  expect(found(shows)).toEqual([])
})

test('a clock that is off is told by how much and in which direction, and a minute is too much', () => {
  expect(found(110_000)).toEqual(['note: the clock of PostgreSQL is 7 s ahead of this machine’s'])
  expect(found(90_000)).toEqual(['note: the clock of PostgreSQL is 10 s behind this machine’s'])
  expect(found(170_000)).toEqual(['wrong: the clock of PostgreSQL is 67 s ahead of this machine’s'])
})

test('a clock that shows whole seconds is given the benefit of the rest of its second', () => {
  expect(found(97_500)).toEqual([expect.stringContaining('is 3 s behind')])
  expect(found(97_500, { coarseMs: 1_000 })).toEqual([])
})

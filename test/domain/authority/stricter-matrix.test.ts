import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultMatrix, type Matrix, matrixProblems, windowAt } from '#domain/authority/matrix.ts'
import { isAtLeast, rankOf, roles } from '#domain/authority/role.ts'
import { stricterMatrix } from '#domain/authority/stricter-matrix.ts'
import { micros, minutes } from '#domain/time.ts'

/** Any matrix that a configuration may hold: from minute 0, later rows never with less authority. */
const aMatrix = fc
  .uniqueArray(
    fc.record({
      minute: fc.integer({ min: 1, max: 90 }),
      rank: fc.integer({ min: 0, max: 3 }),
      told: fc.subarray([...roles]),
    }),
    { minLength: 1, maxLength: 5, selector: ({ minute }) => minute },
  )
  .map((rows): Matrix => {
    const ranks = rows.map(({ rank }) => rank).toSorted((a, b) => a - b)
    const [first, ...rest] = rows
      .toSorted((a, b) => a.minute - b.minute)
      .map(({ minute, told }, index) => ({
        fromMicros: minutes(index === 0 ? 0 : minute),
        mayAuthorize: roles[ranks[index] ?? 0] ?? 'executive',
        notify: told,
      }))
    if (!first) throw new Error('A matrix has a row')
    return [first, ...rest]
  })

test('is at every minute the higher authority of the two, and sound', () => {
  fc.assert(
    fc.property(
      aMatrix,
      aMatrix,
      fc.integer({ min: 0, max: minutes(100) }),
      (one, other, elapsed) => {
        const both = stricterMatrix(one, other)
        const [a, b, row] = [one, other, both].map((matrix) => windowAt(matrix, elapsed))

        expect(matrixProblems(both)).toEqual([])
        expect(rankOf(row?.mayAuthorize ?? 'executive')).toBe(
          Math.max(rankOf(a?.mayAuthorize ?? 'executive'), rankOf(b?.mayAuthorize ?? 'executive')),
        )
        expect(row?.notify).toEqual(
          expect.arrayContaining([...(a?.notify ?? []), ...(b?.notify ?? [])]),
        )
      },
    ),
  )
})

test('of a matrix with itself is that matrix', () => {
  expect(stricterMatrix(defaultMatrix, structuredClone(defaultMatrix))).toBe(defaultMatrix)
})

test('keeps both boundaries', () => {
  const earlier: Matrix = [
    { fromMicros: micros(0), mayAuthorize: 'on-call-engineer', notify: [] },
    { fromMicros: minutes(10), mayAuthorize: 'team-lead', notify: [] },
  ]

  const rows = stricterMatrix(defaultMatrix, earlier)

  expect(rows.map(({ fromMicros }) => fromMicros)).toEqual([0, 10, 15, 30, 60].map(minutes))
  expect(isAtLeast(windowAt(rows, minutes(10)).mayAuthorize, 'team-lead')).toBe(true)
})

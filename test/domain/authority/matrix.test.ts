import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  defaultMatrix,
  type Matrix,
  matrixProblems,
  required,
  unraised,
  windowAt,
  windowInTime,
} from '#domain/authority/matrix.ts'
import { isAtLeast, type Role, roles } from '#domain/authority/role.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import { instant, micros, minutes, plus } from '#domain/time.ts'
import { start } from '../../support/builders.ts'

/** Any matrix without problems: rising minutes, never falling authority. */
const someMatrix = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: minutes(60) }),
      rise: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 6 },
  )
  .map((rows): Matrix => {
    let from = 0
    let rank = 0
    const later = rows.map(({ gap, rise }) => {
      from += gap
      rank = Math.min(rank + rise, roles.length - 1)
      return { fromMicros: micros(from), mayAuthorize: roles[rank] as Role, notify: [] }
    })
    return [{ fromMicros: micros(0), mayAuthorize: 'on-call-engineer', notify: [] }, ...later]
  })

test('T057 every moment from the start on lies in exactly one window', () => {
  fc.assert(
    fc.property(someMatrix, fc.integer({ min: 0, max: 2 ** 53 - 1 }), (matrix, elapsed) => {
      const holding = matrix.filter(
        ({ fromMicros }, index) =>
          elapsed >= fromMicros && elapsed < (matrix[index + 1]?.fromMicros ?? Infinity),
      )

      expect(matrixProblems(matrix)).toEqual([])
      expect(holding).toEqual([windowAt(matrix, elapsed)])
    }),
  )
})

test('authority never falls as time goes on, however many levels are added', () => {
  const someTime = fc.integer({ min: 0, max: minutes(500) })
  fc.assert(
    fc.property(
      someMatrix,
      someTime,
      someTime,
      fc.constantFrom(undefined, ...roles),
      fc.nat(6),
      (matrix, a, b, atLeast, levels) => {
        const raise = { atLeast, levels }
        const before = required(windowAt(matrix, Math.min(a, b)), raise)
        const after = required(windowAt(matrix, Math.max(a, b)), raise)

        expect(isAtLeast(after.role, before.role)).toBe(true)
        expect(before.coApprover !== undefined && after.coApprover === undefined).toBe(false)
      },
    ),
  )
})

test.each([Number.NaN, Infinity, -Infinity])(
  'T059 nonsense (%s) takes the strictest window',
  (time) => {
    expect(windowAt(defaultMatrix, time).mayAuthorize).toBe('vp-engineering')
  },
)

test('a window says when it began, when it ends and who is next, to the microsecond', () => {
  const last = instant(plus(start, minutes(30)) - 1)

  expect(windowInTime(defaultMatrix, start, last)).toMatchObject({
    mayAuthorize: 'team-lead',
    since: plus(start, minutes(15)),
    endsAt: plus(start, minutes(30)),
    next: { mayAuthorize: 'engineering-manager' },
  })
  expect(windowInTime(defaultMatrix, start, plus(start, minutes(60)))).toMatchObject({
    endsAt: undefined,
    next: undefined,
  })
})

test('what is shown before anybody clicks names each later level and when it takes over', () => {
  expect(whoDecides(defaultMatrix, start, plus(start, minutes(15)), unraised)).toEqual({
    now: 'team-lead',
    coApprover: undefined,
    until: plus(start, minutes(30)),
    then: [
      { from: plus(start, minutes(30)), role: 'engineering-manager' },
      { from: plus(start, minutes(60)), role: 'vp-engineering' },
    ],
    told: ['engineering-manager'],
  })
})

describe('a configured matrix', () => {
  const row = (minute: number, mayAuthorize: Role) => ({
    fromMicros: micros(minute * 60_000_000),
    mayAuthorize,
    notify: [],
  })

  test.each([
    ['is empty', [], /empty/],
    ['begins late', [row(5, 'team-lead')], /begin at minute 0/],
    ['overlaps', [row(0, 'team-lead'), row(0, 'vp-engineering')], /later than window 1/],
    ['goes back', [row(0, 'team-lead'), row(9, 'team-lead'), row(5, 'executive')], /later/],
    ['has a negative minute', [row(0, 'team-lead'), row(-5, 'executive')], /no valid minute/],
    ['has no number', [row(0, 'team-lead'), row(Number.NaN, 'executive')], /no valid minute/],
    ['lowers authority', [row(0, 'team-lead'), row(5, 'on-call-engineer')], /less authority/],
  ])('that %s is refused with a sentence', (_, rows, sentence) => {
    expect(matrixProblems(rows).join(' ')).toMatch(sentence)
  })

  test('as policy §5 has it has no problems', () => {
    expect(matrixProblems(defaultMatrix)).toEqual([])
  })
})

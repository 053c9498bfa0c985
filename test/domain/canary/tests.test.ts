import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chiSquared, fisherExact, mannWhitney, welch } from '#domain/canary/index.ts'
import type { Table } from '#domain/canary/table.ts'

const count = (max: number) => fc.nat({ max })
const table = (max: number): fc.Arbitrary<Table> =>
  fc.tuple(fc.tuple(count(max), count(max)), fc.tuple(count(max), count(max)))
const probability = (p: number) => p >= 0 && p <= 1
const swapArms = ([canary, baseline]: Table): Table => [baseline, canary]
const swapOutcomes = ([[a, b], [c, d]]: Table): Table => [
  [b, a],
  [d, c],
]

test('every table of counts up to a thousand million has a probability, never NaN, at once', () => {
  fc.assert(
    fc.property(fc.oneof(table(4), table(2_000), table(1_000_000_000)), (counts) => {
      const { twoSided, greater } = fisherExact(counts)

      for (const p of [
        twoSided,
        greater,
        chiSquared(counts).p,
        chiSquared(counts, { yates: true }).p,
      ])
        expect(p).toSatisfy(probability)
    }),
  )
})

test('an empty row or column is no evidence: p is 1', () => {
  for (const counts of [
    [
      [0, 0],
      [5, 9],
    ],
    [
      [3, 4],
      [0, 0],
    ],
    [
      [0, 7],
      [0, 9],
    ],
    [
      [7, 0],
      [9, 0],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ] as const) {
    expect(chiSquared(counts)).toEqual({ defined: false, p: 1 })
    expect(fisherExact(counts)).toEqual({ defined: false, twoSided: 1, greater: 1 })
  }
})

test('Fisher’s p agrees with counting every table in whole numbers', () => {
  fc.assert(
    fc.property(table(12), (counts) => {
      const [[a, b], [c, d]] = counts
      fc.pre(Math.min(a + b, c + d, a + c, b + d) > 0)
      const ways = (x: number) => choose(a + c, x) * choose(b + d, a + b - x)
      const possible = Array.from({ length: a + c + 1 }, (_, x) => x)
      const share = (of: readonly number[]) =>
        Number(of.reduce((sum, x) => sum + ways(x), 0n)) / Number(choose(a + b + c + d, a + b))

      const answer = fisherExact(counts)

      expect(answer.greater).toBeCloseTo(share(possible.filter((x) => x >= a)), 12)
      expect(answer.twoSided).toBeCloseTo(share(possible.filter((x) => ways(x) <= ways(a))), 12)
    }),
  )
})

test('the tests do not care which arm or which outcome is named first', () => {
  fc.assert(
    fc.property(fc.oneof(table(30), table(5_000)), (counts) => {
      for (const other of [swapArms(counts), swapOutcomes(counts)]) {
        expect(chiSquared(other).p).toBeCloseTo(chiSquared(counts).p, 12)
        expect(fisherExact(other).twoSided).toBeCloseTo(fisherExact(counts).twoSided, 12)
      }
      expect(fisherExact(swapOutcomes(swapArms(counts))).greater).toBeCloseTo(
        fisherExact(counts).greater,
        12,
      )
    }),
  )
})

test('another error among as many requests makes the canary look worse, never better', () => {
  fc.assert(
    fc.property(table(500), ([[a, b], baseline]) => {
      fc.pre(b > 0)
      const before = fisherExact([[a, b], baseline]).greater
      const after = fisherExact([[a + 1, b - 1], baseline]).greater

      expect(after).toBeLessThanOrEqual(before * (1 + 1e-9))
    }),
  )
})

test('Yates’s correction only ever raises p', () => {
  fc.assert(
    fc.property(table(400), (counts) => {
      expect(chiSquared(counts, { yates: true }).p).toBeGreaterThanOrEqual(chiSquared(counts).p)
    }),
  )
})

test('two products that agree in sixteen digits are still told apart', () => {
  const answer = chiSquared([
    [999_999_999, 1_000_000_000],
    [1_000_000_000, 1_000_000_001],
  ])

  // ad − bc is −1 exactly; the statistic is N/(r1·r2·c1·c2).
  expect(answer).toMatchObject({ statistic: expect.closeTo(2.5e-28, 36) })
})

test.each([
  [-1, 'negative'],
  [0.5, 'half'],
  [Number.NaN, 'no number'],
  [Infinity, 'endless'],
])('a count of %d is refused: it is %s', (bad) => {
  for (const counts of [
    [
      [bad, 1],
      [1, 1],
    ],
    [
      [1, 1],
      [1, bad],
    ],
  ] as const) {
    expect(() => chiSquared(counts)).toThrow(RangeError)
    expect(() => fisherExact(counts)).toThrow(RangeError)
  }
})

test('Welch’s p is a probability whatever the samples, and 1 for equal means', () => {
  const number = fc.double({ min: -1e300, max: 1e300, noNaN: true })
  const sample = fc.record({
    mean: number,
    sd: fc.double({ min: 0, max: 1e300, noNaN: true }),
    n: fc.oneof(count(5), count(1_000_000_000)),
  })

  fc.assert(
    fc.property(sample, sample, (canary, baseline) => {
      const there = welch(canary, baseline)
      const back = welch(baseline, canary)

      expect(there.p).toSatisfy(probability)
      expect(back.p).toBe(there.p)
      expect(welch(canary, { ...baseline, mean: canary.mean }).p).toBe(1)
    }),
  )
})

test('Welch’s p falls as the means part', () => {
  const p = [0, 1, 2, 5, 20, 80].map(
    (shift) => welch({ mean: 100 + shift, sd: 30, n: 200 }, { mean: 100, sd: 10, n: 3_000 }).p,
  )

  expect(p).toEqual(p.toSorted((a, b) => b - a))
  expect(p.at(-1)).toBeLessThan(1e-60)
})

test('Welch says nothing of one value an arm, or of arms that do not vary', () => {
  const fine = { mean: 2, sd: 1, n: 9 }

  expect(welch({ mean: 1, sd: 0, n: 1 }, fine)).toEqual({ defined: false, p: 1 })
  expect(welch({ mean: Number.NaN, sd: Number.NaN, n: 0 }, fine)).toEqual({ defined: false, p: 1 })
  expect(welch({ ...fine, sd: 0 }, { ...fine, mean: 7, sd: 0 })).toEqual({ defined: false, p: 1 })
})

test.each([
  { mean: Number.NaN },
  { mean: Infinity },
  { sd: -1 },
  { sd: Number.NaN },
  { n: 2.5 },
  { n: -3 },
  { n: Number.NaN },
])('Welch refuses a sample with %o', (wrong) => {
  const fine = { mean: 2, sd: 1, n: 9 }

  expect(() => welch({ ...fine, ...wrong }, fine)).toThrow(RangeError)
  expect(() => welch(fine, { ...fine, ...wrong })).toThrow(RangeError)
})

test('U counts the pairs that the canary wins, a tie half; its p is a probability', () => {
  const values = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 })

  fc.assert(
    fc.property(values, values, (canary, baseline) => {
      const wins = canary
        .flatMap((one) =>
          baseline.map((other): number => (one > other ? 1 : one === other ? 0.5 : 0)),
        )
        .reduce((sum, each) => sum + each, 0)

      const there = mannWhitney(canary, baseline)
      const back = mannWhitney(baseline, canary)

      expect(there.U).toBe(wins)
      expect(there.U + back.U).toBe(canary.length * baseline.length)
      expect(there.p).toBeCloseTo(back.p, 12)
      expect(there.p).toSatisfy(probability)
    }),
  )
})

test('ranks keep their order under any rising scale', () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 })

  fc.assert(
    fc.property(values, values, (canary, baseline) => {
      const stretch = (all: readonly number[]) => all.map((value) => value ** 3 + 7)

      expect(mannWhitney(stretch(canary), stretch(baseline))).toEqual(mannWhitney(canary, baseline))
    }),
  )
})

test('ranks say nothing of an empty arm or of one value all over, and refuse what has none', () => {
  expect(mannWhitney([], [1, 2])).toEqual({ defined: false, U: 0, p: 1 })
  expect(mannWhitney([3, 3], [3])).toEqual({ defined: false, U: 1, p: 1 })
  expect(() => mannWhitney([1, Number.NaN], [2])).toThrow(RangeError)
  expect(() => mannWhitney([1], [Infinity])).toThrow(RangeError)
})

function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n
  let ways = 1n
  for (let i = 1; i <= k; i += 1) ways = (ways * BigInt(n - k + i)) / BigInt(i)
  return ways
}

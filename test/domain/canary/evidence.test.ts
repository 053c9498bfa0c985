import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anytimeP, logE, mantelHaenszel } from '#domain/canary/evidence.ts'
import { type Batch, eProcess, type Evidence, noEvidence, withBatch } from '#domain/canary/index.ts'
import { instant, minutes, plus } from '#domain/time.ts'

const grid = [1.25, 1.5, 2, 3, 5, 10]
const start = instant(1_700_000_000_000_000)

const counts = fc
  .tuple(fc.nat({ max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([requests, share]) => ({ requests, errors: Math.floor(requests * share ** 4) }))
const batches = fc
  .array(fc.record({ canary: counts, baseline: counts }), { minLength: 1, maxLength: 20 })
  .map((all) =>
    all.map(
      (arms, at): Batch => ({
        ...arms,
        from: plus(start, minutes(at)),
        to: plus(start, minutes(at + 1)),
      }),
    ),
  )
const gathered = (all: readonly Batch[], from: Evidence = noEvidence(1, grid)) =>
  all.reduce(withBatch, from)
const restarted = (evidence: Evidence): Evidence => JSON.parse(JSON.stringify(evidence))

test('evidence that was stored, resumed and fed the same scrapes again is the same to the last bit', () => {
  fc.assert(
    fc.property(batches, fc.infiniteStream(fc.nat()), (all, chance) => {
      let evidence = noEvidence(1, grid)
      for (const [at, batch] of all.entries()) {
        evidence = withBatch(restarted(evidence), batch)
        const again = all[(chance.next().value ?? 0) % (at + 1)] ?? batch
        evidence = withBatch(restarted(evidence), again)
      }

      expect(evidence).toEqual(gathered(all))
      expect(gathered(all, evidence)).toEqual(evidence)
    }),
  )
})

test('a batch that overlaps one that counted is left out, one after a gap is not', () => {
  const arms = {
    canary: { requests: 600, errors: 9 },
    baseline: { requests: 59_400, errors: 300 },
  }
  const at = (from: number): Batch => ({
    ...arms,
    from: plus(start, minutes(from)),
    to: plus(start, minutes(from + 1)),
  })
  const once = gathered([at(0)])

  expect(gathered([at(0), at(0.5)])).toEqual(once)
  expect(gathered([at(0.5), at(0)]).canary.requests).toBe(600)
  expect(gathered([at(0), at(7)]).canary.requests).toBe(1_200)
})

test('the fold and the whole agree', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(1, 1.25, 1.5), (all, r0) => {
      const evidence = gathered(all, noEvidence(r0, grid))
      const whole = eProcess({
        r0,
        grid,
        batches: all.map(({ canary, baseline }) => [
          canary.errors,
          canary.requests,
          baseline.errors,
          baseline.requests,
        ]),
      })

      expect(whole.logE.at(-1)).toBe(logE(evidence))
      expect(whole.pAnytime).toBe(anytimeP(evidence))
      expect(whole.mhRatio).toBe(mantelHaenszel(evidence))
    }),
  )
})

test('the anytime p is a probability that never rises again', () => {
  fc.assert(
    fc.property(batches, (all) => {
      const p = all.map((_, at) => anytimeP(gathered(all.slice(0, at + 1))))

      expect(p).toEqual(p.toSorted((a, b) => b - a))
      expect(p.every((each) => each >= 0 && each <= 1)).toBe(true)
      expect(gathered(all).logs.every(Number.isFinite)).toBe(true)
    }),
  )
})

test('at the null a batch neither gains nor loses on average, for every ratio that is tried', () => {
  const traffic = fc.record({
    canary: fc.integer({ min: 1, max: 500 }),
    baseline: fc.integer({ min: 1, max: 500 }),
    errors: fc.integer({ min: 1, max: 40 }),
    r0: fc.constantFrom(1, 1.5),
  })

  fc.assert(
    fc.property(traffic, ({ canary, baseline, errors, r0 }) => {
      const theta = (r0 * canary) / (r0 * canary + baseline)
      const mean = noEvidence(r0, grid).grid.map(() => 0)
      for (let own = 0; own <= errors; own += 1) {
        const { logs } = gathered(
          [
            {
              from: start,
              to: plus(start, minutes(1)),
              canary: { requests: 1_000 * canary, errors: own },
              baseline: { requests: 1_000 * baseline, errors: errors - own },
            },
          ],
          noEvidence(r0, grid),
        )
        const chance = binomial(own, errors, theta)
        for (const [j, log] of logs.entries()) mean[j] = (mean[j] ?? 0) + chance * Math.exp(log)
      }

      for (const each of mean) expect(each).toBeCloseTo(1, 9)
    }),
  )
})

test('no errors, or one arm that served nothing, is no evidence', () => {
  const quiet = eProcess({ r0: 1, grid, batches: [[0, 900, 0, 9_000]] })
  const alone = eProcess({
    r0: 1,
    grid,
    batches: [
      [40, 900, 0, 0],
      [0, 0, 40, 900],
    ],
  })

  expect(quiet).toEqual({ logE: [0], pAnytime: 1, mhRatio: null })
  expect(alone).toEqual({ logE: [0, 0], pAnytime: 1, mhRatio: null })
  expect(eProcess({ r0: 1, grid, batches: [] })).toEqual({ logE: [], pAnytime: 1, mhRatio: null })
})

test('twenty errors against none are proof, and the ratio is infinite', () => {
  const answer = eProcess({ r0: 1.5, grid, batches: [[20, 3_000, 0, 3_000]] })

  expect(answer.mhRatio).toBe(Infinity)
  expect(answer.pAnytime).toBeLessThan(0.01)
})

test('counts up to a thousand million stay finite', () => {
  const { logE, pAnytime } = eProcess({
    r0: 1,
    grid,
    batches: [
      [1e9, 1e9, 1, 1e9],
      [0, 1, 1e9, 1e9],
      [1e6, 1e9, 1e6, 1e9],
    ],
  })

  expect(logE.every(Number.isFinite)).toBe(true)
  expect(pAnytime).toBe(0)
})

test.each([
  [[5, 4, 0, 9]],
  [[-1, 4, 0, 9]],
  [[Number.NaN, 4, 0, 9]],
  [[0, Infinity, 0, 9]],
  [[0, 4, 0, Number.NaN]],
] as const)('a batch of %j is refused', (batch) => {
  expect(() => eProcess({ r0: 1, grid, batches: [batch] })).toThrow(RangeError)
})

test('a null above the whole grid, and a batch that ends before it begins, are refused', () => {
  const arms = { canary: { requests: 1, errors: 0 }, baseline: { requests: 1, errors: 0 } }

  expect(() => noEvidence(10, grid)).toThrow(RangeError)
  expect(() => noEvidence(Number.NaN, grid)).toThrow(RangeError)
  expect(() => withBatch(noEvidence(1, grid), { ...arms, from: start, to: start })).toThrow(
    RangeError,
  )
})

function binomial(x: number, n: number, p: number): number {
  let ways = 1
  for (let i = 1; i <= x; i += 1) ways *= (n - x + i) / i
  return ways * p ** x * (1 - p) ** (n - x)
}

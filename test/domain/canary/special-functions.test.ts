import fc from 'fast-check'
import { expect, test } from 'vitest'
import { incompleteBeta, logBeta } from '#domain/canary/beta.ts'
import { deviance, logGamma, upperGamma } from '#domain/canary/gamma.ts'

const positive = (max: number) => fc.double({ min: 1e-3, max, noNaN: true })
const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })
const relative = (value: number, expected: number) =>
  value === expected ? 0 : Math.abs(value / expected - 1)

test('Γ is the factorial, √π at a half, and as large as it should be', () => {
  expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 13)
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
  expect(relative(logGamma(1e9), 19_723_265_827.503716)).toBeLessThan(1e-14)
})

test('Γ(x+1) is x Γ(x)', () => {
  fc.assert(
    fc.property(positive(1e4), (x) => {
      const step = logGamma(x + 1) - logGamma(x)

      expect(Math.abs(step - Math.log(x))).toBeLessThan(1e-14 * (1 + Math.abs(logGamma(x + 1))))
    }),
  )
})

test('the deviance is x ln(x/m) + m − x, near its zero, too', () => {
  expect(relative(deviance(1e6, 1e6 + 1), 4.999996666669167e-7)).toBeLessThan(1e-12)
  expect(relative(deviance(3, 7), 3 * Math.log(3 / 7) + 4)).toBeLessThan(1e-14)
  expect(deviance(0, 5)).toBe(5)
})

test('Q(1, x) is e^−x, and Q(½, z²/2) the two tails of a normal, down to the smallest numbers', () => {
  for (const x of [1e-9, 0.5, 2, 40, 700])
    expect(relative(upperGamma(1, x), Math.exp(-x))).toBeLessThan(1e-13)
  for (const [z, tails] of [
    [1, 0.3173105078629141],
    [5, 5.733031437583878e-7],
    [10, 1.523970604832105e-23],
    [37, 1.145114244504915e-299],
  ] as const)
    expect(relative(upperGamma(0.5, z ** 2 / 2), tails)).toBeLessThan(1e-12)
})

test('Q(n, x) is the chance of fewer than n events where x are expected', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), positive(120), (n, x) => {
      let term = Math.exp(-x)
      let sum = term
      for (let k = 1; k < n; k += 1) {
        term *= x / k
        sum += term
      }

      expect(relative(upperGamma(n, x), sum)).toBeLessThan(1e-11)
    }),
  )
})

test('Q falls from 1 to 0 with x', () => {
  fc.assert(
    fc.property(positive(1e6), positive(2), positive(2), (a, one, other) => {
      const [near, far] = [a * Math.min(one, other), a * Math.max(one, other)]

      expect(upperGamma(a, near)).toBeGreaterThanOrEqual(upperGamma(a, far) * (1 - 1e-12))
      expect(upperGamma(a, far)).toBeGreaterThanOrEqual(0)
      expect(upperGamma(a, near)).toBeLessThanOrEqual(1)
    }),
  )
  expect([upperGamma(3, 0), upperGamma(3, Infinity)]).toEqual([1, 0])
})

test('I(1, b) is 1 − (1−x)^b and I(a, 1) is x^a', () => {
  fc.assert(
    fc.property(positive(500), share, (a, x) => {
      expect(relative(incompleteBeta(a, 1, x, 1 - x), x ** a)).toBeLessThan(1e-10)
      expect(
        relative(incompleteBeta(1, a, x, 1 - x), -Math.expm1(a * Math.log1p(-x))),
      ).toBeLessThan(1e-10)
    }),
  )
})

test('I(a, b) at x and I(b, a) at 1−x make 1', () => {
  fc.assert(
    fc.property(positive(1e3), positive(1e3), share, (a, b, x) => {
      const sum = incompleteBeta(a, b, x, 1 - x) + incompleteBeta(b, a, 1 - x, x)

      expect(Math.abs(sum - 1)).toBeLessThan(1e-11)
    }),
  )
})

test('the tails of Student’s t agree with closed forms and with forty digits', () => {
  const tails = (df: number, t: number) =>
    incompleteBeta(df / 2, 0.5, df / (df + t * t), (t * t) / (df + t * t))

  for (const t of [0.01, 1, 30, 1e6]) {
    expect(relative(tails(1, t), (2 / Math.PI) * Math.atan(1 / t))).toBeLessThan(1e-13)
    const root = Math.sqrt(2 + t * t)
    expect(relative(tails(2, t), 2 / (root * (root + t)))).toBeLessThan(1e-13)
  }
  expect(relative(tails(7, 40), 1.590217998485037e-9)).toBeLessThan(1e-12)
  expect(relative(tails(3_000_000, 21), 6.666193699041442e-98)).toBeLessThan(1e-10)
})

test('B(a, b) is 1/a for b = 1, whichever comes first, however large', () => {
  for (const a of [1e-3, 0.5, 7, 1e5, 1e9])
    for (const value of [logBeta(a, 1), logBeta(1, a)])
      expect(Math.abs(value + Math.log(a))).toBeLessThan(1e-12)
})

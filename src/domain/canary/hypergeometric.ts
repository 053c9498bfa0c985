import { deviance, stirlingError } from './gamma.ts'
import type { Margins } from './table.ts'

/** How the errors of a table fall on the canary when only chance decides, all margins fixed. */
export interface Hypergeometric {
  readonly lowest: number
  readonly highest: number
  readonly mode: number
  /** ln P(X = x) for a whole x from lowest to highest. */
  logDensity(x: number): number
  /** P(X ≥ x) for x from the mode up, and P(X ≤ x) for x up to the mode: the small side, summed from its largest term. */
  upperTail(x: number): number
  lowerTail(x: number): number
}

export function hypergeometric(sums: Margins): Hypergeometric {
  const { canary, baseline, errors, successes, total } = sums
  const share = canary / total
  const otherShare = baseline / total
  const lowest = Math.max(0, canary - successes)
  const highest = Math.min(canary, errors)
  const guess = Math.floor(((canary + 1) / (total + 2)) * (errors + 1))
  const whole = logBinomial(canary, total, share, otherShare)
  // A product of three binomials (Loader 2000): no factorials of large numbers are subtracted.
  const logDensity = (x: number) =>
    logBinomial(x, errors, share, otherShare) +
    logBinomial(canary - x, successes, share, otherShare) -
    whole
  const up = (x: number) => (((canary - x) / (x + 1)) * (errors - x)) / (successes - canary + x + 1)

  return {
    lowest,
    highest,
    mode: Math.min(highest, Math.max(lowest, guess)),
    logDensity,
    upperTail: (x) => sum(logDensity(x), (k) => (x + k < highest ? up(x + k) : 0)),
    lowerTail: (x) => sum(logDensity(x), (k) => (x - k > lowest ? 1 / up(x - k - 1) : 0)),
  }
}

/** A first term and those that follow, each given as a factor of the one before. */
function sum(logFirst: number, factor: (k: number) => number): number {
  let total = 1
  let term = 1
  for (let k = 0; term > total * 1e-18; k += 1) {
    term *= factor(k)
    total += term
  }
  return Math.exp(logFirst + Math.log(total))
}

/** ln of the binomial probability of x in n, with p + q = 1. */
function logBinomial(x: number, n: number, p: number, q: number): number {
  if (x === 0) return allOfOneKind(n, q, p)
  if (x === n) return allOfOneKind(n, p, q)
  const shape =
    stirlingError(n) -
    stirlingError(x) -
    stirlingError(n - x) -
    deviance(x, n * p) -
    deviance(n - x, n * q)
  return shape - (Math.log(2 * Math.PI) + Math.log(x) + Math.log1p(-x / n)) / 2
}

function allOfOneKind(n: number, p: number, q: number): number {
  return n * (q < 0.5 ? Math.log1p(-q) : Math.log(p))
}

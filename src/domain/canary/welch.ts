import { incompleteBeta } from './beta.ts'

/** What was measured on one arm: mean, sample standard deviation (n − 1), and how many. */
export interface Sample {
  readonly mean: number
  readonly sd: number
  readonly n: number
}

interface Welch {
  /** Positive where the canary's mean is the larger. */
  readonly t: number
  readonly df: number
  /** Two-sided. */
  readonly p: number
}

/**
 * Welch's t-test; unequal variances are no reason for alarm with it (Student's accuses one healthy canary in four).
 * Undefined with fewer than two values on an arm, or where neither arm varies. Throws a RangeError for what is no sample.
 */
export function welch(
  canary: Sample,
  baseline: Sample,
): Welch | { readonly defined: false; readonly p: 1 } {
  if (size(canary) < 2 || size(baseline) < 2) return { defined: false, p: 1 }
  for (const value of [canary.mean, baseline.mean, canary.sd, baseline.sd])
    if (!Number.isFinite(value)) throw new RangeError(`A sample is made of numbers, not ${value}`)
  if (canary.sd < 0 || baseline.sd < 0) throw new RangeError('A standard deviation is not negative')
  const scale = Math.max(canary.sd, baseline.sd)
  if (scale === 0) return { defined: false, p: 1 }

  // In units of the larger deviation, so that squares neither overflow nor vanish.
  const a = (canary.sd / scale) ** 2 / canary.n
  const b = (baseline.sd / scale) ** 2 / baseline.n
  const t = (canary.mean - baseline.mean) / scale / Math.sqrt(a + b)
  const df = (a + b) ** 2 / (a ** 2 / (canary.n - 1) + b ** 2 / (baseline.n - 1))
  return { t, df, p: studentTwoSided(t, df) }
}

function size({ n }: Sample): number {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`A sample has a whole size, not ${n}`)
  return n
}

/** P(|T| ≥ |t|) = I_{df/(df+t²)}(df/2, ½) (Abramowitz & Stegun 26.7.1). */
function studentTwoSided(t: number, df: number): number {
  const square = (t * t) / df
  if (square === Infinity) return 0
  return incompleteBeta(df / 2, 0.5, 1 / (1 + square), square / (1 + square))
}

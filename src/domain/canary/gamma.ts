import { continuedFraction } from './continued-fraction.ts'

const ln2Pi = Math.log(2 * Math.PI)

/**
 * What Stirling's formula lacks of ln Γ: ln Γ(x) = (x − ½) ln x − x + ½ ln 2π + δ(x), for x > 0.
 * The series is DLMF 5.11.1; below 15 the argument is raised by the recurrence of Γ. Absolute error about 1e-15.
 */
export function stirlingError(x: number): number {
  if (x < 15) return stirlingError(x + 1) + (x + 0.5) * Math.log1p(1 / x) - 1
  const s = 1 / (x * x)
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / x
}

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  return (x - 0.5) * Math.log(x) - x + ln2Pi / 2 + stirlingError(x)
}

/** x ln(x/m) + m − x without cancellation where x is near m (Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000). */
export function deviance(x: number, m: number): number {
  if (x === 0) return m
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let term = 2 * x * v
  for (let j = 1; ; j += 1) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) return sum
    sum = next
  }
}

/** x^a e^−x / Γ(a+1), exact where a and x are large and near each other. */
function density(a: number, x: number): number {
  return Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a)
}

/**
 * The upper regularised incomplete gamma function Q(a, x), for a > 0 and x ≥ 0, never as 1 − P where it is small:
 * series DLMF 8.11.4 left of the bulk, continued fraction DLMF 8.9.2 right of it.
 */
export function upperGamma(a: number, x: number): number {
  if (x === 0) return 1
  if (x === Infinity) return 0
  return x < a + 1 ? 1 - lowerSeries(a, x) : density(a, x) * a * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= x / (a + k)
    sum += term
  }
  return density(a, x) * sum
}

/** DLMF 8.9.2 after an even contraction (Abramowitz & Stegun 6.5.31). */
function upperFraction(a: number, x: number): number {
  return continuedFraction(
    (k) => -k * (k - a),
    (k) => x + 2 * k + 1 - a,
  )
}

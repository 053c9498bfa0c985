import { continuedFraction } from './continued-fraction.ts'
import { logGamma, stirlingError } from './gamma.ts'

/** ln B(a, b) for a, b > 0; exact to rounding also where one of them is in the thousands of millions. */
export function logBeta(a: number, b: number): number {
  if (a < b) return logBeta(b, a)
  const ratio = -(a - 0.5) * Math.log1p(b / a) - b * Math.log(a + b) + b
  return logGamma(b) + ratio + stirlingError(a) - stirlingError(a + b)
}

/**
 * The regularised incomplete beta function I_x(a, b). Both x and 1 − x are asked for, so that neither tail is lost to rounding.
 * On the far side of the bulk by symmetry (DLMF 8.17.4).
 */
export function incompleteBeta(a: number, b: number, x: number, oneMinusX: number): number {
  if (x <= 0) return 0
  if (oneMinusX <= 0) return 1
  const onFarSide = x > (a + 1) / (a + b + 2)
  return onFarSide ? 1 - nearSide(b, a, oneMinusX, x) : nearSide(a, b, x, oneMinusX)
}

/** x^a y^b / B(a, b) over a continued fraction whose terms lose nothing where x is next to 1 (Didonato & Morris 1992, eq. 9). */
function nearSide(a: number, b: number, x: number, y: number): number {
  const logX = x < 0.5 ? Math.log(x) : Math.log1p(-y)
  const logY = y < 0.5 ? Math.log(y) : Math.log1p(-x)
  const lead = a * y - b * x + 1
  const fraction = continuedFraction(
    (k) => ((a + k - 1) * (a + b + k - 1) * k * (b - k) * x * x) / (a + 2 * k - 1) ** 2,
    (k) =>
      (k === 0 ? 0 : k + (k * (b - k) * x) / (a + 2 * k - 1)) +
      ((a + k) * (lead + k * (1 + y))) / (a + 2 * k + 1),
  )
  return Math.exp(a * logX + b * logY - logBeta(a, b)) * fraction
}

/** 1/(b₀ + a₁/(b₁ + a₂/(b₂ + …))) by the modified Lentz method (Thompson & Barnett 1986). */
export function continuedFraction(
  numerator: (k: number) => number,
  denominator: (k: number) => number,
): number {
  let c = 1 / tiny
  let d = 1 / nonZero(denominator(0))
  let fraction = d
  for (let k = 1; ; k += 1) {
    const a = numerator(k)
    const b = denominator(k)
    d = 1 / nonZero(a * d + b)
    c = nonZero(b + a / c)
    fraction *= c * d
    if (!(Math.abs(c * d - 1) > 2 * Number.EPSILON)) return fraction
  }
}

const tiny = 1e-300
const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)

import { stirlingError } from '#domain/canary/gamma.ts'

/** Chance that repeats: the same seed throws the same dice on every machine. */
export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** How many of n happen, each with probability p. */
  binomial(n: number, p: number): number
  /** A positive factor around 1 with this coefficient of variation. */
  gammaFactor(variation: number): number
}

export function random(seed: number): Random {
  const uniform = smallFastCounter(seed)
  return {
    uniform,
    binomial: (n, p) =>
      p > 0.5 ? n - lessThanHalf(uniform, n, 1 - p) : lessThanHalf(uniform, n, p),
    gammaFactor: (variation) => gamma(uniform, 1 / variation ** 2) * variation ** 2,
  }
}

/** Doty-Humphrey's sfc32. */
function smallFastCounter(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1]
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round += 1) next()
  return next
}

/** By inversion where few are expected, else by transformed rejection (Hörmann 1993, BTRS). */
function lessThanHalf(uniform: () => number, n: number, p: number): number {
  if (n * p < 10) return inverted(uniform, n, p)
  const q = 1 - p
  const spread = Math.sqrt(n * p * q)
  const b = 1.15 + 2.53 * spread
  const a = -0.0873 + 0.0248 * b + 0.01 * p
  const alpha = (2.83 + 5.1 / b) * spread
  const mode = Math.floor((n + 1) * p)
  for (;;) {
    const u = uniform() - 0.5
    const v = uniform()
    const edge = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / edge + b) * u + n * p + 0.5)
    if (edge >= 0.07 && v <= 0.92 - 4.2 / b) return k
    if (k < 0 || k > n) continue
    if (Math.log((v * alpha) / (a / edge ** 2 + b)) <= logRatio(k, mode, n, p / q)) return k
  }
}

/** ln of how much likelier k is than the mode, up to the constant that the method leaves out. */
function logRatio(k: number, mode: number, n: number, odds: number): number {
  return (
    (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
    (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
    (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
    stirlingError(mode + 1) +
    stirlingError(n - mode + 1) -
    stirlingError(k + 1) -
    stirlingError(n - k + 1)
  )
}

function inverted(uniform: () => number, n: number, p: number): number {
  let left = uniform()
  let chance = Math.exp(n * Math.log1p(-p))
  let k = 0
  while (left > chance && k < n) {
    left -= chance
    chance *= ((n - k) / (k + 1)) * (p / (1 - p))
    k += 1
  }
  return k
}

/** Marsaglia & Tsang 2000, for shapes from 1 up; the normal by Box & Muller. */
function gamma(uniform: () => number, shape: number): number {
  const d = shape - 1 / 3
  for (;;) {
    const z = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
    const v = (1 + z / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

import { upperGamma } from './gamma.ts'

interface MannWhitney {
  /** Only there when an arm is empty or all values are the same. */
  readonly defined?: false
  /** Pairs in which the canary has the larger value; a tie counts half. */
  readonly U: number
  /** Two-sided, by the normal approximation with ties and a continuity correction of ½. */
  readonly p: number
}

/** The Mann-Whitney U test: is one arm shifted against the other? Throws a RangeError where a value is no finite number. */
export function mannWhitney(canary: readonly number[], baseline: readonly number[]): MannWhitney {
  const all = Float64Array.from([...canary, ...baseline]).toSorted()
  for (const value of all)
    if (!Number.isFinite(value)) throw new RangeError(`Only numbers have ranks, not ${value}`)

  const { rankOf, tieSum } = ranks(all)
  const rankSum = canary.reduce((sum, value) => sum + (rankOf.get(value) ?? 0), 0)
  const U = rankSum - (canary.length * (canary.length + 1)) / 2

  const n = all.length
  const pairs = canary.length * baseline.length
  if (pairs === 0 || all[0] === all[n - 1]) return { defined: false, U, p: 1 }
  const variance = (pairs / 12) * (n + 1 - tieSum / (n * (n - 1)))
  const surplus = Math.max(0, Math.abs(U - pairs / 2) - 0.5)
  return { U, p: upperGamma(0.5, surplus ** 2 / variance / 2) }
}

/** The mean rank of every value, and Σ(t³ − t) over its ties. */
function ranks(sorted: Float64Array) {
  const rankOf = new Map<number, number>()
  let tieSum = 0
  for (let from = 0; from < sorted.length; ) {
    const value = sorted[from] ?? 0
    let to = from + 1
    while (sorted[to] === value) to += 1
    const ties = to - from
    rankOf.set(value, (from + 1 + to) / 2)
    tieSum += ties ** 3 - ties
    from = to
  }
  return { rankOf, tieSum }
}

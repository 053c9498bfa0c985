import { hypergeometric, type Hypergeometric } from './hypergeometric.ts'
import { isDefined, margins, type Table } from './table.ts'

interface FisherExact {
  /** Only there when a row or a column is empty. */
  readonly defined?: false
  /** All tables that are no likelier than this one. */
  readonly twoSided: number
  /** The canary as bad as this or worse. */
  readonly greater: number
}

/** Fisher's exact test of a 2×2 table, in steps that grow with the square root of the counts. Throws a RangeError for what are no counts. */
export function fisherExact(table: Table): FisherExact {
  const sums = margins(table)
  if (!isDefined(sums)) return { defined: false, twoSided: 1, greater: 1 }

  const chance = hypergeometric(sums)
  const observed = table[0][0]
  return { twoSided: twoSided(chance, observed), greater: atLeast(chance, observed) }
}

/** Only whether the canary is worse: what a judge asks many times a second. */
export function fisherGreater(table: Table): number {
  const sums = margins(table)
  return isDefined(sums) ? atLeast(hypergeometric(sums), table[0][0]) : 1
}

function atLeast(chance: Hypergeometric, x: number): number {
  if (x <= chance.lowest) return 1
  return x > chance.mode ? chance.upperTail(x) : 1 - chance.lowerTail(x - 1)
}

/** R's rule: as likely as the observed table up to a relative 1e-7 counts as no likelier. */
function twoSided(chance: Hypergeometric, observed: number): number {
  const { lowest, highest, mode } = chance
  const limit = chance.logDensity(observed) + Math.log1p(1e-7)
  const isCounted = (x: number) => chance.logDensity(x) <= limit
  if (isCounted(mode)) return 1

  const above = isCounted(highest) ? chance.upperTail(border(mode, highest, isCounted)) : 0
  const below = isCounted(lowest) ? chance.lowerTail(border(mode, lowest, isCounted)) : 0
  return Math.min(1, above + below)
}

/** The number nearest to `from` that counts, on the way to `to`, which does; densities only fall on that way. */
function border(from: number, to: number, isCounted: (x: number) => boolean): number {
  let outside = from
  let inside = to
  while (Math.abs(inside - outside) > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (isCounted(middle)) inside = middle
    else outside = middle
  }
  return inside
}

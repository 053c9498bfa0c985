import { upperGamma } from './gamma.ts'
import { isDefined, margins, minExpected, type Table } from './table.ts'

/** No evidence at all: p is 1, never NaN. */
interface Undefined {
  readonly defined: false
  readonly p: 1
}

interface ChiSquared {
  readonly statistic: number
  /** Two-sided: it says that the arms differ, not which one is worse. */
  readonly p: number
  readonly minExpected: number
}

/** Pearson's chi-squared test of a 2×2 table, with Yates's correction of at most ½ if wanted. Throws a RangeError for what are no counts. */
export function chiSquared(
  table: Table,
  { yates = false }: { readonly yates?: boolean } = {},
): ChiSquared | Undefined {
  const sums = margins(table)
  if (!isDefined(sums)) return { defined: false, p: 1 }

  const surplus = Math.abs(determinant(table))
  const corrected = yates ? Math.max(0, surplus - sums.total / 2) : surplus
  // Divided in turns: the product of the four margins would leave the range of a double before the counts do.
  const statistic =
    (corrected / sums.canary / sums.baseline) *
    (corrected / sums.errors / sums.successes) *
    sums.total
  return { statistic, p: upperGamma(0.5, statistic / 2), minExpected: minExpected(sums) }
}

/** In whole numbers: two products of large counts can agree in all digits that a double keeps. */
function determinant([[a, b], [c, d]]: Table): number {
  return Number(BigInt(a) * BigInt(d) - BigInt(b) * BigInt(c))
}

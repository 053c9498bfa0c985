import { chiSquared } from './chi-squared.ts'
import { type Counts, mantelHaenszel } from './evidence.ts'
import { fisherGreater } from './fisher-exact.ts'
import { isDefined, margins, minExpected, type Table } from './table.ts'
import { rate, type Window } from './windows.ts'

/** How likely chance alone makes `one` this much worse than `other`. Only worse counts: a better arm has p = 1. */
export function pWorse(one: Counts, other: Counts, leastExpected: number): number {
  if (rate(one) <= rate(other)) return 1
  const table: Table = [row(one), row(other)]
  const sums = margins(table)
  if (!isDefined(sums)) return 1
  return minExpected(sums) < leastExpected ? fisherGreater(table) : chiSquared(table).p
}

/** Rates over time add up to fractions of requests; the tests count whole ones. */
function row({ requests, errors }: Counts): readonly [number, number] {
  const bad = Math.round(errors)
  return [bad, Math.max(0, Math.round(requests) - bad)]
}

/** The Mantel-Haenszel ratio of error rates over windows; traffic that moves between the arms does not move it. */
export function ratioOf(windows: readonly Window[]): number | null {
  return mantelHaenszel(
    windows.reduce(
      ({ num, den }, { canary, baseline }) => {
        const served = canary.requests + baseline.requests
        return {
          num: num + (served && canary.errors * (baseline.requests / served)),
          den: den + (served && baseline.errors * (canary.requests / served)),
        }
      },
      { num: 0, den: 0 },
    ),
  )
}

/** Comparisons that rounding in the last digits does not decide: 1.5 is 1.5. */
export const atLeast = (value: number, bound: number): boolean => value >= bound * (1 - 1e-9)
export const moreThan = (value: number, bound: number): boolean => value > bound * (1 + 1e-9)

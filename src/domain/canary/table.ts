/** [[canary errors, canary successes], [baseline errors, baseline successes]]. */
export type Table = readonly [readonly [number, number], readonly [number, number]]

export interface Margins {
  readonly canary: number
  readonly baseline: number
  readonly errors: number
  readonly successes: number
  readonly total: number
}

/** The sums of rows and columns. Throws a RangeError where a count is negative, fractional, not finite or beyond exact whole numbers. */
export function margins([[a, b], [c, d]]: Table): Margins {
  for (const count of [a, b, c, d])
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`A table holds whole counts from 0 up, not ${count}`)
  return { canary: a + b, baseline: c + d, errors: a + c, successes: b + d, total: a + b + c + d }
}

/** With an empty row or column there is nothing to compare. */
export const isDefined = ({ canary, baseline, errors, successes }: Margins): boolean =>
  canary > 0 && baseline > 0 && errors > 0 && successes > 0

/** The smallest count that chance would bring; below 5 the chi-squared approximation accuses too often. */
export const minExpected = ({ canary, baseline, errors, successes, total }: Margins): number =>
  (Math.min(canary, baseline) / total) * Math.min(errors, successes)

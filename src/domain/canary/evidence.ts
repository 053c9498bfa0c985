import type { Instant } from '#domain/time.ts'

/** What one arm served, and how much of it went wrong (failed, or was slower than a bound). Sums of rates may be fractions. */
export interface Counts {
  readonly requests: number
  readonly errors: number
}

/** What was counted in a stretch of time; the next batch begins where this one ends, or later. */
export interface Batch {
  readonly from: Instant
  readonly to: Instant
  readonly canary: Counts
  readonly baseline: Counts
}

/** All that a run remembers of its batches: plain JSON, stored between two looks. */
export interface Evidence {
  /** What is to be refuted: that the canary's rate is at most this many times the baseline's. */
  readonly r0: number
  /** Ratios that are tried against it, all above it, and how well each explains what was seen: ln of its likelihood ratio. */
  readonly grid: readonly number[]
  readonly logs: readonly number[]
  /** The largest ln e there ever was; 0 before the first batch. */
  readonly peak: number
  /** Numerator and denominator of the Mantel-Haenszel ratio. */
  readonly num: number
  readonly den: number
  /** The end of the last batch that counts; nothing that began before it counts again. */
  readonly through: Instant | null
  readonly canary: Counts
  readonly baseline: Counts
  /** Requests of each arm in a minute of the last batch: what more time would bring. */
  readonly perMinute: { readonly canary: number; readonly baseline: number }
}

/** Nothing seen yet. Throws a RangeError where no ratio of the grid lies above r0. */
export function noEvidence(r0: number, ratios: readonly number[]): Evidence {
  const grid = ratios.filter((ratio) => ratio > r0)
  if (!(r0 > 0) || grid.length === 0 || !grid.every(Number.isFinite))
    throw new RangeError(`No ratio of ${ratios.join(', ')} can speak against ${r0}`)
  const nothing = { requests: 0, errors: 0 }
  return {
    r0,
    grid,
    logs: grid.map(() => 0),
    peak: 0,
    num: 0,
    den: 0,
    through: null,
    canary: nothing,
    baseline: nothing,
    perMinute: { canary: 0, baseline: 0 },
  }
}

/**
 * The evidence after one more batch. A batch that was counted already, or overlaps one that was, changes nothing: a scrape can be
 * read twice and a run resumed. Throws a RangeError for what are no counts.
 */
export function withBatch(evidence: Evidence, batch: Batch): Evidence {
  const { from, to, canary, baseline } = batch
  if (!(from < to)) throw new RangeError('A batch ends after it begins')
  check(canary)
  check(baseline)
  if (evidence.through !== null && from < evidence.through) return evidence

  const next = {
    ...evidence,
    through: to,
    canary: sum(evidence.canary, canary),
    baseline: sum(evidence.baseline, baseline),
    perMinute: {
      canary: (canary.requests / (to - from)) * 60_000_000,
      baseline: (baseline.requests / (to - from)) * 60_000_000,
    },
  }
  const served = canary.requests + baseline.requests
  // With one arm empty nobody could have erred but the other: no evidence.
  if (canary.requests === 0 || baseline.requests === 0) return next

  const logs = evidence.logs.map(
    (log, j) => log + step(evidence.r0, evidence.grid[j] ?? evidence.r0, canary, baseline),
  )
  return {
    ...next,
    logs,
    peak: Math.max(evidence.peak, logMean(logs)),
    num: evidence.num + canary.errors * (baseline.requests / served),
    den: evidence.den + baseline.errors * (canary.requests / served),
  }
}

/** ln e now: the mean over the grid, so that no ratio has to be guessed. */
export const logE = ({ logs }: Evidence): number => logMean(logs)

/** The chance of ever seeing this much, had the canary been no worse than r0: valid at any moment, however often one looks. */
export const anytimeP = ({ peak }: Evidence): number => Math.exp(-peak)

/** How many times the baseline's rate the canary has; `null` where neither erred, Infinity where only the canary did. */
export const mantelHaenszel = ({ num, den }: Pick<Evidence, 'num' | 'den'>): number | null =>
  num === 0 && den === 0 ? null : num / den

/**
 * Who has the next error, given who was exposed: the canary with θ(r) = r·nc/(r·nc+nb) (Lindon & Malek 2022, two arms).
 * xc·ln(θ(r)/θ(r0)) + xb·ln((1−θ(r))/(1−θ(r0))), with the common factor taken out so that small shares lose nothing.
 */
function step(r0: number, r: number, canary: Counts, baseline: Counts): number {
  const share = canary.requests / (r0 * canary.requests + baseline.requests)
  return (
    canary.errors * Math.log(r / r0) -
    (canary.errors + baseline.errors) * Math.log1p((r - r0) * share)
  )
}

function logMean(logs: readonly number[]): number {
  const top = Math.max(...logs)
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0) / logs.length)
}

function check({ requests, errors }: Counts): void {
  if (!(errors >= 0 && errors <= requests && requests < Infinity))
    throw new RangeError(`Counts are numbers, errors among requests: not ${errors} of ${requests}`)
}

const sum = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
})

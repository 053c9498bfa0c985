import type { Counts } from './evidence.ts'

/** How many requests took at most so many seconds, by bound; what is kept at infinity are all of them. */
export type Buckets = ReadonlyMap<number, number>

/** A bound of the histogram that stands for a percentile of the baseline. */
export interface Edge {
  readonly metric: 'latency-p95' | 'latency-p99'
  readonly seconds: number
}

/**
 * The bounds nearest to the baseline's P95 and P99 (statistics of the judge §6): above them one request in twenty, and one in a hundred, is
 * usual. None where the histogram has no bound that tells the slow ones from the rest.
 */
export function edgesOf(baseline: readonly Buckets[]): readonly Edge[] {
  const all = total(baseline, Infinity)
  const bounds = [...new Set(baseline.flatMap((buckets) => [...buckets.keys()]))]
  const shares = bounds
    .filter((bound) => Number.isFinite(bound))
    .map((seconds) => ({ seconds, share: total(baseline, seconds) / all }))
    .filter(({ share }) => share >= leastShare)
    .toSorted((a, b) => a.seconds - b.seconds)
  const nearest = (percentile: number) =>
    shares.toSorted((a, b) => Math.abs(a.share - percentile) - Math.abs(b.share - percentile))[0]
  const [p95, p99] = [nearest(0.95), nearest(0.99)]
  if (!p95 || !p99) return []
  const slow: Edge = { metric: 'latency-p95', seconds: p95.seconds }
  return p99.seconds === p95.seconds
    ? [slow]
    : [slow, { metric: 'latency-p99', seconds: p99.seconds }]
}

/** A bound that every second request is above says nothing of slow ones. */
const leastShare = 0.5

/** As counts that the same test compares as it does errors. NaN where they cannot be read. */
export function slowerThan(buckets: Buckets | undefined, seconds: number): Counts {
  const requests = buckets?.get(Infinity) ?? Number.NaN
  const within = buckets?.get(seconds) ?? Number.NaN
  return { requests, errors: Math.min(requests, Math.max(0, requests - within)) }
}

const total = (all: readonly Buckets[], bound: number): number =>
  all.reduce((sum, buckets) => sum + (buckets.get(bound) ?? 0), 0)

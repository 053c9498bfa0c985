import type { Buckets } from '#domain/canary/latency.ts'

/** Seconds below which so great a share of the requests stayed, evenly spread within their bucket; `undefined` where nobody was timed. What lies above every bound is taken for the highest. */
export function quantile(buckets: Buckets, share: number): number | undefined {
  const bounds = [...buckets].toSorted(([one], [other]) => one - other)
  const total = bounds.at(-1)?.[1] ?? 0
  if (!(total > 0)) return undefined
  const rank = total * share
  let [below, counted] = [0, 0]
  for (const [bound, requests] of bounds) {
    if (requests >= rank)
      return Number.isFinite(bound)
        ? below + (bound - below) * ((rank - counted) / Math.max(requests - counted, 1e-9))
        : below
    ;[below, counted] = [bound, requests]
  }
  return below
}

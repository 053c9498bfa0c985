import type { Buckets } from '#domain/canary/latency.ts'
import { latency } from '#domain/communication/words.ts'
import type { Compared, Figures } from './figures.ts'
import { gateLimits } from './gate-limits.ts'

/** Where a share of the requests stayed below, in seconds. `above`: beyond every bound of the histogram, of which `seconds` is the highest. */
export type Quantile =
  | { readonly kind: 'within' | 'above'; readonly seconds: number; readonly timed: number }
  | { readonly kind: 'none' }

/** Evenly spread within its bucket. `none` where nobody was timed. */
export function quantile(buckets: Buckets, share: number): Quantile {
  const bounds = [...buckets].toSorted(([one], [other]) => one - other)
  const timed = bounds.at(-1)?.[1] ?? 0
  if (!(timed > 0)) return { kind: 'none' }
  const rank = timed * share
  let [below, counted] = [0, 0]
  for (const [bound, requests] of bounds) {
    if (requests >= rank)
      return Number.isFinite(bound)
        ? {
            kind: 'within',
            seconds:
              below + (bound - below) * ((rank - counted) / Math.max(requests - counted, 1e-9)),
            timed,
          }
        : { kind: 'above', seconds: below, timed }
    ;[below, counted] = [bound, requests]
  }
  return { kind: 'above', seconds: below, timed }
}

/**
 * P99 of both arms. What lies beyond the histogram is not known (invariant I10), unless it is slower than may be even at the highest
 * bound: then that bound stands for the canary.
 */
export function comparedP99(
  canary: Quantile,
  baseline: Quantile,
): Pick<Figures, 'p99' | 'timed' | 'isP99AtLeast'> {
  if (canary.kind === 'none') return { p99: unknown('no request of the canary was timed') }
  if (baseline.kind === 'none')
    return { p99: unknown('no request of the version beside it was timed') }
  const timed = { canary: Math.round(canary.timed), baseline: Math.round(baseline.timed) }
  const p99 = { kind: 'compared', canary: canary.seconds, baseline: baseline.seconds } as const
  if (baseline.kind === 'above')
    return { timed, p99: unknown(beyond('version beside it', baseline.seconds)) }
  if (canary.kind === 'within') return { timed, p99 }
  return canary.seconds > baseline.seconds * gateLimits.p99
    ? { timed, p99, isP99AtLeast: true }
    : { timed, p99: unknown(beyond('canary', canary.seconds)) }
}

const unknown = (why: string): Compared<never> => ({ kind: 'unknown', why })
const beyond = (arm: string, seconds: number): string =>
  `the P99 of the ${arm} is above ${latency(seconds)}, the highest bound of its histogram`

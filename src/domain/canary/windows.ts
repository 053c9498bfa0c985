import type { Counts } from './evidence.ts'
import type { JudgePolicy } from './judge-policy.ts'

/** What both arms did in a stretch of the canary's clock, which starts with its deployment. An arm that nobody could read has NaN for counts. */
export interface Window {
  readonly fromMinutes: number
  readonly toMinutes: number
  readonly canary: Counts
  readonly baseline: Counts
}

/** The latest windows that follow each other without a gap and hold enough, and what stands before them. */
export interface Run {
  readonly windows: readonly Window[]
  readonly endedBy: 'beginning' | 'gap' | 'unreadable' | 'small'
  /** The window that ended the run, where there is one. */
  readonly before: Window | undefined
}

/** Full windows after the warm-up, none overlapping another; read backwards until a gap, an unreadable or a small one. */
export function latestRun(windows: readonly Window[], policy: JudgePolicy): Run {
  const run: Window[] = []
  for (const window of disjoint(windows, policy).toReversed()) {
    const later = run[0]
    if (later !== undefined && later.fromMinutes > window.toMinutes + slack)
      return { windows: run, endedBy: 'gap', before: window }
    if (!isReadable(window.canary) || !isReadable(window.baseline))
      return { windows: run, endedBy: 'unreadable', before: window }
    if (Math.min(window.canary.requests, window.baseline.requests) < policy.minRequests)
      return { windows: run, endedBy: 'small', before: window }
    run.unshift(window)
  }
  return { windows: run, endedBy: 'beginning', before: undefined }
}

/** Clocks that were divided do not meet to the last digit. */
const slack = 1e-6

function disjoint(windows: readonly Window[], policy: JudgePolicy): readonly Window[] {
  return windows
    .filter(
      ({ fromMinutes, toMinutes }) =>
        fromMinutes >= policy.warmupMinutes - slack &&
        toMinutes - fromMinutes >= policy.windowMinutes - slack,
    )
    .toSorted((a, b) => a.fromMinutes - b.fromMinutes)
    .reduce<Window[]>((kept, window) => {
      const last = kept.at(-1)
      return last && window.fromMinutes < last.toMinutes - slack ? kept : [...kept, window]
    }, [])
}

/** Counts that somebody can have counted: an answer without data, or with none that makes sense, is not a zero. */
export function isReadable(counts: Counts | null | undefined): boolean {
  if (!counts) return false
  const { requests, errors } = counts
  return Number.isFinite(errors) && errors >= 0 && errors <= requests && requests <= mostRequests
}

/** Sums over a run stay whole numbers that a double can hold. */
const mostRequests = Number.MAX_SAFE_INTEGER / 1_024

/** All counts of some windows together, whole. */
export function total(windows: readonly Window[], arm: 'canary' | 'baseline'): Counts {
  const of = (what: keyof Counts): number =>
    Math.round(windows.reduce((sum, window) => sum + window[arm][what], 0))
  return { requests: of('requests'), errors: of('errors') }
}

export const rate = ({ requests, errors }: Counts): number =>
  requests === 0 ? 0 : errors / requests

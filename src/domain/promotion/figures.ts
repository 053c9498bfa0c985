import type { Counts } from '#domain/canary/index.ts'
import type { Instant } from '#domain/time.ts'

/** A comparison of both arms, or why there is none. */
export type Compared<Value> =
  | { readonly kind: 'compared'; readonly canary: Value; readonly baseline: Value }
  | Unmeasured

/** `lacks`: it stays so until somebody configures it. */
export interface Unmeasured {
  readonly kind: 'unknown'
  readonly why: string
  readonly lacks?: 'configuration'
}

/** What was measured of a canary at one step, over the same time as of the version beside it. */
export interface Figures {
  readonly at: Instant
  readonly from: Instant
  readonly counts: Compared<Counts>
  /** Shares of requests that failed, stretch by stretch, for the picture; at the end of each. Absent where nothing was counted. */
  readonly curve?: readonly {
    readonly at: Instant
    readonly canary: number | null
    readonly baseline: number | null
  }[]
  /** Seconds. */
  readonly p99: Compared<number>
  /** Requests of each arm that were timed for it. Absent in what was measured before they were counted. */
  readonly timed?: { readonly canary: number; readonly baseline: number }
  /** The canary's is beyond the highest bound of its histogram, which stands for it. */
  readonly isP99AtLeast?: true
  /** Types of errors in the logs of the canary that the version beside it does not write. */
  readonly newErrors:
    | {
        readonly kind: 'read'
        readonly types: readonly string[]
        readonly lines: number
        /** When the logs were read: less often than all else is measured. */
        readonly at?: Instant
      }
    | Unmeasured
  /** What the judge of canaries says of them (policy §4). */
  readonly judged: { readonly verdict: string; readonly because: string }
}

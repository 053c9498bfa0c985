import type { Instant } from '#domain/time.ts'
import type { Signal } from './reading.ts'

/** A signal over the last hour, one point a step; `null` where nothing was measured. */
export interface Curve {
  readonly signal: Signal
  readonly points: readonly { readonly at: Instant; readonly value: number | null }[]
  /** What is usual; null when that is not known. */
  readonly normal: number | null
}

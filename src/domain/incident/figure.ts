import type { NormalOf } from './normal.ts'

/** What was measured of a service, beside what is normal for it. */
export interface Figure {
  readonly signal: 'error-rate' | 'p95' | 'throughput'
  readonly now: number
  /** Null when too little was measured to call anything normal. */
  readonly normal: number | null
  /** Where `normal` was measured; absent without one, and in records of earlier versions (the hour before the deploy). */
  readonly normalOf?: NormalOf
  readonly requests: number | null
}

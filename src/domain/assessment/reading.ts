import type { NormalOf } from '#domain/incident/normal.ts'
import type { Instant } from '#domain/time.ts'

/** What can be asked of a service. Shares lie between 0 and 1, latencies are seconds, throughput is per second, the rest are counts. */
export const signals = [
  'error-rate',
  'p95',
  'availability',
  'throughput',
  /** 4xx: shown apart, never a reason alone. */
  'client-errors',
  /** The share of wanted instances that are not ready. */
  'not-ready',
  'restarts',
  'oom-kills',
  'memory',
  'cpu',
] as const
export type Signal = (typeof signals)[number]

export interface Normal {
  readonly value: number
  readonly requests: number | null
  readonly of: NormalOf
}

/** No data is another answer than a source that is slow, down or answers nonsense (`why` says which), and none of them is healthy. */
export type Answer =
  | {
      readonly kind: 'value'
      readonly value: number
      /** How many requests stand behind it; null where that is not known. */
      readonly requests: number | null
      readonly normal: Normal | null
    }
  | { readonly kind: 'no_data' }
  | { readonly kind: 'unavailable'; readonly why: string }

/** One signal as one source told it, with what a person needs to ask again. */
export interface Reading {
  readonly signal: Signal
  /** `Prometheus`, `prod (Kubernetes)`: as people call it. */
  readonly source: string
  readonly query: string
  readonly from: Instant
  readonly to: Instant
  readonly answer: Answer
}

export type Read = Reading & { readonly answer: Extract<Answer, { kind: 'value' }> }

export const isRead = (reading: Reading): reading is Read => reading.answer.kind === 'value'

import type { NormalOf } from '#domain/incident/normal.ts'
import type { SignalQueries } from '#domain/signals.ts'
import type { Instant, Micros } from '#domain/time.ts'

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
  /** The share that is past its start-up and has not been ready for a while. */
  'failing',
  'restarts',
  'oom-kills',
  'probe-failures',
  /** Of the platform, about the instances and what they belong to. */
  'warnings',
  'memory',
  'cpu',
  'p99',
  /** 0 is closed; anything more is not. */
  'circuit-breaker',
  'payment-success',
  'checkout-completion',
  'page-p95',
  'search-p95',
] as const
export type Signal = (typeof signals)[number]

/** The queries of the configuration behind what is measured. */
export const queries = {
  'error-rate': 'errorRate',
  p95: 'p95',
  availability: 'availability',
  'client-errors': 'clientErrors',
  throughput: 'throughput',
  cpu: 'cpu',
  memory: 'memory',
  p99: 'p99',
  'circuit-breaker': 'circuitBreaker',
  'payment-success': 'paymentSuccess',
  'checkout-completion': 'checkoutCompletion',
  'page-p95': 'pageP95',
  'search-p95': 'searchP95',
} as const satisfies Readonly<Partial<Record<Signal, keyof SignalQueries>>>
export const askedOf = (signal: Signal): keyof SignalQueries | undefined =>
  Object.hasOwn(queries, signal) ? queries[signal as keyof typeof queries] : undefined

/** What a platform shows of its instances. Together they are one signal: they come from one source, and stand or fall together. */
export const instanceSignals = [
  'not-ready',
  'failing',
  'restarts',
  'oom-kills',
  'probe-failures',
  'warnings',
] as const satisfies readonly Signal[]
export type InstanceSignal = (typeof instanceSignals)[number]
export const isOfInstances = (signal: string): signal is InstanceSignal =>
  instanceSignals.some((one) => one === signal)

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
      /** How many instances stand behind it, where it is about them. */
      readonly instances?: number
      /** Instances that are too young to be judged. */
      readonly pending?: number
      /** What is behind the number, in a few words of the platform. */
      readonly detail?: string
    }
  | { readonly kind: 'no_data' }
  /** Nothing was counted in the short time that the version has run. */
  | { readonly kind: 'too_soon'; readonly ran: Micros }
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

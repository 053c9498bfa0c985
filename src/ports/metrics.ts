import type { Buckets } from '#domain/canary/latency.ts'
import type { Service } from '#domain/service.ts'
import type { Arm, SignalQueries } from '#domain/signals.ts'
import type { Instant, Micros } from '#domain/time.ts'

/** No data, slow, down and not-a-number are different answers, and none of them is healthy. */
export type Measurement =
  | {
      readonly kind: 'value'
      readonly value: number
      readonly requests: number | undefined
      readonly query: string
    }
  | { readonly kind: 'not_configured' }
  | { readonly kind: 'no_data'; readonly query: string }
  | { readonly kind: 'unavailable'; readonly why: string; readonly query: string }

/** A signal over time, one point a step; `null` where nothing was measured. */
export type Curve =
  | {
      readonly kind: 'points'
      readonly points: readonly { readonly at: Instant; readonly value: number | null }[]
      readonly query: string
    }
  | Exclude<Measurement, { readonly kind: 'value' }>

/** At every step, how many requests took at most so many seconds, over the time since the point before; null where nobody counted. */
export type Bucketed =
  | {
      readonly kind: 'bucketed'
      readonly points: readonly { readonly at: Instant; readonly buckets: Buckets | null }[]
      readonly query: string
    }
  | { readonly kind: 'no_data'; readonly query: string }
  | { readonly kind: 'unavailable'; readonly why: string; readonly query: string }
  | { readonly kind: 'not_configured' }

/** What one arm of a canary served and how much of it failed, stretch by stretch; `null` where nobody can say. */
export type Counted =
  | {
      readonly kind: 'counted'
      /** Each of the time since the point before. */
      readonly points: readonly {
        readonly at: Instant
        readonly requests: number | null
        readonly errors: number | null
      }[]
      readonly query: string
    }
  | Exclude<Measurement, { readonly kind: 'value' }>

export interface Window {
  readonly from: Instant
  readonly to: Instant
}

/** What the measuring systems say. Never throws; bounded by `signal`. Error rates are shares 0–1, latencies seconds. */
export interface Metrics {
  /** As people call it: `Prometheus`. */
  readonly source: string
  /** The same for one signal, where there are several. */
  sourceOf?(service: Service, signal: keyof SignalQueries): string
  measure(
    service: Service,
    signal: keyof SignalQueries,
    window: Window,
    abort: AbortSignal,
  ): Promise<Measurement>
  /** The signal at every `step` of the window, each over the time since the point before. */
  curve(
    service: Service,
    signal: keyof SignalQueries,
    window: Window,
    step: Micros,
    abort: AbortSignal,
  ): Promise<Curve>
  /** How long requests of one arm took, one point a step. */
  buckets?(
    service: Service,
    arm: Arm,
    window: Window,
    step: Micros,
    abort: AbortSignal,
  ): Promise<Bucketed>
  /** Requests and errors of one arm, one point a step. `no_data`: there is no such arm. */
  counts(
    service: Service,
    arm: Arm,
    window: Window,
    step: Micros,
    abort: AbortSignal,
  ): Promise<Counted>
}

/** Answers of a health URL: never throws. */
export interface HealthProbe {
  get(
    url: string,
    abort: AbortSignal,
  ): Promise<{
    readonly ok: boolean
    readonly status: number | undefined
    readonly tookMs: number
    readonly why: string | undefined
  }>
}

import type { Service, SignalQueries } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'

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

export interface Window {
  readonly from: Instant
  readonly to: Instant
}

/** What the measuring systems say. Never throws; bounded by `signal`. Error rates are shares 0–1, latencies seconds. */
export interface Metrics {
  measure(
    service: Service,
    signal: keyof SignalQueries,
    window: Window,
    abort: AbortSignal,
  ): Promise<Measurement>
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

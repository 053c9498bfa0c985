import type { SignalQueries } from '#domain/signals.ts'
import { type Micros, minutes } from '#domain/time.ts'

/** A figure that breaks its bound without a pause. */
interface BySeries {
  readonly of: 'series'
  readonly signal: keyof SignalQueries
  /** Its row of the judge's policy: bound, how long, how much more delay. */
  readonly metric: string
  /** What a version does before this counts for nothing (policy §4, guard 2). */
  readonly warmUp: Micros
}
interface ByOther {
  readonly of: 'canary' | 'breaker' | 'saturation' | 'score' | 'alert' | 'pipeline' | 'delivery'
}

const series = (signal: keyof SignalQueries, metric: string, warmUpMinutes = 0): BySeries => ({
  of: 'series',
  signal,
  metric,
  warmUp: minutes(warmUpMinutes),
})

/** What may roll back by itself (policy §4). */
export const triggers = {
  'error-rate': series('errorRate', 'errorRate'),
  'latency-p95': series('p95', 'p95Seconds', 5),
  'health-checks': series('healthFailures', 'healthFailures'),
  memory: series('memory', 'memory', 5),
  cpu: series('cpu', 'cpu', 5),
  readiness: series('notReady', 'readinessFailures', 2),
  'payment-success': series('paymentSuccess', 'paymentSuccess'),
  'checkout-completion': series('checkoutCompletion', 'checkoutCompletion'),
  'canary-error-rate': { of: 'canary' },
  'circuit-breaker': { of: 'breaker' },
  /** CPU or memory near its limit: asks, and acts only together with something that people feel. */
  saturation: { of: 'saturation' },
  /** Annotated to have a rollback made. */
  alert: { of: 'alert' },
  /** A deployment or a test of it failed. */
  pipeline: { of: 'pipeline' },
  /** Flagger has taken a version's traffic back by itself: that is told. */
  flagger: { of: 'delivery' },
  /** What the profile of the service weighs. Last: a trigger that fires on its own wins over it. */
  score: { of: 'score' },
} as const satisfies Readonly<Record<string, BySeries | ByOther>>
export type Trigger = keyof typeof triggers
/** Those that are one figure over time. */
export type SeriesTrigger = {
  [name in Trigger]: (typeof triggers)[name]['of'] extends 'series' ? name : never
}[Trigger]

export const isSeries = (name: Trigger): name is SeriesTrigger => triggers[name].of === 'series'

export const triggerNames = Object.keys(triggers) as readonly Trigger[]

/** Why it acts: the rule, the figure, and where anybody can look it up. */
export interface Fired {
  readonly rule: Trigger
  /** In the rule's unit; null for what an alert says. */
  readonly measured: number | null
  readonly threshold: number | null
  readonly because: string
  readonly source: string
  readonly query: string
  readonly from: number
  readonly to: number
  /** Beyond the service's own countdown. */
  readonly delayMicros: number
  /** When what it is about began: a canary to serve, a controller to say so; left out where it has served for longer than was looked back. */
  readonly servedSince?: number
  /** Worse than it should be, and not proved bad enough to act on. */
  readonly isBorderline?: true
  /** The alert that asked, as the incident knows it. */
  readonly alert?: string
}

/** For a trigger that waits no longer than the service does. */
export const firedBy = (
  rule: Trigger,
  { measured, threshold, because, source, query, from, to }: Omit<Fired, 'rule' | 'delayMicros'>,
): Fired => ({
  rule,
  measured,
  threshold,
  because,
  source,
  query,
  from,
  to,
  delayMicros: 0,
})

/** What is asked for each signal that a service may have. */
export interface SignalQueries {
  /** A share between 0 and 1. */
  readonly errorRate?: string
  /** Seconds. */
  readonly p95?: string
  /** A share between 0 and 1: of health samples that were good. */
  readonly availability?: string
  /** A share between 0 and 1: 4xx. Shown, and never a reason alone. */
  readonly clientErrors?: string
  /** Requests per second. */
  readonly throughput?: string
  /** Shares between 0 and 1. */
  readonly cpu?: string
  readonly memory?: string
  /** Seconds. */
  readonly p99?: string
  /** 0 while closed, more while open or half open. */
  readonly circuitBreaker?: string
  /** Shares between 0 and 1. */
  readonly paymentSuccess?: string
  readonly checkoutCompletion?: string
  /** Seconds. */
  readonly pageP95?: string
  readonly searchP95?: string
  /** Shares between 0 and 1: of health checks, of instances; for automation. */
  readonly healthFailures?: string
  readonly notReady?: string
}

/** Systems that measure, by their names in the configuration. */
export const metricSources = ['prometheus', 'datadog', 'newRelic', 'cloudwatch'] as const
export type MetricSource = (typeof metricSources)[number]

export const signalNames = [
  'errorRate',
  'p95',
  'availability',
  'clientErrors',
  'throughput',
  'cpu',
  'memory',
  'p99',
  'circuitBreaker',
  'paymentSuccess',
  'checkoutCompletion',
  'pageP95',
  'searchP95',
  'healthFailures',
  'notReady',
] as const satisfies readonly (keyof SignalQueries)[]

/** How a canary is told from what runs beside it; `$arm` in a query stands for the labels of an arm. */
export interface CanaryQueries {
  readonly arms: { readonly canary: string; readonly baseline: string }
  /** Counts within `$window`, not rates. */
  readonly requests: string
  readonly errors: string
  /** Counts of requests by how long they took, with their bounds as `le`, so many of them to a second. */
  readonly latency?: { readonly query: string; readonly perSecond: number }
}
export type Arm = keyof CanaryQueries['arms']

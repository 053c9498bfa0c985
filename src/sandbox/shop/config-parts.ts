/** Where the services of a configuration answer health checks. */
export const shopIn = (yaml: string): string => /"([^"]+)\/checkout\/health"/.exec(yaml)?.[1] ?? ''

/** What tells a canary from the rest in the figures of a service. */
export const canary = (service: string): string => `    canary:
      arms: { canary: 'track="canary"', baseline: 'track="stable"' }
      requests: { query: 'sum_over_time(arm:requests{service="${service}",$arm}[$window])' }
      errors:   { query: 'sum_over_time(arm:errors{service="${service}",$arm}[$window])' }`

/** Where the figures of a service come from. */
export const signals = (service: string): string => `    signals:
      errorRate:  { query: 'avg_over_time(service:error_rate{service="${service}"}[$window])' }
      p95:        { query: 'avg_over_time(service:p95_seconds{service="${service}"}[$window])' }
      throughput: { query: 'avg_over_time(service:requests_per_second{service="${service}"}[$window])' }`

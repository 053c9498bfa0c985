import type { Metrics } from '#ports/metrics.ts'

/** Where nothing measures, nothing is known: never that all is well. */
export const noMetrics: Metrics = {
  source: 'no metrics',
  measure: async () => ({ kind: 'not_configured' }),
  curve: async () => ({ kind: 'not_configured' }),
  counts: async () => ({ kind: 'not_configured' }),
}

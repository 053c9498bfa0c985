import type { Detection } from '#domain/incident/events.ts'
import type { Teller } from './alert.ts'

/** How an incident that it reports came to be known (policy §1). */
export const detectionOf = {
  alertmanager: 'monitoring',
  grafana: 'monitoring',
  datadog: 'monitoring',
  pagerduty: 'pager',
  opsgenie: 'pager',
  jsm: 'pager',
  github: 'pipeline',
  flagger: 'monitoring',
  'deep-check': 'probe',
  versions: 'pipeline',
} as const satisfies Record<Teller, Detection>

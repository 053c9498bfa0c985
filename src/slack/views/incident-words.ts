import type { IncidentState } from '#domain/incident/state.ts'

/** In the header only, by severity (one emoji at most). */
export const severityEmoji = {
  critical: '🚨',
  high: '🔴',
  medium: '🟠',
  low: '🟡',
} as const satisfies Record<IncidentState['severity'], string>

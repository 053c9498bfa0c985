import type { TimelineEvent } from '#domain/incident/events.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { isWorse, type Severity, type Strategy, strategyFor } from '#domain/incident/severity.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import type { RollbackRequest } from '#domain/rollback/request.ts'
import { type Opening, unreviewed } from '#workflows/incident/incident-for.ts'

type Asked = Pick<RollbackRequest, 'service' | 'by' | 'reason' | 'since' | 'automatic'>

/** A new incident, or what the request adds to the open one: an earlier start, a higher severity. A request lowers nothing. */
export function openingEvents(
  opening: Opening,
  request: Asked,
  policy: Policy,
): readonly TimelineEvent[] {
  const { history, start, severity } = opening
  const { by, reason } = request
  const incident = incidentState(history)
  if (!incident)
    return [
      {
        kind: 'incident_declared',
        service: request.service,
        severity,
        startedAt: start,
        detectedBy: request.automatic ? 'monitoring' : 'team',
        title: reason,
        by: request.automatic ? null : by,
        policy: pinnedPolicy(policy),
      },
      ...unreviewed(opening),
    ]
  const events: TimelineEvent[] = []
  if (request.since !== undefined && request.since < incident.startedAt)
    events.push({ kind: 'incident_start_changed', startedAt: request.since, reason, by })
  if (isWorse(severity, incident.severity))
    events.push({ kind: 'severity_changed', from: incident.severity, to: severity, reason, by })
  return events
}

/** What is asked for without a time runs as soon as it is approved, gently where nothing presses. */
export function atOnce(severity: Severity): Strategy {
  const strategy = strategyFor(severity, false)
  return strategy === 'scheduled' ? 'gradual' : strategy
}

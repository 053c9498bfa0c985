import { z } from 'zod'
import type { Alert } from '#domain/alerts/alert.ts'
import { labelsOf, line, rollbackWish, severityOf, Time } from '../texts.ts'

const Named = z.object({ id: z.string().max(200), summary: z.string().nullish() })
const Incident = z.object({
  id: z.string().min(1).max(200),
  title: z.string(),
  created_at: Time,
  urgency: z.string().nullish(),
  priority: z.object({ summary: z.string().nullish() }).nullish(),
  service: Named.nullish(),
  custom_details: z.record(z.string(), z.unknown()).nullish(),
})
const Event = z.object({
  event: z.object({ event_type: z.string(), occurred_at: Time, data: z.unknown() }),
})

/** A webhook of version 3 holds one event; those that say nothing of beginning or end are nothing to us, and are taken all the same. */
export function pagerduty(body: unknown): readonly Alert[] {
  const { event } = Event.parse(body)
  const round = rounds[event.event_type]
  if (round === undefined) return []
  const { id, title, created_at, urgency, priority, service, custom_details } = Incident.parse(
    event.data,
  )
  const summary = line(title, 'summary')
  return [
    {
      source: 'pagerduty',
      fingerprint: id,
      status: round === 'resolved' ? 'resolved' : 'firing',
      // Of a second round the beginning of the first says nothing.
      startsAt: round === 'triggered' ? created_at : event.occurred_at,
      name: line(title, 'name') || 'incident',
      summary,
      labels: labelsOf({
        ...custom_details,
        ...(service ? { service_id: service.id, service: service.summary ?? service.id } : {}),
        ...(urgency ? { urgency } : {}),
        ...(priority?.summary ? { priority: priority.summary } : {}),
      }),
      severity: severityOf(priority?.summary) ?? (urgency === 'low' ? 'medium' : null),
      rollback: rollbackWish(custom_details ?? undefined, summary),
    },
  ]
}

const rounds: Readonly<Record<string, 'triggered' | 'reopened' | 'resolved'>> = {
  'incident.triggered': 'triggered',
  'incident.reopened': 'reopened',
  'incident.resolved': 'resolved',
}

import { z } from 'zod'
import type { Alert } from '#domain/alerts/alert.ts'
import { labelsOf, line, rollbackWish, severityOf, Time } from '../texts.ts'

const Texts = z.record(z.string(), z.unknown()).default({})
const One = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: Texts,
  annotations: Texts,
  startsAt: Time,
  fingerprint: z.string().min(1).max(200),
})
/** One request is one group with many alerts; what newer versions add passes. Grafana sends the same with its own version. */
const Group = z.object({ alerts: z.array(One).min(1).max(2_000) })

/** What Alertmanager (version 4) and Grafana send. */
export const alertmanager =
  (source: 'alertmanager' | 'grafana') =>
  (body: unknown): readonly Alert[] =>
    Group.parse(body).alerts.map(({ status, labels: raw, annotations, startsAt, fingerprint }) => {
      const labels = labelsOf(raw)
      const name = line(labels['alertname'] ?? 'alert', 'name')
      const said = annotations['summary'] ?? annotations['description']
      const summary = typeof said === 'string' && said.trim() !== '' ? line(said, 'summary') : name
      return {
        source,
        fingerprint,
        status,
        startsAt,
        name,
        summary,
        labels,
        severity: severityOf(labels['severity'] ?? labels['priority']),
        rollback: rollbackWish(annotations, summary),
      }
    })

import { z } from 'zod'
import type { Alert } from '#domain/alerts/alert.ts'
import { EpochTime, labelsOf, line, rollbackWish, severityOf, tagsOf } from '../texts.ts'

const Sent = z.object({
  action: z.string(),
  alert: z.object({
    alertId: z.string().min(1).max(200),
    message: z.string(),
    tags: z.array(z.string()).max(500).default([]),
    alias: z.string().nullish(),
    entity: z.string().nullish(),
    team: z.string().nullish(),
    priority: z.string().nullish(),
    createdAt: EpochTime,
    updatedAt: EpochTime.optional(),
    details: z.record(z.string(), z.unknown()).nullish(),
  }),
})

/** What Opsgenie sends, and Jira Service Management after it. Acknowledging, notes and the like are nothing to us. */
export const opsgenie =
  (source: 'opsgenie' | 'jsm') =>
  (body: unknown): readonly Alert[] => {
    const { action, alert } = Sent.parse(body)
    const status = statuses[action]
    if (status === undefined) return []
    const { alertId, message, tags, alias, entity, team, priority, createdAt, details } = alert
    const summary = line(message, 'summary')
    return [
      {
        source,
        fingerprint: alertId,
        status,
        startsAt: status === 'firing' ? createdAt : (alert.updatedAt ?? createdAt),
        name: line(message, 'name') || 'alert',
        summary,
        labels: labelsOf({
          ...tagsOf(tags),
          ...details,
          ...(entity ? { entity } : {}),
          ...(team ? { team } : {}),
          ...(alias ? { alias } : {}),
        }),
        severity: severityOf(priority),
        rollback: rollbackWish(details ?? undefined, summary),
      },
    ]
  }

const statuses: Readonly<Record<string, Alert['status']>> = {
  Create: 'firing',
  Close: 'resolved',
  Delete: 'resolved',
}

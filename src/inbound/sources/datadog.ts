import { z } from 'zod'
import type { Alert } from '#domain/alerts/alert.ts'
import { EpochTime, line, rollbackWish, severityOf, tagsOf } from '../texts.ts'

/** Our own template, for whoever sets the webhook up to paste: docs/webhooks.md has it word for word. */
const Payload = z.object({
  alert: z.string().min(1).max(100),
  cycle: z.string().max(100),
  transition: z.string(),
  title: z.string(),
  status: z.string().default(''),
  tags: z.string().max(20_000).default(''),
  priority: z.string().default(''),
  at: EpochTime,
  rollback: z.union([z.string(), z.boolean()]).default(''),
  reason: z.string().default(''),
})

/** “No Data” says nothing of the service, neither that it is ill nor that it is well. */
export function datadog(body: unknown): readonly Alert[] {
  const sent = Payload.parse(body)
  const transition = sent.transition.replace(/^Re-/, '')
  const status = statuses[transition]
  if (status === undefined) return []
  const labels = tagsOf(
    sent.tags
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  )
  const summary = line(sent.status.trim() || sent.title, 'summary')
  return [
    {
      source: 'datadog',
      // A cycle is one round, from its trigger until it recovers.
      fingerprint: `${sent.alert}:${sent.cycle}`,
      status,
      startsAt: sent.at,
      name: line(sent.title, 'name') || 'monitor',
      summary,
      labels: { ...labels, monitor: sent.alert },
      severity: severityOf(sent.priority) ?? (transition === 'Warn' ? 'medium' : null),
      rollback: rollbackWish(sent, summary),
    },
  ]
}

const statuses: Readonly<Record<string, Alert['status']>> = {
  Triggered: 'firing',
  Warn: 'firing',
  Renotify: 'firing',
  Recovered: 'resolved',
}

import { z } from 'zod'
import type { Alert, AlertSource } from '#domain/alerts/alert.ts'
import { alertmanager } from './sources/alertmanager.ts'
import { datadog } from './sources/datadog.ts'
import { github } from './sources/github.ts'
import { opsgenie } from './sources/opsgenie.ts'
import { pagerduty } from './sources/pagerduty.ts'

export type ReadAlerts =
  | { readonly kind: 'read'; readonly alerts: readonly Alert[] }
  /** In one sentence, without its end: `event.occurred_at is no time`. */
  | { readonly kind: 'unreadable'; readonly why: string }

/** The alerts in a body as it was sent. Throws nothing, whatever the bytes are. */
export function readAlerts(source: AlertSource, raw: Uint8Array): ReadAlerts {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw)
    return { kind: 'read', alerts: readers[source](JSON.parse(text, refuseDangerous)) }
  } catch (error) {
    return { kind: 'unreadable', why: whyOf(error) }
  }
}

const readers = {
  alertmanager: alertmanager('alertmanager'),
  grafana: alertmanager('grafana'),
  pagerduty,
  datadog,
  opsgenie: opsgenie('opsgenie'),
  jsm: opsgenie('jsm'),
  github,
} as const satisfies Record<AlertSource, (body: unknown) => readonly Alert[]>

/** Keys that make an object something else when it is copied (threat T077). */
const dangerous: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
class Dangerous extends Error {
  override readonly name = 'Dangerous'
}
function refuseDangerous(key: string, value: unknown): unknown {
  if (dangerous.has(key)) throw new Dangerous('it holds a key that is not allowed anywhere')
  return value
}

/** What is wrong and where, never what stands there. */
function whyOf(error: unknown): string {
  if (error instanceof Dangerous) return error.message
  if (!(error instanceof z.ZodError)) return 'it is no JSON object'
  const [first] = error.issues
  const where = first?.path.map(String).join('.').slice(0, 100)
  return where ? `${where} is missing or not as expected` : 'it is no JSON object'
}

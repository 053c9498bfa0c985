import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { AlertSource } from '#domain/alerts/alert.ts'

/** Of every source; long enough to be taken. */
export const secret = 'a-secret-of-webhooks-0123456789'

/** What the environment holds where every source is set up. */
export const webhookVariables = (sources: readonly AlertSource[]) =>
  Object.fromEntries(
    sources.map((source) => [`WEBHOOK_${source.toUpperCase()}_SECRET`, secret] as const),
  )

const hmac = (key: string, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex')

/** The headers with which a source proves who it is, over exactly this body. */
export function proof(
  source: AlertSource,
  body: string,
  { key = secret, at = Date.now() } = {},
): Readonly<Record<string, string>> {
  switch (source) {
    case 'pagerduty':
      return { 'x-pagerduty-signature': `v1=${hmac(key, body)}` }
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hmac(key, body)}` }
    case 'grafana': {
      const seconds = String(Math.floor(at / 1_000))
      return {
        'x-grafana-alerting-timestamp': seconds,
        'x-grafana-alerting-signature': hmac(key, `${seconds}:${body}`),
      }
    }
    case 'alertmanager':
    case 'datadog':
    case 'opsgenie':
    case 'jsm':
      return { authorization: `Bearer ${key}` }
  }
}

export interface Heard {
  readonly status: number
  readonly said: string
  readonly retryAfter: string | null
}

/** Sends it as the source would, and again while a busy machine asks for that: whether it does is no matter of these tests. */
export async function send(...args: Parameters<typeof sendOnce>): Promise<Heard> {
  for (;;) {
    const heard = await sendOnce(...args)
    if (heard.status !== 429) return heard
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function sendOnce(
  url: string,
  source: AlertSource,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<Heard> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}/webhooks/${source}`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...(headers ?? proof(source, text)) },
  })
  const { said } = z.object({ said: z.string() }).parse(await response.json())
  return { status: response.status, said, retryAfter: response.headers.get('retry-after') }
}

/** Again as long as it is asked to, as every sender does. */
export async function deliver(url: string, source: AlertSource, body: unknown): Promise<Heard> {
  for (;;) {
    const heard = await send(url, source, body)
    if (heard.status !== 429 && heard.status !== 503) return heard
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface AlertOptions {
  readonly name?: string
  readonly service?: string
  readonly status?: 'firing' | 'resolved'
  readonly startsAt?: string
  readonly fingerprint?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** One alert of Alertmanager, as the captured ones look. */
export const anAlert = ({
  name = 'HighErrorRate',
  service = 'checkout',
  status = 'firing',
  startsAt = '2026-11-21T14:18:30.054595307Z',
  fingerprint = `${name}-${service}`,
  labels = {},
  annotations = {},
}: AlertOptions = {}) => ({
  status,
  labels: { alertname: name, service, severity: 'critical', ...labels },
  annotations: { summary: `${name} of ${service}`, ...annotations },
  startsAt,
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-21T14:40:00Z',
  generatorURL: 'http://prom/graph',
  fingerprint,
})

export const aGroup = (...alerts: readonly ReturnType<typeof anAlert>[]) => ({
  receiver: 'bot',
  status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
  alerts,
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://vm:9293',
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
})

const folder = new URL('../fixtures/webhooks/', import.meta.url)
export const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
const Captured = z.object({ body: z.unknown() })
/** The body of a captured request. */
export const captured = (name: string): unknown => Captured.parse(fixture(name)).body

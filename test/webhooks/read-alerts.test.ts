import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Alert, type AlertSource, alertSources } from '#domain/alerts/alert.ts'
import { isoMicros } from '#domain/time.ts'
import { readAlerts } from '#inbound/read-alerts.ts'
import { aGroup, anAlert, captured, fixture } from './senders.ts'
import { samples } from './samples.ts'

const read = (source: AlertSource, body: unknown): readonly Alert[] => {
  const found = readAlerts(source, Buffer.from(JSON.stringify(body)))
  if (found.kind !== 'read') throw new Error(found.why)
  return found.alerts
}
const whyNot = (source: AlertSource, raw: Uint8Array): string | undefined => {
  const found = readAlerts(source, raw)
  return found.kind === 'unreadable' ? found.why : undefined
}
const inShort = ({ status, name, startsAt, severity, fingerprint }: Alert) =>
  [status, name, isoMicros(startsAt), severity, fingerprint].join(' ')

describe('captured from Alertmanager', () => {
  test.each([
    [
      'alertmanager-0.28.1-basic-firing-HighErrorRate',
      'firing HighErrorRate 2026-11-21T04:53:56.770000Z critical dcfca8f20e4b3402',
    ],
    [
      'alertmanager-0.28.1-basic-resolved-HighErrorRate',
      'resolved HighErrorRate 2026-11-21T04:53:56.770000Z critical dcfca8f20e4b3402',
    ],
    [
      'alertmanager-0.33.1-bearer-firing',
      'firing HighErrorRate 2026-11-21T05:17:28.054595Z critical 51b405c910ff8e5d',
    ],
    [
      'alertmanager-0.33.1-bearer-resolved',
      'resolved HighErrorRate 2026-11-21T05:17:28.054595Z critical 51b405c910ff8e5d',
    ],
  ])('%s', (name, said) => {
    expect(read('alertmanager', captured(name)).map(inShort)).toEqual([said])
  })

  test('Grafana sends the same shape, and microseconds are kept', () => {
    const [alert] = read('grafana', captured('alertmanager-0.33.1-bearer-firing'))

    expect(alert).toMatchObject({
      source: 'grafana',
      labels: { alertname: 'HighErrorRate', env: 'production', service: 'checkout' },
      rollback: null,
    })
  })
})

describe('examples of GitHub', () => {
  const events = (name: string) => z.array(z.record(z.string(), z.unknown())).parse(fixture(name))

  test('a run that failed fires, the next that succeeds ends it; others say nothing', () => {
    const [, success] = events('github-workflow_run.example')
    const ended = (conclusion: string) => ({
      ...success,
      workflow_run: { ...Object(success?.['workflow_run']), conclusion },
    })
    const states = events('github-workflow_run.example').map(
      (event) => read('github', event)[0]?.status,
    )

    expect(states).toEqual([undefined, 'resolved', 'resolved', undefined, undefined])
    const [failed] = read('github', ended('failure'))
    const [passed] = read('github', success)
    expect(failed).toMatchObject({ status: 'firing', labels: { kind: 'workflow_run' } })
    expect(failed?.fingerprint).toBe(passed?.fingerprint)
    expect(read('github', ended('timed_out'))[0]?.status).toBe('firing')
    expect(read('github', ended('cancelled'))).toEqual([])
  })

  test('a deployment that failed is about its repository and environment', () => {
    const [example] = events('github-deployment_status.example')
    const failed = {
      ...example,
      deployment_status: {
        ...Object(example?.['deployment_status']),
        state: 'failure',
        description: 'health check failed',
      },
    }
    const [alert] = read('github', failed)

    expect(alert).toMatchObject({
      status: 'firing',
      summary: 'deployment of Codertocat/Hello-World to production failure: health check failed',
      labels: { repository: 'Codertocat/Hello-World', environment: 'production' },
    })
    expect(read('github', example)[0]).toMatchObject({
      status: 'resolved',
      fingerprint: alert?.fingerprint,
    })
    expect(read('github', { zen: 'Keep it logically awesome.' })).toEqual([])
  })
})

describe('as their makers document them', () => {
  test('PagerDuty: triggered, acknowledged, resolved, reopened', () => {
    const { triggered, resolved, reopened, acknowledged } = samples.pagerduty

    expect(read('pagerduty', triggered).map(inShort)).toEqual([
      'firing checkout fails 2026-11-21T14:18:00.000000Z critical PGR0VU2',
    ])
    expect(read('pagerduty', resolved).map(inShort)).toEqual([
      'resolved checkout fails 2026-11-21T14:40:00.000000Z critical PGR0VU2',
    ])
    expect(read('pagerduty', reopened)[0]).toMatchObject({ status: 'firing' })
    expect(read('pagerduty', reopened)[0]?.startsAt).toBeGreaterThan(
      read('pagerduty', resolved)[0]?.startsAt ?? 0,
    )
    expect(read('pagerduty', acknowledged)).toEqual([])
    expect(read('pagerduty', triggered)[0]?.labels).toMatchObject({ service: 'checkout' })
  })

  test('Opsgenie and Jira Service Management: created and closed, with tags and details as labels', () => {
    const { created, closed, acknowledged } = samples.opsgenie

    expect(read('opsgenie', created)[0]).toMatchObject({
      status: 'firing',
      severity: 'critical',
      labels: { service: 'checkout', urgent: 'true', region: 'eu' },
      rollback: 'errors since the deploy',
    })
    expect(read('jsm', created)[0]).toMatchObject({ source: 'jsm' })
    expect(read('opsgenie', closed).map(inShort)).toEqual([
      'resolved checkout fails 2026-11-21T14:40:00.000000Z critical 44f717bf',
    ])
    expect(read('opsgenie', acknowledged)).toEqual([])
  })

  test('Datadog by our template: no data is neither ill nor well', () => {
    const { triggered, recovered, noData, warned } = samples.datadog

    expect(read('datadog', triggered)[0]).toMatchObject({
      status: 'firing',
      severity: 'critical',
      labels: { service: 'checkout', env: 'prod' },
    })
    expect(read('datadog', recovered)[0]).toMatchObject({
      status: 'resolved',
      fingerprint: read('datadog', triggered)[0]?.fingerprint,
    })
    expect(read('datadog', warned)[0]).toMatchObject({ status: 'firing', severity: 'medium' })
    expect(read('datadog', noData)).toEqual([])
  })
})

test('only an annotation that says so asks for a rollback, with its reason or the summary', () => {
  const wish = (annotations: Record<string, string>) =>
    read('alertmanager', aGroup(anAlert({ annotations })))[0]?.rollback

  expect(wish({ rollback: 'true', reason: 'errors' })).toBe('errors')
  expect(wish({ rollback: 'true' })).toBe('HighErrorRate of checkout')
  expect(wish({ rollback: 'yes' })).toBeNull()
  expect(wish({ rollback: 'false', reason: 'errors' })).toBeNull()
})

test('T077 keys that poison objects are refused wherever they stand', () => {
  for (const key of ['__proto__', 'constructor', 'prototype'])
    expect(
      whyNot('alertmanager', Buffer.from(`{"alerts":[{"labels":{"${key}":{"a":1}}}]}`)),
    ).toContain('not allowed')
})

test('T137 hostile texts of alerts lose what shows nothing, turns letters around or breaks lines', () => {
  const text = `a\u0000b\nc\u202Ed\u200Be\uD800${'x'.repeat(5_000)}`
  const [alert] = read(
    'alertmanager',
    aGroup(
      anAlert({
        name: text,
        fingerprint: 'f1',
        labels: { team: text },
        annotations: { summary: text },
      }),
    ),
  )

  expect(alert?.summary).toMatch(/^a b c d e.x+$/u)
  expect(alert?.summary.length).toBe(500)
  expect(alert?.name.length).toBe(120)
  expect(alert?.labels['team']?.length).toBe(200)
  expect(alert?.summary.isWellFormed()).toBe(true)
})

test('whatever the bytes, reading them ends with alerts or with a sentence', () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  const likely = fc.record(
    {
      alerts: fc.array(fc.record({ status: json, labels: json, startsAt: json }, noKeys)),
      event: fc.record({ event_type: json, occurred_at: json, data: json }, noKeys),
      alert: json,
      action: json,
      deployment_status: json,
      workflow_run: json,
    },
    noKeys,
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.oneof(json, likely).map((value) => Buffer.from(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(fc.constantFrom(...alertSources), bytes, (source, raw) => {
      const found = readAlerts(source, raw)
      const isSound =
        found.kind === 'unreadable'
          ? found.why !== ''
          : found.alerts.every((alert) => alert.source === source)

      expect(isSound).toBe(true)
    }),
    { numRuns: 400 },
  )
})
const noKeys = { requiredKeys: [] }

test('whatever the sample, leaving a part out or putting something else there makes no reader fail', () => {
  const all = Object.entries(samples).flatMap(([source, of]) =>
    Object.values(of).map((body) => [source as AlertSource, body] as const),
  )
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.nat(), fc.jsonValue(), ([source, body], at, other) => {
      const text = JSON.stringify(body)
      const parts = [...text.matchAll(/"[^"]*":("[^"]*"|[\d.]+|null)/g)]
      const part = parts[at % parts.length]
      const value = part?.[1] ?? ''
      const from = (part?.index ?? 0) + (part?.[0].length ?? 0) - value.length
      const changed = `${text.slice(0, from)}${JSON.stringify(other)}${text.slice(from + value.length)}`

      expect(['read', 'unreadable']).toContain(readAlerts(source, Buffer.from(changed)).kind)
    }),
  )
})

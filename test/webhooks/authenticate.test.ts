import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AlertSource, alertSources } from '#domain/alerts/alert.ts'
import { noWebhooks } from '#domain/alerts/settings.ts'
import { authenticate } from '#inbound/authenticate.ts'
import { proof, secret } from './senders.ts'

const now = Date.UTC(2026, 10, 21, 14, 20)
const body = '{"alerts":[]}'
const other = 'another-secret-0123456789abcdef'

const judged = (
  source: AlertSource,
  headers: Readonly<Record<string, string | undefined>>,
  { raw = body, secrets = [secret] as readonly string[], at = now } = {},
) =>
  authenticate(
    source,
    { raw: Buffer.from(raw), header: (name) => headers[name] },
    secrets,
    noWebhooks.grafana,
    at,
  )

describe.each(alertSources)('T130 %s', (source) => {
  test('is believed with its secret, and with the one before while it is being changed', () => {
    expect(judged(source, proof(source, body, { at: now }))).toBe('genuine')
    const before = proof(source, body, { key: other, at: now })
    expect(judged(source, before, { secrets: [secret, other] })).toBe('genuine')
  })

  test('is not believed without one, with another one, or where none is set up', () => {
    expect(judged(source, {})).toBe('unsigned')
    expect(judged(source, proof(source, body, { key: other, at: now }))).toBe('forged')
    expect(judged(source, proof(source, body, { at: now }), { secrets: [] })).toBe('unsigned')
  })

  test('is not believed with any piece of its proof left out or changed', () => {
    const headers = Object.entries(proof(source, body, { at: now }))
    for (const [name, value] of headers) {
      const without = Object.fromEntries(headers.filter(([one]) => one !== name))
      const changed = { ...Object.fromEntries(headers), [name]: `${value.slice(0, -1)}~` }
      expect([name, judged(source, without) === 'genuine']).toEqual([name, false])
      expect([name, judged(source, changed)]).toEqual([name, 'forged'])
    }
  })
})

test.each(['pagerduty', 'github', 'grafana'] as const)(
  'T006 what %s signs is every byte as it was sent',
  (source) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, at) => {
        const text = Buffer.from(bytes).toString('latin1')
        const headers = proof(source, text, { at: now })
        const changed = `${text.slice(0, at % text.length)}x${text.slice(at % text.length)}`

        expect(judged(source, headers, { raw: text })).toBe('genuine')
        expect(judged(source, headers, { raw: changed })).toBe('forged')
      }),
    )
  },
)

test('any one of several signatures of PagerDuty counts', () => {
  const { 'x-pagerduty-signature': right = '' } = proof('pagerduty', body)
  const wrong = `v1=${'0'.repeat(64)}`

  expect(judged('pagerduty', { 'x-pagerduty-signature': `${wrong}, ${right}` })).toBe('genuine')
  expect(judged('pagerduty', { 'x-pagerduty-signature': `${wrong},${wrong}` })).toBe('forged')
  const many = `${Array.from({ length: 11 }, () => wrong).join(',')},${right}`
  expect(judged('pagerduty', { 'x-pagerduty-signature': many })).toBe('forged')
})

test('a signature of Grafana counts for five minutes in both directions, and never without its time', () => {
  const sent = proof('grafana', body, { at: now })
  const bare = createHmac('sha256', secret).update(body).digest('hex')

  expect(judged('grafana', sent, { at: now + 300_000 })).toBe('genuine')
  expect(judged('grafana', sent, { at: now + 301_000 })).toBe('stale')
  expect(judged('grafana', sent, { at: now - 301_000 })).toBe('stale')
  expect(judged('grafana', { 'x-grafana-alerting-signature': bare })).toBe('unsigned')
})

test('a secret may be a bearer token, a password, the whole header, or stand in a header of ours', () => {
  const basic = Buffer.from(`am:${secret}`).toString('base64')

  expect(judged('alertmanager', { authorization: `Basic ${basic}` })).toBe('genuine')
  expect(judged('opsgenie', { authorization: secret })).toBe('genuine')
  expect(judged('datadog', { 'x-countermand-secret': secret })).toBe('genuine')
  expect(judged('grafana', { authorization: `Bearer ${secret}` })).toBe('genuine')
  expect(judged('github', { authorization: `Bearer ${secret}` })).toBe('unsigned')
  expect(judged('pagerduty', { authorization: `Bearer ${secret}` })).toBe('unsigned')
})

test('no bytes in a header are believed, and none make it fail', () => {
  fc.assert(
    fc.property(fc.constantFrom(...alertSources), fc.string({ unit: 'binary' }), (source, text) => {
      const names = ['authorization', 'x-countermand-secret', ...Object.keys(proof(source, body))]
      const believed = names.filter((name) => judged(source, { [name]: text }) === 'genuine')

      expect(believed).toEqual([])
    }),
  )
})

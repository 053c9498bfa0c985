import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Alert } from '#domain/alerts/alert.ts'
import { type AlertRule, fits, mappingOf } from '#domain/alerts/rules.ts'
import { serviceId } from '#domain/ids.ts'
import { aService, at, checkout } from '../../support/builders.ts'

const catalogue = new Map([
  ['checkout', aService()],
  ['payments', aService({ id: serviceId('payments') })],
])
const anAlert = (more: Partial<Alert> = {}): Alert => ({
  source: 'alertmanager',
  fingerprint: 'f1',
  status: 'firing',
  startsAt: at('14:18:00'),
  name: 'HighErrorRate',
  summary: 'errors',
  labels: { service: 'checkout', env: 'production' },
  severity: null,
  rollback: null,
  ...more,
})
const aRule = (more: Partial<AlertRule> = {}): AlertRule => ({
  name: 'rule 1',
  sources: [],
  match: {},
  service: { label: 'service' },
  severity: null,
  effect: 'open',
  ...more,
})
const mapped = (rules: readonly AlertRule[], more: Partial<Alert> = {}) =>
  mappingOf(rules, catalogue, anAlert(more))

test('the first rule that fits decides, by a name or by a label', () => {
  const rules = [
    aRule({ name: 'staging', match: { env: 'staging' }, service: null, effect: 'ignore' }),
    aRule({ name: 'pages', match: { name: 'Page*' }, service: { name: serviceId('payments') } }),
    aRule({ name: 'the rest', severity: 'low' }),
  ]

  expect(mapped(rules)).toMatchObject({ kind: 'mapped', service: checkout, severity: 'low' })
  expect(mapped(rules, { labels: { env: 'staging' } })).toMatchObject({ kind: 'ignored' })
  expect(mapped(rules, { name: 'PageSlow' })).toMatchObject({ service: 'payments' })
})

test('what no rule takes says why for each of them', () => {
  const rules = [
    aRule({ name: 'ci', sources: ['github'] }),
    aRule({ name: 'team', match: { team: 'shop' } }),
    aRule({ name: 'env', match: { env: 'stag*' } }),
    aRule({ name: 'label', service: { label: 'app' } }),
    aRule({ name: 'near' }),
  ]

  expect(mapped(rules, { labels: { service: 'chekout', env: 'production' } })).toEqual({
    kind: 'unmapped',
    because: [
      'ci: is for GitHub',
      'team: there is no label team',
      'env: env is “production”, not “stag*”',
      'label: there is no label app',
      'near: service is “chekout”, which is no service (checkout is one)',
    ],
  })
})

test('T065 a name that only looks like a service’s is nobody’s', () => {
  for (const service of ['Checkout', 'сheckout', 'checkout ', '__proto__', ''])
    expect(mapped([aRule()], { labels: { service } })).toMatchObject({ kind: 'unmapped' })
})

test('a star stands for any characters, however they are written', () => {
  expect(fits('checkout-7f3', 'checkout-*')).toBe(true)
  expect(fits('checkout', 'checkout-*')).toBe(false)
  expect(fits('aba', 'a*a')).toBe(true)
  expect(fits('a', 'a*a')).toBe(false)
  expect(fits('x.y', 'x?y')).toBe(false)
})

test('matching agrees with a regular expression that means the same', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })
  fc.assert(
    fc.property(letters, patterns, (text, pattern) => {
      const same = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)

      expect(fits(text, pattern)).toBe(same.test(text))
    }),
  )
})

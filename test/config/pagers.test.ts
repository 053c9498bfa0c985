import { expect, test } from 'vitest'
import { secretsOf } from '../../src/config.ts'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const key = 'R0123456789ABCDEF'
const keys = { PAGER_PAYMENTS_KEY: key, PAGER_FRONT_END_KEY: `${key}0` }
const file = (pagers: Readonly<Record<string, unknown>>, pager?: string) =>
  aFile({ pagers, services: { checkout: aService(pager === undefined ? {} : { pager }) } })
const both = { payments: { pagerduty: { region: 'eu' } }, 'front-end': { jsm: {} } }

test('people are paged where a service says by what, and nowhere else', () => {
  const config = configOf(keys, file(both, 'payments'))

  expect(config.catalogue.get('checkout')?.pager).toBe('payments')
  expect(configOf(keys, file(both)).catalogue.get('checkout')?.pager).toBeUndefined()
})

test('keys are sent to the vendors and nowhere else, and are hidden wherever they might be written', () => {
  const config = configOf(
    { ...keys, PAGER_USA_KEY: `${key}1` },
    file({ ...both, usa: { pagerduty: {} } }),
  )

  expect([...config.pagers]).toEqual([
    ['payments', { kind: 'pagerduty', url: 'https://events.eu.pagerduty.com' }],
    ['front-end', { kind: 'jsm', url: 'https://api.atlassian.com' }],
    ['usa', { kind: 'pagerduty', url: 'https://events.pagerduty.com' }],
  ])
  expect(secretsOf(config)).toEqual(expect.arrayContaining([key, `${key}0`]))
})

test('what only looks like the key of a pager is left alone', () => {
  expect(problemsOf(aFile(), { PAGER_KEY: 'less', PAGER__KEY: 'x' })).toEqual([])
})

test('every mistake has its sentence', () => {
  const problems = (...given: Parameters<typeof file>) =>
    problemsOf(file(...given), keys).map((line) => line.replace(/^x\.yaml:\d+: /, ''))

  expect(problems(both, 'payment')).toEqual([
    'services.checkout.pager: no pager payment stands under pagers; did you mean payments?',
  ])
  expect(problems({ payments: {} })).toEqual([
    'pagers.payments: needs exactly one of pagerduty and jsm.',
  ])
  expect(problems({ payments: { pagerduty: { region: 'mars' } } })).toEqual([
    'pagers.payments.pagerduty.region: must be one of us, eu.',
  ])
  expect(problems({ payments: { pagerduty: { url: 'https://elsewhere.example' } } })).toEqual([
    expect.stringContaining('pagers.payments.pagerduty'),
  ])
})

test('a pager without its key, or with what is none, stops the start and says which', () => {
  expect(problemsOf(file(both))).toEqual([
    'PAGER_PAYMENTS_KEY is missing: pagers.payments needs the integration key of an “Events API v2” integration.',
    'PAGER_FRONT_END_KEY is missing: pagers.front-end needs the key of an “API” integration of the team.',
  ])
  expect(problemsOf(file({ payments: { jsm: {} } }), { PAGER_PAYMENTS_KEY: 'short' })).toEqual([
    'PAGER_PAYMENTS_KEY is no key of a pager: those have at least 16 characters.',
  ])
})

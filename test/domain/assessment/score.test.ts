import { describe, expect, test } from 'vitest'
import { assess } from '#domain/assessment/assess.ts'
import { defaults } from '#domain/assessment/limits.ts'
import { profiles } from '#domain/assessment/profiles.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import { signOf } from '#domain/paging/signs.ts'
import { everyEvent } from '../../support/every-event.ts'
import { facts, measured, silent } from './facts.ts'

const shop = { ...defaults, profile: profiles['e-commerce'] }
const general = { ...defaults, profile: profiles.general }
const wellInAShop = [
  measured('error-rate', { value: 0.001, normal: 0.001 }),
  measured('payment-success', { value: 0.999 }),
  measured('checkout-completion', { value: 0.97 }),
  measured('failing', { value: 0 }),
  measured('page-p95', { value: 0.8 }),
  measured('search-p95', { value: 0.3 }),
  measured('cpu', { value: 0.4 }),
]
const but = (...instead: readonly Reading[]) => [
  ...wellInAShop.filter(({ signal }) => instead.every((one) => one.signal !== signal)),
  ...instead,
]
const judged = (readings: readonly Reading[], policy: typeof shop | typeof general = shop) =>
  assess(facts({ readings }), policy)
const scoreOf = (readings: readonly Reading[], policy: typeof shop | typeof general = shop) =>
  assess(facts({ readings }), policy).findings.find(({ rule }) => rule === 'score')

describe('the profile of a shop', () => {
  test('all well weighs nothing', () => {
    expect(scoreOf(wellInAShop)).toMatchObject({ state: 'quiet', measured: 0 })
    expect(judged(wellInAShop).advice).toBe('watch')
  })

  test.each([
    ['payment success of 99.49 %', [measured('payment-success', { value: 0.9949 })], 'fired', 100],
    [
      'payment success of exactly 99.5 %',
      [measured('payment-success', { value: 0.995 })],
      'quiet',
      0,
    ],
    [
      'checkout completion of 94.9 %',
      [measured('checkout-completion', { value: 0.949 })],
      'fired',
      100,
    ],
    [
      'a slow page and a slow search',
      [measured('page-p95', { value: 2.1 }), measured('search-p95', { value: 1.1 })],
      'sign',
      50,
    ],
    ['a slow page alone', [measured('page-p95', { value: 2.1 })], 'quiet', 30],
    [
      'pages, search and CPU',
      [
        measured('page-p95', { value: 2.1 }),
        measured('search-p95', { value: 1.1 }),
        measured('cpu', { value: 0.91 }),
      ],
      'sign',
      60,
    ],
  ] as const)('%s', (_, instead, state, weight) => {
    expect(scoreOf(but(...instead))).toMatchObject({ state, measured: weight })
  })

  test('customers who cannot pay are high, and it is rolled back', () => {
    expect(judged(but(measured('payment-success', { value: 0.98 })))).toMatchObject({
      advice: 'roll_back',
      severity: 'high',
    })
  })

  test('a page of 1.6 s is told and weighs nothing', () => {
    const { findings } = judged(but(measured('page-p95', { value: 1.6 })))

    expect(findings.find(({ rule }) => rule === 'page-p95')).toMatchObject({ state: 'sign' })
    expect(findings.find(({ rule }) => rule === 'score')).toMatchObject({ measured: 0 })
  })

  test('what is not read is no good answer: the score says that it cannot know', () => {
    expect(scoreOf(but(silent('payment-success')))).toMatchObject({ state: 'unknown' })
    expect(scoreOf(but(silent('search-p95')))).toMatchObject({ state: 'quiet' })
  })
})

describe('the general profile, on the scale of 15 and 10', () => {
  const calm = [
    measured('error-rate', { value: 0.001, normal: 0.001 }),
    measured('circuit-breaker', { value: 0 }),
    measured('p99', { value: 0.5, normal: 0.5 }),
    measured('cpu', { value: 0.3, normal: 0.3 }),
  ]
  const calmBut = (...instead: readonly Reading[]) => [
    ...calm.filter(({ signal }) => instead.every((one) => one.signal !== signal)),
    ...instead,
  ]

  test.each([
    [
      'twice the errors exactly',
      [measured('error-rate', { value: 0.002, normal: 0.001 })],
      'quiet',
      0,
    ],
    [
      'more than twice the errors',
      [measured('error-rate', { value: 0.0021, normal: 0.001 })],
      'sign',
      10,
    ],
    [
      'a breaker that is half open, and P99',
      [measured('circuit-breaker', { value: 0.5 }), measured('p99', { value: 0.76, normal: 0.5 })],
      'sign',
      13,
    ],
    [
      'errors and P99',
      [
        measured('error-rate', { value: 0.0021, normal: 0.001 }),
        measured('p99', { value: 0.76, normal: 0.5 }),
      ],
      'fired',
      15,
    ],
  ] as const)('%s', (_, instead, state, weight) => {
    expect(scoreOf(calmBut(...instead), general)).toMatchObject({ state, measured: weight })
  })
})

test('a handful of requests weighs nothing, pages nobody and calls nothing well', () => {
  const few = { requests: 12, value: 0.5, normal: null }
  const of = but(measured('payment-success', few), measured('error-rate', { ...few, value: 0 }))
  const { advice, findings } = judged(of)
  const told = findings.find(({ signal }) => signal === 'payment-success')

  expect(advice).toBe('inconclusive')
  expect(told).toMatchObject({
    state: 'unknown',
    because: expect.stringContaining('12 requests prove nothing; 20 are needed'),
  })
  const seen = findings.map((finding) =>
    signOf(
      { ...everyEvent.assessed, found: { ...everyEvent.assessed.found, findings: [finding] } },
      shop,
    ),
  )
  expect(seen.filter((one) => one !== undefined)).toEqual([])
})

test('neither do errors and a P99 of a handful, whatever is normal', () => {
  const readings = [
    measured('error-rate', { value: 1 / 19, requests: 19, normal: 0.001 }),
    measured('p99', { value: 0.6, requests: 19, normal: 0.3 }),
  ]

  expect(judged(readings, general).advice).toBe('inconclusive')
})

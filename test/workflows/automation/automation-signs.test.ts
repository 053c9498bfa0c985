import { expect, test } from 'vitest'
import { figureText } from '#domain/automation/words.ts'
import { between, instant, minutes, seconds } from '#domain/time.ts'
import { at } from '../../support/builders.ts'
import { givenUp } from '../../support/given-up.ts'
import { always, now, signs, since, type Situation } from './automation-looks.ts'

const breaker = { triggers: ['circuit-breaker'] } as const
const saturation = { triggers: ['saturation'] } as const
const general = { triggers: ['score'], profile: 'general' } as const
const shop = { triggers: ['score'], profile: 'e-commerce' } as const
const both = { triggers: ['error-rate', 'memory'], combine: 'all' } as const
const badErrors = since(30, 0.08, 0.001)
const openAndSlow = {
  circuitBreaker: always(1),
  p99: since(30, 0.9, 0.3),
  cpu: since(30, 0.6, 0.3),
}
const badShop = {
  pageP95: since(30, 2.4, 0.6),
  searchP95: since(30, 1.3, 0.2),
  paymentSuccess: always(0.999),
  checkoutCompletion: always(0.97),
  cpu: always(0.4),
}

const flagger = { triggers: ['flagger'], figures: {} } as const
const delivered = givenUp(at('14:25:00'))
const strict = { triggerErrorRatePercent: 2, triggerErrorRateForSeconds: 120 }

const rows: readonly (readonly [string, Situation])[] = [
  ['Flagger gave it up', { ...flagger, delivered }],
  [
    'Flagger is at it',
    { ...flagger, delivered: { ...delivered, isFailed: false, phase: 'Progressing' } },
  ],
  [
    'nobody knows what Flagger does',
    { ...flagger, delivered: { kind: 'unknown', why: 'no right' } },
  ],
  ['there is no Flagger', flagger],
  [
    '3 % of the requests have failed for four minutes',
    { triggers: ['error-rate'], figures: { errorRate: since(4, 0.03, 0.001) } },
  ],
  [
    'the same, where 2 % for two minutes is the bound',
    { triggers: ['error-rate'], limits: strict, figures: { errorRate: since(4, 0.03, 0.001) } },
  ],
  [
    'the same, of exactly 2 %',
    { triggers: ['error-rate'], limits: strict, figures: { errorRate: since(4, 0.02, 0.001) } },
  ],
  [
    '8 %, where the bound must be broken for twenty minutes, for ten',
    {
      triggers: ['error-rate'],
      limits: { triggerErrorRateForSeconds: 1_200 },
      figures: { errorRate: since(10, 0.08, 0.001) },
    },
  ],
  [
    'the same, for twenty',
    {
      triggers: ['error-rate'],
      limits: { triggerErrorRateForSeconds: 1_200 },
      figures: { errorRate: since(20, 0.08, 0.001) },
    },
  ],
  [
    'P95 of 1.2 s, where more than 1 s for a minute is too slow and memory gives two minutes more',
    {
      triggers: ['latency-p95', 'memory'],
      limits: { triggerP95Seconds: 1, triggerP95ForSeconds: 60, triggerMemoryDelaySeconds: 120 },
      figures: { p95: since(30, 1.2, 0.4), memory: since(30, 0.95, 0.6) },
    },
  ],
  [
    'memory alone gives two minutes more',
    {
      triggers: ['memory'],
      limits: { triggerMemoryDelaySeconds: 120 },
      figures: { memory: since(30, 0.95, 0.6) },
    },
  ],
  [
    'payments close to a bound near which nobody need be asked',
    {
      triggers: ['payment-success'],
      limits: { triggerPaymentSuccessPercent: 99, triggerPaymentSuccessAskPercent: 0 },
      figures: { paymentSuccess: since(30, 0.989, 0.999) },
    },
  ],
  [
    'a canary that may be a hundred and fifty times as bad, and fail as often',
    {
      triggers: ['canary-error-rate'],
      limits: { canaryRollBackTimes: 150, triggerCanaryErrorRatePercent: 20 },
      figures: {},
      canary: 40,
    },
  ],

  [
    'the breaker opened with the deploy',
    { ...breaker, deployed: 5, figures: { circuitBreaker: since(4, 2, 0) } },
  ],
  ['it is half open', { ...breaker, deployed: 5, figures: { circuitBreaker: since(4, 1, 0) } }],
  [
    'it was half open before',
    { ...breaker, deployed: 5, figures: { circuitBreaker: since(4, 2, 1) } },
  ],
  [
    'it opened and closed again',
    { ...breaker, deployed: 5, figures: { circuitBreaker: (ago) => (ago === 3 ? 2 : 0) } },
  ],
  [
    'nobody saw it before',
    { ...breaker, deployed: 5, figures: { circuitBreaker: (ago) => (ago < 4 ? 2 : null) } },
  ],
  [
    'the deploy is ten minutes ago',
    { ...breaker, deployed: 10, figures: { circuitBreaker: since(4, 2, 0) } },
  ],
  [
    'the deploy is eleven minutes ago',
    { ...breaker, deployed: 11, figures: { circuitBreaker: since(4, 2, 0) } },
  ],
  [
    'nobody saw the version begin',
    { ...breaker, deployed: 5, orEarlier: true, figures: { circuitBreaker: since(4, 2, 0) } },
  ],
  [
    'the breaker is not measured now',
    { ...breaker, deployed: 5, figures: { circuitBreaker: (ago) => (ago === 0 ? null : 0) } },
  ],

  ['CPU is near its limit', { ...saturation, figures: { cpu: since(30, 0.85, 0.6) } }],
  ['CPU is at the bound', { ...saturation, figures: { cpu: since(30, 0.8, 0.6) } }],
  ['memory is near its limit', { ...saturation, figures: { memory: since(30, 0.86, 0.6) } }],
  [
    'CPU has doubled and more, for fifteen minutes',
    { ...saturation, figures: { cpu: since(30, 0.5, 0.2) } },
  ],
  [
    'the same, but the version is younger',
    { ...saturation, deployed: 15, figures: { cpu: since(15, 0.5, 0.2) } },
  ],
  ['CPU has doubled for one window only', { ...saturation, figures: { cpu: since(5, 0.5, 0.2) } }],
  [
    'CPU is near its limit, and requests fail',
    { ...saturation, figures: { cpu: always(0.85), errorRate: since(30, 0.03, 0.001) } },
  ],
  [
    'CPU is near its limit, and it is slow',
    { ...saturation, figures: { cpu: always(0.85), p95: since(30, 0.9, 0.2) } },
  ],
  [
    'the same, of 20 requests',
    { ...saturation, requests: 20, figures: { cpu: always(0.85), p95: since(30, 0.9, 0.2) } },
  ],
  [
    'the same, of 900 requests in the hour before',
    {
      ...saturation,
      usualRequests: 900,
      figures: { cpu: always(0.85), p95: since(30, 0.9, 0.2) },
    },
  ],
  [
    'the same, of requests that nobody counts',
    { ...saturation, requests: null, figures: { cpu: always(0.85), p95: since(30, 0.9, 0.2) } },
  ],
  [
    'the same, but it is slow for one window only',
    { ...saturation, figures: { cpu: always(0.85), p95: since(6, 0.9, 0.2) } },
  ],
  [
    'the same, but the version is younger than three windows',
    { ...saturation, deployed: 19, figures: { cpu: always(0.85), p95: since(19, 0.9, 0.2) } },
  ],
  [
    'CPU is near its limit, and requests fail, of 20 requests',
    {
      ...saturation,
      requests: 20,
      figures: { cpu: always(0.85), errorRate: since(30, 0.05, 0.001) },
    },
  ],
  [
    'CPU is near its limit, and requests fail more than usual, but few',
    { ...saturation, figures: { cpu: always(0.85), errorRate: since(30, 0.008, 0.001) } },
  ],
  [
    'the same, for one window only',
    { ...saturation, figures: { cpu: always(0.85), errorRate: since(6, 0.008, 0.001) } },
  ],
  [
    'CPU and memory are near their limits',
    { ...saturation, figures: { cpu: always(0.85), memory: always(0.9) } },
  ],
  [
    'requests fail, and CPU is calm',
    { ...saturation, figures: { cpu: always(0.3), errorRate: badErrors } },
  ],
  [
    'the version is still warming up',
    { ...saturation, deployed: 9, figures: { cpu: always(0.99) } },
  ],

  [
    'errors and P99 together',
    {
      ...general,
      figures: {
        errorRate: badErrors,
        p99: since(30, 0.9, 0.3),
        cpu: always(0.3),
        circuitBreaker: always(0),
      },
    },
  ],
  [
    'errors alone',
    {
      ...general,
      figures: {
        errorRate: badErrors,
        p99: always(0.3),
        cpu: always(0.3),
        circuitBreaker: always(0),
      },
    },
  ],
  [
    'the same, of a few hundred requests',
    { ...general, requests: 900, figures: { errorRate: badErrors, p99: since(30, 0.9, 0.3) } },
  ],
  [
    'the same, of requests that nobody counts',
    {
      ...general,
      requests: null,
      figures: { errorRate: badErrors, p99: since(30, 0.9, 0.3), cpu: since(30, 0.6, 0.3) },
    },
  ],
  ['the breaker, P99 and CPU together', { ...general, figures: openAndSlow }],
  [
    'the same, of a few hundred requests in the hour before',
    { ...general, usualRequests: 900, figures: openAndSlow },
  ],
  [
    'the same, of requests that nobody counts any more',
    { ...general, requests: null, figures: openAndSlow },
  ],
  [
    'errors that chance explains',
    {
      ...general,
      requests: 1_000,
      figures: { errorRate: since(30, 0.003, 0.001), p99: since(30, 0.9, 0.3) },
    },
  ],
  [
    'errors and P99, but only lately',
    { ...general, figures: { errorRate: since(6, 0.08, 0.001), p99: since(6, 0.9, 0.3) } },
  ],
  ['a page, a search and pods that fail', { ...shop, failing: 0.2, figures: badShop }],
  ['a page and a search', { ...shop, figures: badShop }],
  ['a page alone', { ...shop, figures: { ...badShop, searchP95: always(0.2) } }],
  [
    'payments far below their bound',
    { ...shop, figures: { ...badShop, paymentSuccess: since(30, 0.98, 0.999) } },
  ],
  [
    'payments close to their bound',
    { ...shop, figures: { paymentSuccess: since(30, 0.993, 0.999) } },
  ],

  [
    'all are asked for, all fire for eleven minutes',
    { ...both, figures: { errorRate: badErrors, memory: since(30, 0.95, 0.6) } },
  ],
  [
    'one of them for ten minutes only',
    { ...both, figures: { errorRate: since(10, 0.08, 0.001), memory: since(30, 0.95, 0.6) } },
  ],
  ['one of them not at all', { ...both, figures: { errorRate: badErrors, memory: always(0.5) } }],
  [
    'an alert for ten minutes, and errors',
    {
      triggers: ['error-rate', 'alert'],
      combine: 'all',
      alerted: 10,
      figures: { errorRate: badErrors },
    },
  ],
  [
    'an alert for eleven minutes, and errors',
    {
      triggers: ['error-rate', 'alert'],
      combine: 'all',
      alerted: 11,
      figures: { errorRate: badErrors },
    },
  ],
  [
    'all are asked for, one is of few requests',
    { ...both, requests: 10, figures: { errorRate: badErrors, memory: since(30, 0.95, 0.6) } },
  ],
]

test.each([
  ['memory', 'memory', 0.95, '95 % in the 5 min'],
  ['cpu', 'cpu', 0.97, '97 % in the 10 min'],
  ['latency-p95', 'p95', 2.5, '2.5 s in the 10 min'],
  ['payment-success', 'paymentSuccess', 0.97, '97 % in the 5 min'],
] as const)(
  '%s that broke its bound before the version went out as well asks',
  async (rule, signal, value, was) => {
    const found = await signs({ triggers: [rule], figures: { [signal]: always(value) } })

    expect(found).toMatchObject([
      { says: 'ask', why: `it was ${was} before v2.3.0 went out, too`, fired: { rule } },
    ])
  },
)

test('what nobody could read from before the version went out asks, and where nobody measured then it acts', async () => {
  const before = { memory: since(30, 0.95, Number.NaN) }
  const says = async (unread: boolean) =>
    (await signs({ triggers: ['memory'], figures: before, unread }))[0]?.says

  expect([await says(true), await says(false)]).toEqual(['ask', 'roll_back'])
})

test('what canary and baseline suffer alike is told as such, also where both fail more than is borne', async () => {
  const situation = {
    triggers: ['canary-error-rate'],
    figures: {},
    canary: 60,
    beside: 0.099,
  } as const

  expect(await signs(situation)).toMatchObject([
    { says: 'external', fired: { because: expect.stringMatching(/^the baseline fails 9.9 %/) } },
  ])
})

test('a pipeline that failed asks people, since it may have failed for what never ran; others ask for nothing by it', async () => {
  const failed = { triggers: ['alert', 'pipeline'], figures: {}, alerted: 3 } as const

  expect(await signs({ ...failed, teller: 'github' })).toMatchObject([
    {
      says: 'ask',
      why: 'a pipeline does not say whether it failed for what runs',
      fired: {
        rule: 'pipeline',
        because: 'GitHub says that ‘release’ failed',
        alert: expect.anything(),
      },
    },
  ])
  expect(await signs({ ...failed, teller: 'pagerduty' })).toEqual([])
})

test('where requests are counted, a figure of nobody knows how many asks', async () => {
  const errors = { triggers: ['error-rate'], requests: null } as const
  const counted = await signs({
    ...errors,
    figures: { errorRate: badErrors, throughput: always(null) },
  })
  const uncounted = await signs({ ...errors, figures: { errorRate: badErrors } })

  expect(counted).toMatchObject([{ says: 'ask', why: 'of how many requests it is cannot be read' }])
  expect(uncounted).toMatchObject([{ says: 'roll_back' }])
})

test('a canary that is worse, and not by twice, is told as borderline', async () => {
  const situation = { triggers: ['canary-error-rate'], figures: {}, canary: 60 } as const
  const limits = { triggerCanaryErrorRatePercent: 20 }

  const [sign] = await signs({ ...situation, limits, beside: 0.06 })
  const [certain] = await signs({ ...situation, limits, beside: 0.045 })

  expect(sign).toMatchObject({
    says: 'canary',
    why: expect.stringContaining('not proved bad enough'),
    fired: {
      isBorderline: true,
      because: expect.stringMatching(/^it is proved worse than the baseline/),
    },
  })
  expect(certain?.says).toBe('canary')
  expect(certain?.fired).not.toHaveProperty('isBorderline')
})

test('a payment that failed at night, of a handful of requests, asks', async () => {
  const figures = { paymentSuccess: (ago: number) => (ago < 1 ? 0.66 : 1) }

  expect(await signs({ triggers: ['payment-success'], figures, requests: 5 })).toMatchObject([
    { says: 'ask', why: expect.stringContaining('of 5 requests only') },
  ])
})

test('what each trigger says of a situation reads as a table', async () => {
  const lines: string[] = []
  for (const [title, situation] of rows) {
    const found = await signs(situation)
    lines.push(`${title}:${found.length === 0 ? ' nothing' : ''}`)
    for (const { says, why, fired } of found) {
      const of = figureText(fired.rule, fired.measured)
      const figures = `${of} against ${figureText(fired.rule, fired.threshold)}`
      const wait = fired.delayMicros > 0 ? `, ${fired.delayMicros / seconds(1)} s more` : ''
      lines.push(
        `  ${says}${why === undefined ? '' : ` (${why})`}, ${fired.rule}, ${figures}${wait}: ${fired.because}`,
      )
    }
  }

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/automation-signs.txt')
})

test('a canary is known by when it began to serve, as far as was looked back', async () => {
  const servedSince = async (canary: number) =>
    (await signs({ triggers: ['canary-error-rate'], figures: {}, canary })).map(
      ({ says, fired: { servedSince: at } }) => [
        says,
        at === undefined ? undefined : between(instant(at), now) / minutes(1),
      ],
    )

  expect(await servedSince(30)).toEqual([['canary', 30]])
  expect(await servedSince(32)).toEqual([['canary', 35]])
  expect(await servedSince(600)).toEqual([['canary', undefined]])
})

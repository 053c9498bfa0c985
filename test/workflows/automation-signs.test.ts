import { expect, test } from 'vitest'
import type { OwnLimits } from '#domain/assessment/limits.ts'
import type { ProfileName } from '#domain/assessment/profiles.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import type { Trigger } from '#domain/automation/triggers.ts'
import { figureText } from '#domain/automation/words.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { between, instant, minutes, seconds } from '#domain/time.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Delivered } from '#ports/delivery.ts'
import { signsOf } from '#workflows/automation-signs.ts'
import {
  aHistory,
  anIncident,
  aPolicy,
  aRevision,
  aService,
  at,
  declared,
} from '../support/builders.ts'
import { everyEvent } from '../support/every-event.ts'

const now = at('14:30:00')
const never = new AbortController().signal

/** Minutes before now in, the figure of that minute out; null where nothing was measured. */
type Figures = Readonly<Partial<Record<keyof SignalQueries, (minutesAgo: number) => number | null>>>
interface Situation {
  readonly triggers: readonly Trigger[]
  readonly figures: Figures
  readonly deployed?: number
  readonly orEarlier?: boolean
  readonly combine?: 'all'
  readonly profile?: ProfileName
  /** Null: nobody counts them. */
  readonly requests?: number | null
  /** Of the hour that is normal, where they are others. */
  readonly usualRequests?: number
  /** Share of instances that fail, by the platform. */
  readonly failing?: number
  /** An alert that asks for a rollback has fired for so many minutes. */
  readonly alerted?: number
  /** A canary has failed beside a version that does not, for so many minutes. */
  readonly canary?: number
  /** What Flagger says. */
  readonly delivered?: Delivered
  /** Numbers of the service’s own. */
  readonly limits?: OwnLimits
}

const metricsOf = (
  figures: Figures,
  { requests = 20_000, usualRequests = requests ?? undefined, canary }: Partial<Situation>,
): Metrics => ({
  source: 'Prometheus',
  async measure(_service, signal, { from, to }) {
    const value = figures[signal]?.(between(instant((from + to) / 2), now) / minutes(1))
    if (value === undefined) return { kind: 'not_configured' }
    return value === null
      ? { kind: 'no_data', query: signal }
      : {
          kind: 'value',
          value,
          requests: (to - from > minutes(5) ? usualRequests : requests) ?? undefined,
          query: signal,
        }
  },
  async curve(_service, signal, { from, to }, step) {
    const figure = figures[signal]
    if (!figure) return { kind: 'not_configured' }
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
      const moment = instant(from + index * step)
      return { at: moment, value: figure(between(moment, now) / minutes(1)) }
    })
    return { kind: 'points', points, query: signal }
  },
  async counts(_service, arm, { from, to }, step) {
    if (canary === undefined) return { kind: 'not_configured' }
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
      const moment = instant(from + index * step)
      const serves = arm === 'baseline' || between(moment, now) < minutes(canary)
      const count = serves ? (step / minutes(1)) * 1_000 : null
      const errors = count === null ? null : count * (arm === 'canary' ? 0.1 : 0.001)
      return { at: moment, requests: count, errors }
    })
    return { kind: 'counted', points, query: arm }
  },
})

function signs({ triggers, figures, ...more }: Situation) {
  const service = aService({
    signals: Object.fromEntries(Object.keys(figures).map((signal) => [signal, signal])),
    canary: more.canary
      ? { arms: { canary: 'new', baseline: 'old' }, requests: 'r', errors: 'e' }
      : undefined,
    automation: {
      mode: 'on',
      countdownMicros: seconds(30),
      triggers,
      ...(more.combine ? { combine: more.combine } : {}),
    },
  })
  const failing: Reading = {
    signal: 'failing',
    source: 'prod',
    query: 'pods',
    from: now,
    to: now,
    answer: { kind: 'value', value: more.failing ?? 0, requests: null, normal: null, instances: 9 },
  }
  return signsOf(
    {
      metrics: metricsOf(figures, more),
      policy: aPolicy({
        own: {
          checkout: {
            ...(more.profile ? { profile: more.profile } : {}),
            ...(more.limits ? { limits: more.limits } : {}),
          },
        },
      }),
      timeline: { recentIncidents: async () => [], read: async () => [] },
    },
    {
      service,
      running: aRevision('v2.3.0', {
        since: instant(now - minutes(more.deployed ?? 30)),
        ...(more.orEarlier ? { orEarlier: true } : {}),
      }),
      now,
      incident: more.alerted === undefined ? undefined : alertedFor(more.alerted),
      instances: async () => [failing],
      delivered: async () => more.delivered ?? { kind: 'none' },
    },
    never,
  )
}

const alertedFor = (ago: number) => {
  const startsAt = instant(now - minutes(ago))
  return anIncident(
    aHistory(['14:29:00', declared()], ['14:29:00', { ...everyEvent.alert_fired, startsAt }]),
  )
}

/** So much since the version went out, and as much as usual before. */
const since = (deployed: number, bad: number, good: number) => (ago: number) =>
  ago < deployed ? bad : good
const always = (value: number | null) => () => value

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
const delivered: Delivered = {
  kind: 'told',
  by: 'Flagger',
  name: 'checkout',
  isFailed: true,
  phase: 'Failed',
  why: 'Canary analysis failed, Deployment scaled to zero.',
  since: at('14:25:00'),
  asked: '/apis/flagger.app/v1beta1/namespaces/production/canaries/checkout',
}
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
      figures: { p95: always(1.2), memory: always(0.95) },
    },
  ],
  [
    'memory alone gives two minutes more',
    {
      triggers: ['memory'],
      limits: { triggerMemoryDelaySeconds: 120 },
      figures: { memory: always(0.95) },
    },
  ],
  [
    'payments close to a bound near which nobody need be asked',
    {
      triggers: ['payment-success'],
      limits: { triggerPaymentSuccessPercent: 99, triggerPaymentSuccessAskPercent: 0 },
      figures: { paymentSuccess: always(0.989) },
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
    { ...both, figures: { errorRate: badErrors, memory: always(0.95) } },
  ],
  [
    'one of them for ten minutes only',
    { ...both, figures: { errorRate: since(10, 0.08, 0.001), memory: always(0.95) } },
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
    { ...both, requests: 10, figures: { errorRate: badErrors, memory: always(0.95) } },
  ],
]

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

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/automation-signs.txt')
})

test('a canary is known by when it began to serve, as far as was looked back', async () => {
  const since = async (canary: number) =>
    (await signs({ triggers: ['canary-error-rate'], figures: {}, canary })).map(
      ({ says, fired: { servedSince } }) => [
        says,
        servedSince === undefined ? undefined : between(instant(servedSince), now) / minutes(1),
      ],
    )

  expect(await since(30)).toEqual([['canary', 30]])
  expect(await since(32)).toEqual([['canary', 35]])
  expect(await since(600)).toEqual([['canary', undefined]])
})

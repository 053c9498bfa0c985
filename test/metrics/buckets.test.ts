import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant, minutes } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { several } from '#metrics/several.ts'
import { noMetrics } from '#metrics/none.ts'
import { aService } from '../support/builders.ts'
import { type PretendPrometheus, pretendPrometheus } from './pretend-prometheus.ts'

const to = instant(1_795_237_800_000_000)
const window = { from: instant(to - minutes(10)), to }
const start = window.from / 1_000_000
let answer: unknown
let server: PretendPrometheus
beforeEach(async () => {
  server = await pretendPrometheus(() => answer)
})
afterEach(() => server.close())

type Values = readonly (readonly [number, string])[]
const matrix = (...series: readonly (readonly [Readonly<Record<string, string>>, Values])[]) => ({
  status: 'success',
  data: {
    resultType: 'matrix',
    result: series.map(([metric, values]) => ({ metric, values })),
  },
})
const arms = { canary: 'track="canary"', baseline: 'track="stable"' }
const buckets = (perSecond = 1) =>
  several(new Map([['prometheus', prometheus({ url: server.url })]]), noMetrics).buckets?.(
    aService({
      canary: {
        arms,
        requests: 'r',
        errors: 'e',
        latency: { query: 'l{$arm}[$window]', perSecond },
      },
    }),
    'canary',
    window,
    minutes(5),
    new AbortController().signal,
  )

test('asks for the buckets of one arm, and reads them by their bounds', async () => {
  answer = matrix(
    [{ le: '250' }, [[start + 300, '90.5']]],
    [{ le: '+Inf' }, [[start + 300, '100']]],
  )

  const found = await buckets(1_000)

  expect(server.asked.map(({ form }) => form.get('query'))).toEqual(['l{track="canary"}[300s]'])
  expect(found).toMatchObject({ kind: 'bucketed', query: 'l{track="canary"}[300s]' })
  expect(found?.kind === 'bucketed' && found.points.map((point) => point.buckets)).toEqual([
    null,
    new Map([
      [0.25, 90.5],
      [Infinity, 100],
    ]),
    null,
  ])
})

test('buckets without their total are not counted; no number is none', async () => {
  answer = matrix([{ le: '0.5' }, [[start, '1']]], [{ le: '+Inf' }, [[start, 'NaN']]])

  const found = await buckets()

  expect(found?.kind === 'bucketed' && found.points[0]?.buckets).toBeNull()
})

test('no series, series that no bound tells apart, and an error are different answers', async () => {
  answer = matrix()
  expect(await buckets()).toMatchObject({ kind: 'no_data' })
  answer = matrix([{}, [[start, '1']]])
  expect(await buckets()).toMatchObject({
    kind: 'unavailable',
    why: 'the query returns series that le does not tell apart: sum by (le)',
  })
  answer = { status: 'error', errorType: 'bad_data', error: 'parse error' }
  expect(await buckets()).toMatchObject({ kind: 'unavailable' })
})

test('a source that is no Prometheus is asked for no buckets', async () => {
  const found = await several(new Map(), noMetrics).buckets?.(
    aService(),
    'canary',
    window,
    minutes(5),
    new AbortController().signal,
  )

  expect(found).toEqual({ kind: 'not_configured' })
})

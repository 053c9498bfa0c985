import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant, minutes, seconds } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { aService } from '../support/builders.ts'
import { type PretendPrometheus, pretendPrometheus } from './pretend-prometheus.ts'

const to = instant(1_795_237_800_000_000)
const window = { from: instant(to - minutes(2)), to }
const start = window.from / 1_000_000
let answer: unknown
let server: PretendPrometheus
beforeEach(async () => {
  server = await pretendPrometheus(() => answer)
})
afterEach(() => server.close())

const series = (...values: readonly (readonly [number, string])[]) => ({ metric: {}, values })
const matrix = (...result: readonly unknown[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result },
})
const curve = (signals = { errorRate: 'e[$window]' }) =>
  prometheus({ url: server.url }).curve(
    aService({ signals }),
    'errorRate',
    window,
    seconds(30),
    new AbortController().signal,
  )

test('asks for every half minute, each over the time since the one before', async () => {
  answer = matrix(series([start, '0.01']))

  await curve()

  expect(server.asked[0]?.path).toBe('/api/v1/query_range')
  expect(Object.fromEntries(server.asked[0]?.form ?? [])).toEqual({
    query: 'e[30s]',
    start: '1795237680.000',
    end: '1795237800.000',
    step: '30.000',
    timeout: '5s',
  })
})

test('has a point for every step; what is missing, no number or no share is null', async () => {
  answer = matrix(
    series([start, '0.01'], [start + 30, 'NaN'], [start + 60, '7'], [start + 120, '0.06']),
  )

  expect(await curve()).toEqual({
    kind: 'points',
    query: 'e[30s]',
    points: [0.01, null, null, null, 0.06].map((value, index) => ({
      at: window.from + index * seconds(30),
      value,
    })),
  })
})

test.each([
  ['no series', matrix(), { kind: 'no_data' }],
  ['nothing but gaps', matrix(series([start, 'NaN'])), { kind: 'no_data' }],
  [
    'two series',
    matrix(series(), series()),
    { kind: 'unavailable', why: expect.stringContaining('2 series') },
  ],
  [
    'a number',
    { status: 'success', data: { resultType: 'scalar', result: [start, '1'] } },
    { kind: 'unavailable', why: 'the query returns no series over time' },
  ],
  [
    'a refusal',
    { status: 'error', errorType: 'bad_data', error: 'parse error' },
    { kind: 'unavailable', why: 'answered 200: bad_data: parse error' },
  ],
])('of %s is no curve', async (_, given, expected) => {
  answer = given

  expect(await curve()).toEqual({ query: 'e[30s]', ...expected })
})

test('nothing is asked for a signal that has no query', async () => {
  expect(await curve({} as never)).toEqual({ kind: 'not_configured' })
  expect(server.asked).toEqual([])
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant, minutes } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { aService } from '../support/builders.ts'
import { type PretendPrometheus, pretendPrometheus } from './pretend-prometheus.ts'

const to = instant(1_795_237_800_000_000)
const window = { from: instant(to - minutes(10)), to }
const start = window.from / 1_000_000
const step = minutes(5)
let answers: Readonly<Record<string, unknown>>
let server: PretendPrometheus
beforeEach(async () => {
  server = await pretendPrometheus((form) => answers[queryOf(form).slice(0, 1)])
})
afterEach(() => server.close())

const queryOf = (form: URLSearchParams): string => form.get('query') ?? ''
const matrix = (...values: readonly (readonly [number, string])[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: values.length > 0 ? [{ metric: {}, values }] : [] },
})
const canary = {
  arms: { canary: 'track="canary"', baseline: 'track="stable"' },
  requests: 'r{app="a",$arm}[$window]',
  errors: 'e{app="a",$arm}[$window]',
}
const counts = (service = aService({ canary })) =>
  prometheus({ url: server.url }).counts(
    service,
    'canary',
    window,
    step,
    new AbortController().signal,
  )

test('asks for requests and errors of one arm, each over the step before', async () => {
  answers = { r: matrix([start, '10'], [start + 300, '20.5']), e: matrix([start + 300, '1']) }

  const found = await counts()

  expect(server.asked.map(({ form }) => queryOf(form)).toSorted()).toEqual([
    'e{app="a",track="canary"}[300s]',
    'r{app="a",track="canary"}[300s]',
  ])
  expect(found).toMatchObject({
    kind: 'counted',
    points: [
      { at: window.from, requests: 10, errors: null },
      { requests: 20.5, errors: 1 },
      { at: to, requests: null, errors: null },
    ],
  })
})

test('requests without a series are no arm; errors without one are not none', async () => {
  answers = { r: matrix(), e: matrix([start, '1']) }
  expect(await counts()).toMatchObject({ kind: 'no_data' })

  answers = { r: matrix([start, '10']), e: matrix() }
  expect(await counts()).toMatchObject({ points: [{ requests: 10, errors: null }, {}, {}] })
})

test('negative and endless counts are none', async () => {
  answers = { r: matrix([start, '-1'], [start + 300, '+Inf']), e: matrix([start, 'NaN']) }

  expect(await counts()).toMatchObject({
    points: [{ requests: null, errors: null }, { requests: null }, {}],
  })
})

test('an error of either query is said', async () => {
  answers = {
    r: matrix([start, '10']),
    e: { status: 'error', errorType: 'bad_data', error: 'parse error' },
  }

  expect(await counts()).toMatchObject({
    kind: 'unavailable',
    why: 'answered 200: bad_data: parse error',
    query: 'e{app="a",track="canary"}[300s]',
  })
})

test('without configuration nobody is asked', async () => {
  expect(await counts(aService())).toEqual({ kind: 'not_configured' })
  expect(server.asked).toEqual([])
})

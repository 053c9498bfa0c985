import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Service } from '#domain/service.ts'
import { instant, minutes, seconds } from '#domain/time.ts'
import { datadog } from '#metrics/datadog.ts'
import { newRelic } from '#metrics/new-relic.ts'
import { noMetrics } from '#metrics/none.ts'
import { several } from '#metrics/several.ts'
import type { Metrics } from '#ports/metrics.ts'
import { aService } from '../support/builders.ts'
import { pretendSource, type Says } from './pretend-source.ts'

const to = instant(1_795_237_800_000_000)
const window = { from: instant(to - minutes(5)), to }
const [start, end] = [window.from / 1_000_000, to / 1_000_000]
const never = new AbortController().signal

let says: Says
let server: Awaited<ReturnType<typeof pretendSource>>
beforeEach(async () => {
  server = await pretendSource(() => says)
})
afterEach(() => server.close())

/** As Datadog answers, by its API description: points in milliseconds at the beginning of their interval. */
const points = (...values: readonly (number | null)[]) => ({
  status: 'ok',
  res_type: 'time_series',
  resp_version: 1,
  from_date: start * 1_000,
  to_date: end * 1_000,
  series: [
    {
      metric: 'trace.http.request.errors',
      display_name: 'trace.http.request.errors',
      interval: 60,
      length: values.length,
      scope: 'service:checkout',
      tag_set: [],
      pointlist: values.map((value, index) => [(start + index * 60) * 1_000, value]),
    },
  ],
  query: 'q',
  message: '',
  group_by: [],
})
/** As NerdGraph answers. */
const rows = (...results: readonly object[]) => ({
  data: { actor: { account: { nrql: { results } } } },
})

const sources = {
  Datadog: {
    make: (timeoutMs?: number) =>
      datadog({ url: server.url, apiKey: 'an-api-key', appKey: 'an-app-key', timeoutMs }),
    six: points(0.06, 0.06, null, 0.06, 0.06),
    nothing: { ...points(), series: [] },
    failed: { status: 'error', error: 'Rule ‘foo’ could not be parsed' },
    failure: 'Rule ‘foo’ could not be parsed',
    two: { ...points(), series: [...points(1).series, ...points(2).series] },
    asks: 'errors{*}.rollup(sum, 300)',
    query: 'errors{*}.rollup(sum, $window)',
  },
  'New Relic': {
    make: (timeoutMs?: number) =>
      newRelic({ url: server.url, account: 42, userKey: 'NRAK-A-KEY', timeoutMs }),
    six: rows({ 'share of errors': 0.06 }),
    nothing: rows(),
    failed: {
      data: { actor: { account: null } },
      errors: [{ message: 'NRQL Syntax Error: Error at line 1' }],
    },
    failure: 'NRQL Syntax Error: Error at line 1',
    two: rows({ count: 1 }, { count: 2 }),
    asks: 'SELECT rate(count(*), 300 seconds) FROM Transaction',
    query: 'SELECT rate(count(*), $window) FROM Transaction',
  },
} as const

const serviceWith = (query: string): Service => aService({ signals: { errorRate: query } })
const measure = (metrics: Metrics, query = 'q') =>
  metrics.measure(serviceWith(query), 'errorRate', window, never)

describe.each(Object.entries(sources))('%s', (name, { make, query, ...source }) => {
  test('gives a figure for a window, in the words it was asked', async () => {
    says = { body: source.six }

    const measured = await measure(make(), query)

    expect(measured).toEqual({
      kind: 'value',
      value: 0.06,
      requests: undefined,
      query: source.asks,
    })
    expect(make().source).toBe(name)
  })

  test('no data, a null, a fault it tells of and a doubtful answer are different, and none is a figure', async () => {
    const told = async (body: unknown, status = 200) => {
      says = { status, body }
      return measure(make())
    }

    expect(await told(source.nothing)).toMatchObject({ kind: 'no_data' })
    expect(await told(source.failed)).toMatchObject({ kind: 'unavailable', why: source.failure })
    expect(await told(source.two)).toMatchObject({
      why: expect.stringContaining('must return one'),
    })
    expect(await told('<html>Log in</html>')).toMatchObject({
      why: 'answered 200 with something that is not its format',
    })
    expect(await told({}, 403)).toMatchObject({ why: 'answered 403: the key may not do this' })
    expect(await told({}, 429)).toMatchObject({ why: 'answered 429: it is asked too often' })
  })

  test('slow and away are said, in words without an address or a key', async () => {
    says = 'hang'
    const slow = await measure(make(100))
    await server.close()
    const away = await measure(make())

    expect(slow).toMatchObject({ kind: 'unavailable', why: 'no answer within 0.1 s' })
    expect(away).toMatchObject({ kind: 'unavailable', why: 'the connection was refused' })
    expect(JSON.stringify([slow, away])).not.toMatch(/key|127\.0/i)
  })

  test('a canary is not told from what runs beside it', async () => {
    expect(await make().counts(serviceWith('q'), 'canary', window, minutes(1), never)).toEqual({
      kind: 'not_configured',
    })
  })
})

describe('Datadog', () => {
  const metrics = () => sources.Datadog.make()

  test('is asked with both keys, and seconds', async () => {
    says = { body: points(0.06) }

    await measure(metrics(), 'errors{*}')

    const [asked] = server.asked
    expect(asked).toMatchObject({
      method: 'GET',
      headers: { 'dd-api-key': 'an-api-key', 'dd-application-key': 'an-app-key' },
    })
    expect(asked?.url.pathname).toBe('/api/v1/query')
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
      from: String(start),
      to: String(end),
      query: 'errors{*}',
    })
  })

  test('a window of which most is missing is not measured', async () => {
    says = { body: points(0.06, null, null, null, null) }

    expect(await measure(metrics())).toMatchObject({
      kind: 'unavailable',
      why: 'only 1 of 5 points have a value',
    })
    says = { body: points(null, null) }
    expect(await measure(metrics())).toMatchObject({ kind: 'no_data' })
  })

  test('a figure that comes with a fault is none, though the answer is a 200', async () => {
    const told = async (fault: object) => {
      says = { body: { ...points(0.06), ...fault } }
      return measure(metrics())
    }

    expect([
      await told({ status: 'error' }),
      await told({ error: 'timed out' }),
      await told({ errors: ['only a part was read', 'try again'] }),
    ]).toMatchObject([
      { kind: 'unavailable', why: 'it says error' },
      { kind: 'unavailable', why: 'timed out' },
      { kind: 'unavailable', why: 'only a part was read; try again' },
    ])
  })

  test('a curve has its points at the end of their steps, and null where there is none', async () => {
    says = { body: points(0.01, null, 0.03) }

    const curve = await metrics().curve(serviceWith('q'), 'errorRate', window, minutes(1), never)

    expect(curve.kind === 'points' && curve.points.map(({ value }) => value)).toEqual([
      null,
      0.01,
      null,
      0.03,
      null,
      null,
    ])
  })
})

describe('New Relic', () => {
  const metrics = () => sources['New Relic'].make()

  test('is asked with the account and the key, and only for the window', async () => {
    says = { body: rows({ count: 0.5 }) }

    await measure(metrics(), 'SELECT 1 FROM T')

    const [asked] = server.asked
    expect(asked).toMatchObject({
      method: 'POST',
      headers: { 'api-key': 'NRAK-A-KEY', 'content-type': 'application/json' },
    })
    expect(JSON.parse(asked?.body ?? '{}')).toMatchObject({
      variables: {
        account: 42,
        nrql: `SELECT 1 FROM T SINCE ${start * 1_000} UNTIL ${end * 1_000}`,
      },
    })
  })

  test('a percentile is the one figure of its group; a null is no data, two figures are a mistake', async () => {
    const told = async (row: object) => {
      says = { body: rows(row) }
      return measure(metrics())
    }

    expect(await told({ 'percentile.duration': { '95': 0.21 } })).toMatchObject({ value: 0.21 })
    expect(await told({ average: null })).toMatchObject({ kind: 'no_data' })
    expect(await told({ a: 1, b: 2 })).toMatchObject({
      why: 'the query returns 2 figures; it must return one',
    })
  })

  test('a curve is asked for in steps and read at their ends', async () => {
    says = {
      body: rows(
        { beginTimeSeconds: start, endTimeSeconds: start + 60, share: 0.01 },
        { beginTimeSeconds: start + 60, endTimeSeconds: start + 120, share: null },
        { beginTimeSeconds: start + 120, endTimeSeconds: start + 180, share: 0.03 },
      ),
    }

    const curve = await metrics().curve(serviceWith('q'), 'errorRate', window, seconds(60), never)

    expect(server.asked[0]?.body).toContain('TIMESERIES 60 seconds')
    expect(curve.kind === 'points' && curve.points.map(({ value }) => value)).toEqual([
      null,
      0.01,
      null,
      0.03,
      null,
      null,
    ])
  })
})

describe('several sources', () => {
  const answering = (source: string, value: number): Metrics => ({
    ...noMetrics,
    source,
    measure: async ({ signals }, signal) => ({
      kind: 'value',
      value,
      requests: signals.throughput === undefined ? undefined : 100,
      query: signals[signal] ?? '',
    }),
  })
  const both = several(
    new Map([
      ['prometheus', answering('Prometheus', 1)],
      ['datadog', answering('Datadog', 2)],
    ]),
    noMetrics,
  )
  const service = aService({
    signals: { errorRate: 'e', p95: 'p', throughput: 't' },
    signalSources: { p95: 'datadog', cpu: 'newRelic' },
  })

  test('each signal comes from the source it names, else from the first, and is told to', async () => {
    expect(await both.measure(service, 'errorRate', window, never)).toMatchObject({ value: 1 })
    expect(await both.measure(service, 'p95', window, never)).toMatchObject({ value: 2 })
    expect(both.sourceOf?.(service, 'p95')).toBe('Datadog')
    expect(both.source).toBe('Prometheus and Datadog')
  })

  test('a source is not asked for the requests that another one counts', async () => {
    expect(await both.measure(service, 'errorRate', window, never)).toMatchObject({ requests: 100 })
    expect(await both.measure(service, 'p95', window, never)).toMatchObject({ requests: undefined })
  })

  test('a source that is not there measures nothing', async () => {
    expect(await both.measure(service, 'cpu', window, never)).toEqual({ kind: 'not_configured' })
  })
})

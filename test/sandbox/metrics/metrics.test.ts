import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromDate, instant, minutes } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { type PretendMetrics, startMetrics } from '#sandbox/metrics/index.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { aService } from '../../support/builders.ts'
import { entranceOf, manifestOf } from '../../crash/workload.ts'
import { isRolledOut, until } from '../cluster/client.ts'

let aheadMs: number
let cluster: Cluster
let metrics: PretendMetrics

const now = () => new Date(Date.now() + aheadMs)
const move = (lengthMs: number) => {
  aheadMs += lengthMs
}
const service = aService({
  signals: {
    errorRate: 'avg_over_time(service:error_rate{service="checkout"}[$window])',
    p95: 'avg_over_time(service:p95_seconds{service="checkout"}[$window])',
    throughput: 'avg_over_time(service:requests_per_second{service="checkout"}[$window])',
  },
})
/** The last five minutes, or those that ended `agoMs` earlier. */
const measure = (signal: 'errorRate' | 'p95' | 'throughput', agoMs = 0, timeoutMs = 30_000) => {
  const to = instant(fromDate(now()) - agoMs * 1_000)
  return prometheus({ url: metrics.url, timeoutMs }).measure(
    service,
    signal,
    { from: instant(to - minutes(5)), to },
    new AbortController().signal,
  )
}
const valueOf = async (signal: 'errorRate' | 'p95' | 'throughput', agoMs = 0) => {
  const measured = await measure(signal, agoMs)
  if (measured.kind !== 'value') throw new Error(`${signal}: ${JSON.stringify(measured)}`)
  return measured.value
}
const ask = async (path: string) => {
  const response = await fetch(`${metrics.url}${path}`)
  return { status: response.status, body: await response.json() }
}

beforeEach(async () => {
  aheadMs = 0
  cluster = await shopCluster({ podStartMs: 10, podStopMs: 5, now })
  metrics = await startMetrics({ cluster, now })
})
afterEach(async () => {
  await metrics.close()
  await cluster.close()
})

const minute = 60_000
const week = 7 * 24 * 60 * minute

describe('the series follow the cluster', () => {
  test('a calm day has a past: an hour ago and a week ago were normal', async () => {
    for (const ago of [0, 60 * minute, week]) {
      expect(await valueOf('errorRate', ago)).toBeCloseTo(0.001, 3)
      expect(await valueOf('p95', ago)).toBeCloseTo(0.18, 1)
      expect(await valueOf('throughput', ago)).toBeGreaterThan(200)
    }
    expect(await measure('errorRate')).toMatchObject({ requests: expect.any(Number) })
  })

  test('a bad version shows its errors and latency as soon as it serves, and the past stays calm', async () => {
    const image = shipBad(cluster, 'checkout')
    await until(cluster, () => isRolledOut(cluster, 'checkout', image))
    move(6 * minute)

    expect(await valueOf('errorRate')).toBeCloseTo(0.062, 2)
    expect(await valueOf('p95')).toBeCloseTo(0.64, 1)
    expect(await valueOf('errorRate', 10 * minute)).toBeCloseTo(0.001, 3)
  })

  test('a service that comes later has a past, too', async () => {
    const later = { name: 'later', kind: 'Deployment' } as const
    cluster.createWithPast(manifestOf(later), [
      { image: 'shop/later:1.0', at: new Date(now().getTime() - week) },
    ])
    cluster.create(entranceOf(later))

    const hourAgo = (now().getTime() - 60 * minute) / 1_000
    const query = encodeURIComponent('avg_over_time(service:error_rate{service="later"}[5m])')
    const { body } = await ask(`/api/v1/query?query=${query}&time=${hourAgo}`)
    expect(body).toMatchObject({ data: { result: [{ metric: { service: 'later' } }] } })
  })

  test('the rate is the mean of what the ready pods run', async () => {
    cluster.behave('shop/checkout:2.3.0', {
      start: { kind: 'never-ready' },
      traffic: { errorRate: 0.5, p95Seconds: 3 },
    })
    shipBad(cluster, 'checkout')
    await until(cluster, () =>
      cluster
        .pods('production')
        .some((pod) => pod.status.containerStatuses?.[0]?.image.endsWith('2.3.0') ?? false),
    )
    move(6 * minute)

    expect(await valueOf('errorRate')).toBeCloseTo(0.001, 3)
  })

  test('a version that turns bad while it serves was well before', async () => {
    move(6 * minute)
    cluster.behave('shop/checkout:2.2.1', {
      start: { kind: 'ready' },
      traffic: { errorRate: 0.048, p95Seconds: 0.2 },
    })
    move(6 * minute)

    expect(await valueOf('errorRate')).toBeCloseTo(0.048, 2)
    expect(await valueOf('errorRate', 7 * minute)).toBeCloseTo(0.001, 3)
  })

  test('where nothing serves every request fails and latency has no sample', async () => {
    cluster.behave('shop/checkout:2.2.1', { start: { kind: 'never-ready' } })
    await until(cluster, () =>
      cluster
        .pods('production')
        .filter((pod) => pod.metadata.labels?.['app'] === 'checkout')
        .every((pod) =>
          pod.status.conditions.every((one) => one.type !== 'Ready' || one.status === 'False'),
        ),
    )
    move(6 * minute)

    expect(await valueOf('errorRate')).toBe(1)
    expect(await measure('p95')).toMatchObject({ kind: 'no_data' })
  })

  test('the same question gets the same answer: noise is seeded', async () => {
    const path = `/api/v1/query?query=service:error_rate&time=${Math.floor(now().getTime() / 1_000) - 600}`
    expect(await ask(path)).toEqual(await ask(path))
  })
})

describe('the wire format', () => {
  test('an instant selector answers a vector with name, labels and text values', async () => {
    const { status, body } = await ask('/api/v1/query?query=service:p95_seconds{service="cart"}')
    expect(status).toBe(200)
    expect(body).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          {
            metric: { __name__: 'service:p95_seconds', service: 'cart' },
            value: [expect.any(Number), expect.stringMatching(/^0\.1/)],
          },
        ],
      },
    })
  })

  test('a range is a matrix, one value a step', async () => {
    const end = Math.floor(now().getTime() / 1_000)
    const { body } = await ask(
      `/api/v1/query_range?query=service:error_rate{service=~"ca.*t"}&start=${end - 60}&end=${end}&step=15s`,
    )
    expect(body).toMatchObject({
      data: { resultType: 'matrix', result: [{ metric: { service: 'cart' } }] },
    })
    const { result } = (body as { data: { result: { values: unknown[] }[] } }).data
    expect(result[0]?.values).toHaveLength(5)
  })

  test('an unknown series is an empty vector, not zero', async () => {
    expect((await ask('/api/v1/query?query=up')).body).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [] },
    })
  })

  test.each([
    'sum(rate(x[5m]))',
    'a / b',
    'service:error_rate{service=checkout}',
    'avg_over_time(service:error_rate[five])',
    '',
  ])('%s is bad data', async (query) => {
    const { status, body } = await ask(`/api/v1/query?query=${encodeURIComponent(query)}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ status: 'error', errorType: 'bad_data' })
  })

  test('too many points are refused', async () => {
    const { status } = await ask(
      '/api/v1/query_range?query=service:error_rate&start=0&end=1795237989&step=1',
    )
    expect(status).toBe(400)
  })

  test('it says that it is ready', async () => {
    expect((await fetch(`${metrics.url}/-/ready`)).status).toBe(200)
  })
})

describe('faults are different answers', () => {
  test.each([
    [{ kind: 'empty' } as const, { kind: 'no_data' }],
    [{ kind: 'nan' } as const, { kind: 'unavailable', why: 'the answer is not a number (NaN)' }],
    [{ kind: 'down' } as const, { kind: 'unavailable', why: 'the connection was cut' }],
    [
      { kind: 'unavailable' } as const,
      { kind: 'unavailable', why: 'answered 503: unavailable: starting up' },
    ],
    [
      { kind: 'slow', delayMs: 60_000 } as const,
      { kind: 'unavailable', why: 'no answer within 2 s' },
    ],
  ])('%o', async (fault, expected) => {
    metrics.fail(fault)
    expect(await measure('errorRate', 0, fault.kind === 'slow' ? 2_000 : undefined)).toMatchObject(
      expected,
    )

    metrics.fail(undefined)
    expect(await measure('errorRate')).toMatchObject({ kind: 'value' })
  })
})

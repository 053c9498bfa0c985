import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  conventional,
  conventionalCounts,
  type ConventionName,
  matchOf,
} from '#config/conventions.ts'
import { signalQueries } from '#config/signals.ts'
import type { Arm, SignalQueries } from '#domain/signals.ts'
import { fromDate, plus, seconds } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { aService } from '../support/builders.ts'
import { type MeasuredService, measuredService, type Names } from './measured-service.ts'
import { type Monitoring, startMonitoring } from './prometheus.ts'

/** As each of them exports a service `checkout` of the namespace `production`. */
const exported = {
  istio: {
    requests: 'istio_requests_total',
    took: 'istio_request_duration_milliseconds',
    perSecond: 1_000,
    of: 'reporter="destination",source_workload="ingress",destination_workload="checkout-v2",destination_service_name="checkout",destination_service_namespace="production"',
    good: 'response_code="200"',
    bad: 'response_code="503"',
    tells: true,
  },
  envoy: {
    requests: 'envoy_cluster_upstream_rq_xx',
    took: 'envoy_cluster_upstream_rq_time',
    perSecond: 1_000,
    of: 'envoy_cluster_name="checkout"',
    good: 'envoy_response_code_class="2"',
    bad: 'envoy_response_code_class="5"',
    tells: false,
  },
  'nginx-ingress': {
    requests: 'nginx_ingress_controller_requests',
    took: 'nginx_ingress_controller_request_duration_seconds',
    perSecond: 1,
    of: 'namespace="production",ingress="shop",service="checkout",host="shop.example",path="/checkout"',
    good: 'status="200"',
    bad: 'status="502"',
    tells: true,
  },
  opentelemetry: {
    requests: 'http_server_request_duration_seconds_count',
    took: 'http_server_request_duration_seconds',
    perSecond: 1,
    of: 'http_request_method="GET",http_route="/checkout"',
    good: 'http_response_status_code="200"',
    bad: 'http_response_status_code="500"',
    tells: true,
  },
  spring: {
    requests: 'http_server_requests_seconds_count',
    took: 'http_server_requests_seconds',
    perSecond: 1,
    of: 'application="checkout",method="GET",uri="/checkout"',
    good: 'status="200",outcome="SUCCESS"',
    bad: 'status="500",outcome="SERVER_ERROR"',
    tells: true,
  },
} as const satisfies Record<ConventionName, Names>

const shops = new Map<string, MeasuredService>()
let monitoring: Monitoring
beforeAll(async () => {
  for (const [name, names] of Object.entries(exported))
    shops.set(
      name,
      await measuredService(
        'checkout',
        () => ({ perSecond: 400, errors: 0, p95Seconds: 0.18 }),
        names,
      ),
    )
  // To Prometheus a service of OpenTelemetry is a job.
  const targets = [...shops].map(
    ([name, { address }]) => [name === 'opentelemetry' ? 'shop/checkout' : name, address] as const,
  )
  monitoring = await startMonitoring({ targets: Object.fromEntries(targets) })
})
afterAll(async () => {
  await monitoring.close()
  await Promise.all([...shops.values()].map((shop) => shop.close()))
})

const patience = { timeout: 30_000, interval: 250 }

describe.each(Object.keys(exported) as ConventionName[])('%s', (convention) => {
  const match: { readonly match?: string } =
    convention === 'envoy' ? { match: 'envoy_cluster_name="checkout"' } : {}
  const signals = signalQueries(
    Object.fromEntries(conventional.map((name) => [name, { convention, ...match }])),
    { service: 'checkout', namespace: 'production', workload: 'checkout' },
  )
  const value = async (signal: keyof SignalQueries): Promise<number | undefined> => {
    const to = fromDate(new Date())
    const measured = await prometheus({ url: monitoring.prometheus }).measure(
      aService({ signals }),
      signal,
      { from: plus(to, seconds(-3)), to },
      new AbortController().signal,
    )
    return measured.kind === 'value' ? measured.value : undefined
  }

  test('what never failed is measured as none that failed, and what is made ill as ill', async () => {
    await expect.poll(() => value('throughput'), patience).toBeGreaterThan(300)
    await expect.poll(() => value('errorRate'), patience).toBe(0)
    await expect.poll(() => value('p95'), patience).toBeCloseTo(0.18, 1)

    shops.get(convention)?.set({ errors: 0.25, p95Seconds: 0.7 })

    await expect.poll(() => value('errorRate'), patience).toBeCloseTo(0.25, 2)
    await expect.poll(() => value('p95'), patience).toBeGreaterThan(0.55)
  })

  test('how long the requests of an arm took is read by its bounds, in seconds', async () => {
    const counts = conventionalCounts(
      convention,
      matchOf(convention, match.match, {
        service: 'checkout',
        namespace: 'production',
        workload: 'checkout',
      }),
    )
    const arms = { canary: 'instance!=""', baseline: 'instance=""' }
    const asked = async (arm: Arm) => {
      const to = fromDate(new Date())
      return prometheus({ url: monitoring.prometheus }).buckets?.(
        aService({ canary: { arms, ...counts } }),
        arm,
        { from: plus(to, seconds(-4)), to },
        seconds(4),
        new AbortController().signal,
      )
    }
    const last = async () => {
      const found = await asked('canary')
      return found?.kind === 'bucketed' ? found.points.at(-1)?.buckets : undefined
    }

    await expect
      .poll(async () => (await last())?.get(Infinity) ?? 0, patience)
      .toBeGreaterThan(1_000)
    expect([...((await last())?.keys() ?? [])].toSorted((a, b) => a - b)).toEqual([
      0.05,
      0.1,
      0.2,
      0.3,
      0.5,
      0.8,
      1.2,
      Infinity,
    ])
    expect((await asked('baseline'))?.kind).toBe('no_data')
  })

  test('what nobody asked for wrongly is no share of them either', async () => {
    await expect.poll(() => value('clientErrors'), patience).toBe(0)
  })

  test('a service that nobody measures has no data, and no errors are made up for it', async () => {
    const to = fromDate(new Date())
    const of = { service: 'nobody', namespace: 'production', workload: 'nobody' }
    const other = convention === 'envoy' ? { match: 'envoy_cluster_name="nobody"' } : {}
    const nobody = aService({ signals: signalQueries({ errorRate: { convention, ...other } }, of) })

    const { kind } = await prometheus({ url: monitoring.prometheus }).measure(
      nobody,
      'errorRate',
      { from: plus(to, seconds(-3)), to },
      new AbortController().signal,
    )

    expect(kind).toBe('no_data')
  })
})

test('availability by `up` is whole while it is scraped, and falls when it is not', async () => {
  const availability = async () => {
    const to = fromDate(new Date())
    const measured = await prometheus({ url: monitoring.prometheus }).measure(
      aService({ signals: { availability: 'avg(avg_over_time(up{job="spring"}[$window]))' } }),
      'availability',
      { from: plus(to, seconds(-3)), to },
      new AbortController().signal,
    )
    return measured.kind === 'value' ? measured.value : undefined
  }
  await expect.poll(availability, patience).toBe(1)

  await shops.get('spring')?.close()

  await expect.poll(availability, patience).toBeLessThan(0.99)
})

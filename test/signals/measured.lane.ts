import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaults } from '#domain/assessment/limits.ts'
import { replay } from '#domain/assessment/replay.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { fromDate, plus, seconds } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { Measurement } from '#ports/metrics.ts'
import { measuredPast } from '#workflows/assessment/replay-looks.ts'
import { aService } from '../support/builders.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { type MeasuredService, measuredService } from './measured-service.ts'
import { type Monitoring, startMonitoring } from './prometheus.ts'

let shop: MeasuredService
let idle: MeasuredService
let monitoring: Monitoring
let proxy: FaultProxy
beforeAll(async () => {
  shop = await measuredService('checkout')
  idle = await measuredService('idle', () => ({ perSecond: 0, errors: 0, p95Seconds: 0.1 }))
  monitoring = await startMonitoring({ targets: { shop: shop.address, idle: idle.address } })
  proxy = await faultProxy(monitoring.prometheus)
})
afterAll(async () => {
  await proxy.close()
  await monitoring.close()
  await Promise.all([shop.close(), idle.close()])
})

const of = (service: string): SignalQueries => ({
  errorRate: `sum(rate(http_requests_total{service="${service}",code=~"5.."}[$window])) / sum(rate(http_requests_total{service="${service}"}[$window]))`,
  p95: `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service="${service}"}[$window])))`,
  throughput: `sum(rate(http_requests_total{service="${service}"}[$window]))`,
})
const never = new AbortController().signal
const window = () => {
  const to = fromDate(new Date())
  return { from: plus(to, seconds(-3)), to }
}
const measure = (
  signal: keyof SignalQueries,
  signals: Service['signals'] = of('checkout'),
  options: { readonly url?: string; readonly timeoutMs?: number } = {},
) =>
  prometheus({ url: monitoring.prometheus, ...options }).measure(
    aService({ signals }),
    signal,
    window(),
    never,
  )
const value = async (signal: keyof SignalQueries): Promise<number | undefined> => {
  const measured = await measure(signal)
  return measured.kind === 'value' ? measured.value : undefined
}
/** Scraped, reckoned and asked anew until it is so; a busy machine may take its time. */
const patience = { timeout: 30_000, interval: 250 }
const kindOf = ({ kind }: Measurement) => kind
const why = (measured: Measurement) =>
  measured.kind === 'unavailable' ? measured.why : measured.kind

test('what is well is measured as it is, with how many requests that rests on', async () => {
  await expect.poll(() => value('errorRate'), patience).toBeCloseTo(0.001, 4)
  await expect.poll(() => value('throughput'), patience).toBeGreaterThan(300)
  await expect.poll(() => value('p95'), patience).toBeCloseTo(0.18, 1)
  const measured = await measure('errorRate')

  expect(measured.kind === 'value' && measured.requests).toBeGreaterThan(900)
})

test('what is made ill is measured as ill, in figures and in the curve', async () => {
  shop.set({ errors: 0.25, p95Seconds: 0.7 })

  await expect.poll(() => value('errorRate'), patience).toBeCloseTo(0.25, 2)
  await expect.poll(() => value('p95'), patience).toBeGreaterThan(0.55)
  const { to } = window()
  const curve = await prometheus({ url: monitoring.prometheus }).curve(
    aService({ signals: of('checkout') }),
    'errorRate',
    { from: plus(to, seconds(-600)), to },
    seconds(2),
    never,
  )
  const points = curve.kind === 'points' ? curve.points.map((point) => point.value) : []
  // Before it was scraped for the first time nothing was measured, and nothing is not zero.
  expect(points[0]).toBeNull()
  expect(points.some((point) => point !== null && point > 0.1)).toBe(true)
})

test('a replay of what was measured finds when it went ill', async () => {
  const { to } = window()
  const { looks, why } = await measuredPast(
    { metrics: prometheus({ url: monitoring.prometheus }) },
    aService({ signals: of('checkout') }),
    { from: plus(to, seconds(-600)), to },
    seconds(4),
    never,
  )

  const { stretches } = replay(looks, [], defaults)

  const advised = stretches.map(({ verdict }) => verdict.advice)
  expect(why).toEqual([])
  // Before it was scraped nobody can say.
  expect(advised[0]).toBe('inconclusive')
  expect(stretches.find(({ isAlarm }) => isAlarm)?.rules).toContain('error-rate-critical')
})

test('no data, no number, too many series and nonsense are different answers, none of them a value', async () => {
  expect(kindOf(await measure('errorRate', of('nobody')))).toBe('no_data')
  // Nought by nought: no requests at all.
  await expect
    .poll(async () => why(await measure('errorRate', of('idle'))), patience)
    .toContain('NaN')
  expect(why(await measure('errorRate', { errorRate: 'up' }))).toContain('returns 2 series')
  expect(why(await measure('errorRate', { errorRate: 'rate(http_requests_total)' }))).toMatch(
    /answered 400: bad_data/,
  )
  expect(
    why(
      await measure('errorRate', {
        errorRate: 'sum(rate(http_requests_total{service="checkout"}[$window]))',
      }),
    ),
  ).toContain('is not a share')
  expect(kindOf(await measure('p95', {}))).toBe('not_configured')
})

test('a part of what it is reckoned from is missing: nothing is made of the rest', async () => {
  const { throughput } = of('checkout')
  const partial = {
    errorRate: `sum(rate(http_requests_total{service="checkout",code="418"}[$window])) / ${throughput}`,
  }

  expect(kindOf(await measure('errorRate', partial))).toBe('no_data')
})

test('what is slow, and what is cut off, is said so', async () => {
  const url = proxy.through(monitoring.prometheus)
  proxy.set({ kind: 'black hole' })
  expect(why(await measure('errorRate', of('checkout'), { url, timeoutMs: 1_000 }))).toBe(
    'no answer within 1 s',
  )
  proxy.set({ kind: 'reset' })
  expect(why(await measure('errorRate', of('checkout'), { url }))).toBe('the connection was cut')
  proxy.set({ kind: 'none' })
})

test('a service that is not scraped any more has no data, not its last figures', async () => {
  await shop.close()

  await expect.poll(async () => kindOf(await measure('errorRate')), patience).toBe('no_data')
})

test('a Prometheus that has ended is down', async () => {
  await monitoring.endPrometheus()

  expect(why(await measure('errorRate'))).toBe('the connection was refused')
})

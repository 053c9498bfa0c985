import type { Service } from '#domain/service.ts'
import type { CanaryQueries, SignalQueries } from '#domain/signals.ts'
import { instant, micros, plus } from '#domain/time.ts'
import { measurement, plausible, pointsIn, secondsOf, type Series } from './measured.ts'
import type { Buckets } from '#domain/canary/latency.ts'
import type { Bucketed, Counted, Curve, Measurement, Metrics, Window } from '#ports/metrics.ts'
import { instantQuery, type PrometheusOptions, rangeBy, rangeQuery } from './prometheus-api.ts'

/** Measures with Prometheus: each signal's query, `$window` replaced by the window's length, evaluated at the window's end. */
export function prometheus(options: PrometheusOptions): Metrics {
  return {
    source: 'Prometheus',

    async measure(service, signal, window, abort): Promise<Measurement> {
      const query = queryFor(service, signal, window)
      if (query === undefined) return { kind: 'not_configured' }
      if (secondsOf(window) <= 0) return { kind: 'no_data', query }
      const ask = (text: string) => instantQuery(options, text, window.to / 1_000_000, abort)
      const throughput = queryFor(service, 'throughput', window)
      const [reading, rate] = await Promise.all([
        ask(query),
        throughput === undefined || signal === 'throughput' ? undefined : ask(throughput),
      ])
      return measurement(signal, query, reading, signal === 'throughput' ? reading : rate, window)
    },

    async curve(service, signal, window, step, abort): Promise<Curve> {
      const seconds = inSeconds(step)
      const query = queryFor(service, signal, { from: instant(window.to - step), to: window.to })
      if (query === undefined) return { kind: 'not_configured' }
      const series = await along(options, query, window, seconds, abort)
      if (series.kind === 'failed') return { kind: 'unavailable', why: series.why, query }
      if (series.kind === 'nothing') return { kind: 'no_data', query }
      const points = Array.from({ length: pointsIn(window, seconds) }, (_, index) => ({
        at: plus(window.from, micros(index * step)),
        value: plausible(signal, series.values.get(index)),
      }))
      return { kind: 'points', points, query }
    },

    async counts({ canary }, arm, window, step, abort): Promise<Counted> {
      if (!canary) return { kind: 'not_configured' }
      const seconds = inSeconds(step)
      const queries = ([canary.requests, canary.errors] as const).map((query) =>
        armQuery(query, canary.arms[arm], seconds),
      )
      const [query = '', failing = ''] = queries
      const [requests, errors] = await Promise.all([
        along(options, query, window, seconds, abort),
        along(options, failing, window, seconds, abort),
      ])
      if (requests.kind === 'failed') return { kind: 'unavailable', why: requests.why, query }
      if (errors.kind === 'failed') return { kind: 'unavailable', why: errors.why, query: failing }
      if (requests.kind === 'nothing') return { kind: 'no_data', query }
      const points = Array.from({ length: pointsIn(window, seconds) }, (_, index) => ({
        at: plus(window.from, micros(index * step)),
        requests: countIn(requests.values.get(index)),
        errors: errors.kind === 'nothing' ? null : countIn(errors.values.get(index)),
      }))
      return { kind: 'counted', points, query: `${query}; ${failing}` }
    },

    async buckets({ canary }, arm, window, step, abort): Promise<Bucketed> {
      if (!canary?.latency) return { kind: 'not_configured' }
      const { perSecond } = canary.latency
      const seconds = inSeconds(step)
      const query = armQuery(canary.latency.query, canary.arms[arm], seconds)
      const range = { start: window.from / 1_000_000, end: window.to / 1_000_000, step: seconds }
      const found = await rangeBy('le', options, query, range, abort)
      if (found.kind === 'failed') return { kind: 'unavailable', why: found.why, query }
      if (found.kind === 'nothing') return { kind: 'no_data', query }
      const buckets = bucketsIn(found.series, range, perSecond)
      const points = Array.from({ length: pointsIn(window, seconds) }, (_, index) => ({
        at: plus(window.from, micros(index * step)),
        buckets: buckets.get(index) ?? null,
      }))
      return { kind: 'bucketed', points, query }
    },
  }
}

/** Bounds as seconds; what a histogram keeps at infinity it calls +Inf. */
const boundOf = (le: string, perSecond: number): number =>
  le === '+Inf' ? Infinity : Number(le) / perSecond

/** A point without its total counted nothing. */
function bucketsIn(
  series: ReadonlyMap<string, readonly (readonly [number, number])[]>,
  { start, step }: { readonly start: number; readonly step: number },
  perSecond: number,
): ReadonlyMap<number, Buckets> {
  const points = new Map<number, Map<number, number>>()
  for (const [le, values] of series)
    for (const [at, value] of values) {
      const index = Math.round((at - start) / step)
      const buckets = points.get(index) ?? new Map<number, number>()
      points.set(index, buckets.set(boundOf(le, perSecond), value))
    }
  return new Map([...points].filter(([, buckets]) => buckets.has(Infinity)))
}

type Along =
  | { readonly kind: 'series'; readonly values: ReadonlyMap<number, number> }
  | Exclude<Series, { readonly kind: 'series' }>

/** A series by the number of the step that each value belongs to. */
async function along(
  options: PrometheusOptions,
  query: string,
  { from, to }: Window,
  step: number,
  abort: AbortSignal,
): Promise<Along> {
  const [start, end] = [from / 1_000_000, to / 1_000_000]
  const series = await rangeQuery(options, query, { start, end, step }, abort)
  if (series.kind !== 'series') return series
  const values = series.values.map(
    ([at, value]) => [Math.round((at - start) / step), value] as const,
  )
  return { kind: 'series', values: new Map(values) }
}

const inSeconds = (step: number): number => step / 1_000_000

/** The labels hold no `$`: what stands for the arm is replaced before what stands for the time. */
const armQuery = (query: CanaryQueries['requests'], labels: string, seconds: number): string =>
  query.replaceAll('$arm', () => labels).replaceAll('$window', `${Math.ceil(seconds)}s`)

const countIn = (value: number | undefined): number | null =>
  value === undefined || value < 0 ? null : value

function queryFor(
  { signals }: Service,
  signal: keyof SignalQueries,
  window: Window,
): string | undefined {
  // Rounded up to whole seconds, which every version of Prometheus reads.
  const length = `${Math.max(1, Math.ceil(secondsOf(window)))}s`
  return signals[signal]?.replaceAll('$window', length)
}

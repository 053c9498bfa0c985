import type { Service, SignalQueries } from '#domain/service.ts'
import { between, instant, micros, plus } from '#domain/time.ts'
import type { Curve, Measurement, Metrics, Window } from '#ports/metrics.ts'
import { instantQuery, type PrometheusOptions, rangeQuery, type Reading } from './prometheus-api.ts'

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
      const seconds = step / 1_000_000
      const query = queryFor(service, signal, { from: instant(window.to - step), to: window.to })
      if (query === undefined) return { kind: 'not_configured' }
      const [start, end] = [window.from / 1_000_000, window.to / 1_000_000]
      const series = await rangeQuery(options, query, { start, end, step: seconds }, abort)
      if (series.kind === 'failed') return { kind: 'unavailable', why: series.why, query }
      if (series.kind === 'nothing') return { kind: 'no_data', query }
      const measured = new Map(
        series.values.map(([at, value]) => [Math.round((at - start) / seconds), value]),
      )
      const count = Math.floor((end - start) / seconds) + 1
      const points = Array.from({ length: count }, (_, index) => ({
        at: plus(window.from, micros(index * step)),
        value: plausible(signal, measured.get(index)),
      }))
      return { kind: 'points', points, query }
    },
  }
}

function queryFor(
  { signals }: Service,
  signal: keyof SignalQueries,
  window: Window,
): string | undefined {
  // Rounded up to whole seconds, which every version of Prometheus reads.
  const length = `${Math.max(1, Math.ceil(secondsOf(window)))}s`
  return signals[signal]?.replaceAll('$window', length)
}

const secondsOf = ({ from, to }: Window): number => between(from, to) / 1_000_000

function measurement(
  signal: keyof SignalQueries,
  query: string,
  reading: Reading,
  rate: Reading | undefined,
  window: Window,
): Measurement {
  switch (reading.kind) {
    case 'nothing':
      return { kind: 'no_data', query }
    case 'failed':
      return { kind: 'unavailable', why: reading.why, query }
    case 'number': {
      const why = implausible(signal, reading.value)
      if (why !== undefined) return { kind: 'unavailable', why, query }
      const requests =
        rate?.kind === 'number' && rate.value >= 0
          ? Math.round(rate.value * secondsOf(window))
          : undefined
      return { kind: 'value', value: reading.value, requests, query }
    }
  }
}

const plausible = (signal: keyof SignalQueries, value: number | undefined): number | null =>
  value === undefined || implausible(signal, value) !== undefined ? null : value

/** A share above 1 is requests per second in disguise, the usual mistake in such queries. */
function implausible(signal: keyof SignalQueries, value: number): string | undefined {
  if (value < 0) return `the answer ${value} is negative`
  if (signal === 'errorRate' && value > 1)
    return `the answer ${value} is not a share between 0 and 1: divide errors by requests`
  return undefined
}

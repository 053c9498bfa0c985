import type { Service } from '#domain/service.ts'
import type { MetricSource, SignalQueries } from '#domain/signals.ts'
import type { Metrics } from '#ports/metrics.ts'

/** Each signal from the source that the service names for it, else from the first. What a canary serves is asked of Prometheus. */
export function several(sources: ReadonlyMap<MetricSource, Metrics>, none: Metrics): Metrics {
  const [first = none] = sources.values()
  const of = ({ signalSources }: Service, signal: keyof SignalQueries): Metrics => {
    const named = signalSources?.[signal]
    return named === undefined ? first : (sources.get(named) ?? none)
  }
  return {
    source: [...sources.values()].map(({ source }) => source).join(' and ') || none.source,
    sourceOf: (service, signal) => of(service, signal).source,
    measure: (service, signal, ...rest) =>
      of(service, signal).measure(within(service, of, signal), signal, ...rest),
    curve: (service, signal, ...rest) => of(service, signal).curve(service, signal, ...rest),
    counts: (...given) => (sources.get('prometheus') ?? none).counts(...given),
    buckets: async (...given) =>
      (await sources.get('prometheus')?.buckets?.(...given)) ?? { kind: 'not_configured' },
  }
}

/** How many requests there were is asked together with a signal, and only of a source that can know. */
function within(
  service: Service,
  of: (service: Service, signal: keyof SignalQueries) => Metrics,
  signal: keyof SignalQueries,
): Service {
  if (of(service, signal) === of(service, 'throughput')) return service
  const { throughput: _, ...signals } = service.signals
  return { ...service, signals }
}

import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { sourcesOf } from '#config/metrics.ts'
import { type Service } from '#domain/service.ts'
import { type SignalQueries, signalNames } from '#domain/signals.ts'
import { fromDate, instant, minutes } from '#domain/time.ts'
import type { Finding } from '#ports/finding.ts'
import type { Measurement } from '#ports/metrics.ts'
import type { Told } from '../config.ts'
import { metricsOf } from '../outside.ts'

/** Long enough that a quiet service had some traffic. */
const window = minutes(30)

/** Whether each configured query is understood and returns something: without, no recovery can be proven. */
export function metricsPart(content: ConfigFileContent & Pick<Told, 'metricKeys'>): Part {
  const isMeasured = sourcesOf(content.metrics).length > 0
  const where = content.metrics.prometheus?.url ?? sourcesOf(content.metrics).join(' and ')
  return {
    about: 'Metrics',
    async look(signal) {
      const queries = [...content.catalogue.values()].flatMap((service) =>
        names.filter((name) => service.signals[name]).map((name) => ({ service, name })),
      )
      if (!isMeasured)
        return [
          {
            result: queries.length > 0 ? 'wrong' : 'note',
            text: 'nothing that measures is configured: a rollback cannot be shown to have helped',
            remedy: 'name a Prometheus, Datadog, New Relic or CloudWatch under metrics',
          },
        ]
      const metrics = metricsOf(content)
      const to = fromDate(new Date())
      const asked = await Promise.all(
        queries.map(async ({ service, name }) => ({
          service,
          name,
          source: metrics.sourceOf?.(service, name) ?? metrics.source,
          measured: await metrics.measure(
            service,
            name,
            { from: instant(to - window), to },
            signal,
          ),
        })),
      )
      return findingsOf(where, asked)
    },
  }
}

const names: readonly (keyof SignalQueries)[] = signalNames

interface Asked {
  readonly service: Service
  readonly name: keyof SignalQueries
  readonly source: string
  readonly measured: Measurement
}

function findingsOf(url: string, asked: readonly Asked[]): readonly Finding[] {
  if (asked.length === 0)
    return [
      {
        result: 'note',
        text: 'no service has signals: a rollback cannot be shown to have helped',
        remedy: 'add errorRate and p95 to the services',
      },
    ]
  const faults = asked.flatMap(({ service, name, source, measured }) => {
    const why = faultOf(measured)
    return why === undefined ? [] : [{ what: `${service.id}: ${name}`, source, why }]
  })
  const [first] = faults
  // One reason for all of them is Prometheus itself, not the queries.
  if (first && faults.length === asked.length && faults.every(({ why }) => why === first.why))
    return [
      {
        result: 'wrong',
        text: `all ${asked.length} queries to ${url} fail: ${first.why}`,
        remedy: 'check the address, and that this machine reaches it',
      },
    ]
  const good = asked.length - faults.length
  return [
    ...(good > 0
      ? [{ result: 'fine', text: `${good} of ${asked.length} queries return a number` } as const]
      : []),
    ...faults.map(({ what, source, why }) => ({
      result: 'wrong' as const,
      text: `${what} ${why}`,
      remedy: `try the query in ${source}, with 30m for $window`,
    })),
  ]
}

function faultOf(measured: Measurement): string | undefined {
  switch (measured.kind) {
    case 'value':
    case 'not_configured':
      return undefined
    case 'no_data':
      return 'returns nothing for the last 30 min'
    case 'unavailable':
      return `cannot be measured: ${measured.why}`
  }
}

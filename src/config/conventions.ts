import type { CanaryQueries, SignalQueries } from '#domain/signals.ts'

/** How a mesh, an ingress or a library names what it counts. */
interface Convention {
  /** The counter of requests. */
  readonly requests: string
  /** Of those that failed: 5xx, timeouts among them. */
  readonly failed: string
  /** Of those that were refused: 4xx. */
  readonly refused: string
  /** The histogram of how long they took. */
  readonly took: string
  /** How much of its unit is a second. */
  readonly perSecond: number
  /** Of those that succeeded; none where the histogram does not tell them apart. */
  readonly succeeded?: string
  /** Whose requests they are, where the file does not say; it must where there is none. */
  readonly match?: (of: Named) => string
}

/** What a service is called: by people, and where it runs. */
export interface Named {
  readonly service: string
  readonly namespace: string
  readonly workload: string
}

/** Envoy counts by class and not by code; what OpenTelemetry calls a service is a job to Prometheus, its namespace before it. */
const conventions = {
  istio: {
    requests: 'istio_requests_total',
    failed: 'response_code=~"5.."',
    refused: 'response_code=~"4.."',
    took: 'istio_request_duration_milliseconds_bucket',
    perSecond: 1_000,
    succeeded: 'response_code=~"[23].."',
    match: ({ namespace, workload }) =>
      `reporter="destination",destination_service_namespace="${namespace}",destination_service_name="${workload}"`,
  },
  envoy: {
    requests: 'envoy_cluster_upstream_rq_xx',
    failed: 'envoy_response_code_class="5"',
    refused: 'envoy_response_code_class="4"',
    took: 'envoy_cluster_upstream_rq_time_bucket',
    perSecond: 1_000,
  },
  'nginx-ingress': {
    requests: 'nginx_ingress_controller_requests',
    failed: 'status=~"5.."',
    refused: 'status=~"4.."',
    took: 'nginx_ingress_controller_request_duration_seconds_bucket',
    perSecond: 1,
    succeeded: 'status=~"[23].."',
    match: ({ namespace, workload }) => `namespace="${namespace}",service="${workload}"`,
  },
  opentelemetry: {
    requests: 'http_server_request_duration_seconds_count',
    failed: 'http_response_status_code=~"5.."',
    refused: 'http_response_status_code=~"4.."',
    took: 'http_server_request_duration_seconds_bucket',
    perSecond: 1,
    succeeded: 'http_response_status_code=~"[23].."',
    match: ({ service }) => `job=~"(.+/)?${service}"`,
  },
  spring: {
    requests: 'http_server_requests_seconds_count',
    failed: 'status=~"5.."',
    refused: 'status=~"4.."',
    took: 'http_server_requests_seconds_bucket',
    perSecond: 1,
    succeeded: 'status=~"[23].."',
    match: ({ service }) => `application="${service}"`,
  },
} as const satisfies Readonly<Record<string, Convention>>
export type ConventionName = keyof typeof conventions
export const conventionNames = Object.keys(conventions) as [ConventionName, ...ConventionName[]]

export const needsMatch = (name: ConventionName): boolean => !('match' in conventions[name])

/** Signals that every convention can tell. */
export const conventional = [
  'errorRate',
  'p95',
  'p99',
  'clientErrors',
  'throughput',
] as const satisfies readonly (keyof SignalQueries)[]
export type Conventional = (typeof conventional)[number]

/** Whose requests a convention counts: as the file says it, else as the service is called. */
export function matchOf(name: ConventionName, match: string | undefined, of: Named): string {
  const { match: usual }: Convention = conventions[name]
  return match ?? usual?.(of) ?? ''
}

/** The query of a signal. Where nothing failed there is no series of failures: that is none, as long as requests were counted at all. */
export function conventionalQuery(
  signal: Conventional,
  name: ConventionName,
  match: string,
): string {
  const { requests, failed, refused } = conventions[name]
  const all = `sum(rate(${requests}{${match}}[$window]))`
  const share = (of: string) =>
    `(sum(rate(${requests}{${match},${of}}[$window])) or 0 * ${all}) / ${all}`
  switch (signal) {
    case 'errorRate':
      return share(failed)
    case 'clientErrors':
      return share(refused)
    case 'throughput':
      return all
    case 'p95':
      return quantile(0.95, conventions[name], match)
    case 'p99':
      return quantile(0.99, conventions[name], match)
  }
}

function quantile(share: number, convention: Convention, match: string) {
  const { took, perSecond } = convention
  const labels = timed(convention, match)
  const value = `histogram_quantile(${share}, sum by (le) (rate(${took}{${labels}}[$window])))`
  return perSecond === 1 ? value : `${value} / ${perSecond}`
}

/** Of those whose time counts, where that can be told. */
const timed = ({ succeeded }: Convention, match: string): string =>
  succeeded === undefined ? match : `${match},${succeeded}`

/** Counts of one arm of a canary. */
export function conventionalCounts(
  name: ConventionName,
  match: string,
): Required<Pick<CanaryQueries, 'requests' | 'errors' | 'latency'>> {
  const { requests, failed, took, perSecond } = conventions[name]
  const labels = timed(conventions[name], match)
  const all = `sum(increase(${requests}{${match},$arm}[$window]))`
  return {
    requests: all,
    errors: `sum(increase(${requests}{${match},${failed},$arm}[$window])) or 0 * ${all}`,
    latency: {
      query: `sum by (le) (increase(${took}{${labels},$arm}[$window]))`,
      perSecond,
    },
  }
}

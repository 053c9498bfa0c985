import type { ClusterSource } from '#config/file.ts'
import { type Connection, connect } from '#executors/kubernetes/connection.ts'
import { noMetrics } from '#metrics/none.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Config } from './config.ts'

/** A cluster of the configuration. Throws one sentence when its kubeconfig cannot be used; asks nobody. */
export function connectTo(source: ClusterSource): Connection {
  if (source.kind === 'in-cluster') return connect({ inCluster: true })
  return connect({
    ...(source.path === undefined ? {} : { kubeconfig: source.path }),
    ...(source.context === undefined ? {} : { context: source.context }),
  })
}

export const metricsOf = ({ metrics }: Pick<Config, 'metrics'>): Metrics =>
  metrics.prometheus ? prometheus({ url: metrics.prometheus.url }) : noMetrics

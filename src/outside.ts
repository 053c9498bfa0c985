import type { ClusterSource } from '#config/file.ts'
import { type Connection, connect } from '#executors/kubernetes/connection.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Config } from './config.ts'

/** The cluster of that name in the configuration. Throws one sentence when its kubeconfig cannot be used; asks nobody. */
export function connectTo(name: string, source: ClusterSource): Connection {
  try {
    return connect(sourceOf(source))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cluster ${name}: ${why}.`, { cause })
  }
}

function sourceOf(source: ClusterSource) {
  if (source.kind === 'in-cluster') return { inCluster: true }
  return {
    ...(source.path === undefined ? {} : { kubeconfig: source.path }),
    ...(source.context === undefined ? {} : { context: source.context }),
  }
}

export const metricsOf = ({ metrics }: Pick<Config, 'metrics'>): Metrics =>
  metrics.prometheus
    ? prometheus({ url: metrics.prometheus.url })
    : { measure: async () => ({ kind: 'not_configured' }) }

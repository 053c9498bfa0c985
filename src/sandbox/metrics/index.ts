import type { Cluster } from '#sandbox/cluster/index.ts'
import { serveHealth } from './health.ts'
import { type Elsewhere, recordHistory } from './history.ts'
import { type Fault, serveMetrics } from './server.ts'
import { sampleAt } from './series.ts'

interface Options {
  readonly cluster: Cluster
  readonly namespace?: string
  readonly port?: number
  readonly now?: () => Date
  readonly seed?: string
  /** What runs outside of the cluster is measured, too. */
  readonly elsewhere?: Elsewhere | undefined
}

export type PretendMetrics = Awaited<ReturnType<typeof startMetrics>>

/** A Prometheus whose series follow what the pretend cluster runs, on the sandbox's clock, and the services' health URLs. */
export async function startMetrics(options: Options) {
  const now = options.now ?? (() => new Date())
  const { cluster, namespace = 'production', elsewhere } = options
  const history = recordHistory(cluster, namespace, now, elsewhere)
  const parts = {
    history,
    behaviourOf: cluster.behaviourOf,
    seed: options.seed ?? 'countermand',
  }
  let fault: Fault | undefined
  const server = await serveMetrics({
    source: {
      services: history.services,
      sample: (name, service, at, track) => sampleAt(parts, name, service, at, track),
      now: () => now().getTime(),
    },
    fault: () => fault,
    beside: (app) => serveHealth(app, cluster, namespace, elsewhere),
    port: options.port ?? 0,
  })
  return {
    /** Prometheus' API; the services' health is at `<url>/<service>/health`. */
    url: server.url,
    /** Until called again: no data, not-a-number, late, refusing, or not there at all. */
    fail(next: Fault | undefined): void {
      fault = next
    },
    async close(): Promise<void> {
      history.close()
      await server.close()
    },
  }
}

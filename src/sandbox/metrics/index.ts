import type { Cluster } from '#sandbox/cluster/index.ts'
import { recordHistory } from './history.ts'
import { type Fault, serveMetrics } from './server.ts'
import { sampleAt } from './series.ts'

interface Options {
  readonly cluster: Cluster
  readonly namespace?: string
  readonly port?: number
  readonly now?: () => Date
  readonly seed?: string
}

export type PretendMetrics = Awaited<ReturnType<typeof startMetrics>>

/** A Prometheus whose series follow what the pretend cluster runs, on the sandbox's clock. */
export async function startMetrics(options: Options) {
  const now = options.now ?? (() => new Date())
  const history = recordHistory(options.cluster, options.namespace ?? 'production', now)
  const parts = {
    history,
    behaviourOf: options.cluster.behaviourOf,
    seed: options.seed ?? 'countermand',
  }
  let fault: Fault | undefined
  const server = await serveMetrics(
    {
      services: history.services,
      sample: (name, service, at) => sampleAt(parts, name, service, at),
      now: () => now().getTime(),
    },
    () => fault,
    options.port ?? 0,
  )
  return {
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

import { alone, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { benchCluster } from './rollback/cluster.ts'
import { startProduct } from './rollback/product.ts'
import { countingProxy } from './rollback/proxy.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const warmUp = 1
const goal = { atMost: 1_000 }

/** How long it takes, by the record, until a real cluster refuses the deploys of others, and until it takes them again. */
export async function freeze(): Promise<readonly Result[]> {
  const cluster = await benchCluster()
  const proxy = await countingProxy(cluster.client, cluster.token)
  const services = Array.from({ length: rounds + warmUp }, (_, at) => ({
    name: `web${at}`,
    namespace: cluster.namespaceOf(`web${at}`),
  }))
  const raised: number[] = []
  const lifted: number[] = []
  try {
    await withDatabase(async (database) => {
      const product = await startProduct(database, proxy.url, services, true)
      try {
        for (const { name, namespace } of services) {
          await cluster.create(namespace, 4, true)
          await product.trust(name)
          await cluster.ship(namespace, '2')
          raised.push(await product.freeze(name))
          await mustTakeDeploys(namespace, false)
          lifted.push(await product.lift(name))
          await mustTakeDeploys(namespace, true)
          await cluster.remove(namespace)
        }
      } finally {
        await product.close()
      }
    })
  } finally {
    await proxy.close()
    await cluster.close()
  }
  return [
    alone({
      what: 'raising a freeze',
      unit: 'ms',
      name: 'plan recorded to the cluster refusing',
      samples: raised.slice(warmUp),
      goal,
    }),
    alone({
      what: 'lifting a freeze',
      unit: 'ms',
      name: 'order recorded to the cluster taking',
      samples: lifted.slice(warmUp),
      goal,
    }),
  ]

  /** Whatever the record says. */
  async function mustTakeDeploys(namespace: string, wanted: boolean): Promise<void> {
    if ((await cluster.takesDeploys(namespace)) !== wanted)
      throw new Error(`deploys in ${namespace} are ${wanted ? 'still' : 'not'} refused`)
  }
}

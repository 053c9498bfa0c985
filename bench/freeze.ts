import { alone, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { benchCluster } from './rollback/cluster.ts'
import { startProduct } from './rollback/product.ts'
import { countingProxy } from './rollback/proxy.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const warmUp = 1
const goal = { atMost: 1_000 }
type Moment = (typeof moments)[number][0]
const moments = [
  ['raised', 'raising a freeze', 'plan recorded to the cluster refusing'],
  ['lifted', 'lifting a freeze', 'order recorded to the cluster taking'],
  ['held', 'holding a version', 'hold recorded to the cluster refusing'],
  ['released', 'releasing a version', 'order recorded to the cluster taking'],
] as const

/** How long it takes, by the record, until a real cluster refuses all deploys of others, or one version, and until it takes them again. */
export async function freeze(): Promise<readonly Result[]> {
  const cluster = await benchCluster()
  const proxy = await countingProxy(cluster.client, cluster.token)
  const services = Array.from({ length: rounds + warmUp }, (_, at) => ({
    name: `web${at}`,
    namespace: cluster.namespaceOf(`web${at}`),
  }))
  const took = { raised: [], lifted: [], held: [], released: [] } as Record<Moment, number[]>
  try {
    await withDatabase(async (database) => {
      const product = await startProduct(database, proxy.url, services, true)
      try {
        for (const { name, namespace } of services) {
          await cluster.create(namespace, 4, true)
          await product.trust(name)
          await cluster.ship(namespace, '2')
          took.raised.push(await product.freeze(name))
          await mustTakeDeploys(namespace, '3', false)
          took.lifted.push(await product.lift(name))
          await mustTakeDeploys(namespace, '3', true)
          took.held.push(await product.hold(name))
          await mustTakeDeploys(namespace, '2', false)
          await mustTakeDeploys(namespace, '3', true)
          took.released.push(await product.release(name))
          await mustTakeDeploys(namespace, '2', true)
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
  return moments.flatMap(([moment, what, name]) => {
    const samples = took[moment].slice(warmUp)
    // What is promised is promised of each.
    const slowest = [Math.max(...samples)]
    return [
      alone({ what, unit: 'ms', name, samples }),
      alone({ what: `${what}: the slowest`, unit: 'ms', name, samples: slowest, goal }),
    ]
  })

  /** Whatever the record says. */
  async function mustTakeDeploys(namespace: string, tag: string, wanted: boolean): Promise<void> {
    if ((await cluster.takesDeploys(namespace, tag)) !== wanted)
      throw new Error(`web:${tag} in ${namespace} is ${wanted ? 'still' : 'not'} refused`)
  }
}

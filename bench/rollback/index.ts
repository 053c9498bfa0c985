import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { kubeconfig } from '../../test/control-plane/kubeconfig.ts'
import { alone, compare, type Result } from '../harness/compare.ts'
import { withDatabase } from '../harness/database.ts'
import { figuresOf } from '../harness/figures.ts'
import { once } from '../harness/timing.ts'
import { type BenchCluster, benchCluster } from './cluster.ts'
import { startProduct } from './product.ts'
import { type Call, countingProxy } from './proxy.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
const warmUp = 1
const sizes = [4, 20] as const
const run = promisify(execFile)

/** `kubectl rollout undo && kubectl rollout status` against approval → carried out by the whole product, on one real cluster. */
export async function rollback(): Promise<readonly Result[]> {
  const cluster = await benchCluster()
  const folder = mkdtempSync(join(tmpdir(), 'countermand-bench-kubectl-'))
  const [botProxy, kubectlProxy] = await Promise.all([
    countingProxy(cluster.client, cluster.token),
    countingProxy(cluster.client, cluster.token),
  ])
  const config = join(folder, 'kubeconfig')
  writeFileSync(config, kubeconfig({ url: kubectlProxy.url, ca: '', token: 'by-the-proxy' }))
  const names = sizes.flatMap((size) =>
    Array.from({ length: rounds + warmUp }, (_, at) => `web${size}-${at}`),
  )
  const services = names.map((name) => ({ name, namespace: cluster.namespaceOf(name) }))
  try {
    return await withDatabase(async (database) => {
      const product = await startProduct(database, botProxy.url, services)
      try {
        const results: Result[] = []
        for (const size of sizes) {
          const next = services.filter(({ name }) => name.startsWith(`web${size}-`)).values()
          const counted = { bot: [] as Counts[], kubectl: [] as Counts[] }
          const bot = async () => {
            const { name, namespace } = next.next().value ?? { name: '', namespace: '' }
            await prepare(cluster, namespace, size, () => product.trust(name))
            const { approved, completed } = await product.rollBack(name)
            await mustBeBack(cluster, namespace)
            counted.bot.push(countsOf(botProxy.calls, namespace, approved, completed))
            await cluster.remove(namespace)
            return [completed - approved]
          }
          const kubectl = async () => {
            const namespace = cluster.namespaceOf(`undo${size}-${counted.kubectl.length}`)
            await prepare(cluster, namespace, size)
            const began = Date.now()
            const rollout = (verb: string) =>
              run(cluster.kubectl, [
                `--kubeconfig=${config}`,
                `--namespace=${namespace}`,
                'rollout',
                verb,
                'deployment/web',
              ])
            const took = await once(async () => {
              await rollout('undo')
              await rollout('status')
            })
            await mustBeBack(cluster, namespace)
            counted.kubectl.push(countsOf(kubectlProxy.calls, '', began, began + took))
            await cluster.remove(namespace)
            return [took]
          }
          const result = await compare({
            what: `rollback of ${size} replicas`,
            unit: 'ms',
            goal: { atMost: 1 },
            rounds,
            warmUp,
            ours: { name: 'approval to execution completed', round: bot },
            theirs: { name: 'kubectl rollout undo && rollout status', round: kubectl },
          })
          const notes = [said('ours', counted.bot), said('kubectl', counted.kubectl)]
          results.push({ ...result, notes })
          results.push(
            alone({
              what: `API writes for ${size} replicas`,
              unit: 'calls',
              name: 'ours, against those of kubectl',
              samples: counted.bot.map(({ write }) => write),
              goal: { atMost: figuresOf(counted.kubectl.map(({ write }) => write)).median },
            }),
          )
        }
        return results
      } finally {
        await product.close()
      }
    })
  } finally {
    await Promise.all([botProxy.close(), kubectlProxy.close()])
    await cluster.close()
    rmSync(folder, { recursive: true })
  }
}

/** One version was good, another has just been shipped. */
async function prepare(
  cluster: BenchCluster,
  namespace: string,
  replicas: number,
  whileGood: () => Promise<void> = async () => undefined,
): Promise<void> {
  await cluster.create(namespace, replicas)
  await whileGood()
  await cluster.ship(namespace, '2')
}

async function mustBeBack(cluster: BenchCluster, namespace: string): Promise<void> {
  const image = await cluster.image(namespace)
  if (image !== 'web:1') throw new Error(`${namespace} runs ${image} and was to run web:1`)
}

type Counts = Readonly<Record<Call['kind'], number>>

/** What was asked of the API server about one namespace between two moments; what names none counts, too. */
function countsOf(calls: readonly Call[], namespace: string, from: number, to: number): Counts {
  const counts = { read: 0, watch: 0, write: 0, 'dry run': 0 }
  for (const { kind, path, at } of calls) {
    const named = /\/namespaces\/(bench-[\w-]+)/.exec(path)?.[1] ?? namespace
    if (at >= Math.floor(from) && at <= to && (namespace === '' || named === namespace))
      counts[kind] += 1
  }
  return counts
}

function said(who: string, all: readonly Counts[]): string {
  const middle = (kind: Call['kind']) => figuresOf(all.map((counts) => counts[kind])).median
  return `API calls of ${who}: ${middle('write')} writes, ${middle('dry run')} dry runs, ${middle('read')} reads, ${middle('watch')} watches`
}

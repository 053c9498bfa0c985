import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet'
export const kinds: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet']

export const signal = () => AbortSignal.timeout(15_000)
const hour = 3_600_000

export interface Setup {
  readonly kind?: Kind
  readonly replicas?: number
  /** Oldest first; each ran for two hours, the last one since an hour ago. */
  readonly images?: readonly string[]
  readonly metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  readonly spec?: Record<string, unknown>
  readonly container?: Record<string, unknown>
}

export type World = Awaited<ReturnType<typeof aWorld>>

/** A pretend cluster with checkout in production and a fresh executor that knows it only over HTTP. */
export async function aWorld(setup: Setup = {}) {
  const kind = setup.kind ?? 'Deployment'
  const cluster = await startCluster({ podStartMs: 20, podStopMs: 10 })
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  populate(cluster, kind, setup)
  const record = memoryRevisions()
  const scrub = (text: string) => text.replaceAll('hunter2', '***')
  /** Another process: nothing is carried over but the record. */
  const freshExecutor = (from = kubeconfig): Executor => {
    const api = kubernetesApi(connect({ kubeconfig: from }), { requestTimeoutMs: 500 })
    const executors = makeExecutors({
      kubernetes: {
        clusters: new Map([['prod', api]]),
        revisions: record.revisions,
        servedLongMicros: 30 * 60 * 1_000_000,
        scrub,
      },
    })
    const executor = executors.get('kubernetes')
    if (!executor) throw new Error('no Kubernetes executor')
    return executor
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: 'kubernetes',
    workload: workloadId(`prod/production/${kind.toLowerCase()}/checkout`),
    title: `prod/production ${kind.toLowerCase()} checkout`,
    spec: { cluster: 'prod', namespace: 'production', kind: kind.toLowerCase(), name: 'checkout' },
  }
  const observe = () => executor.observe(target, signal())
  /** The revision of that name, among what runs and what could. */
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found)
      throw new Error(`no revision ${name} among ${history.map((one) => one.name).join(', ')}`)
    return found.id
  }
  return {
    cluster,
    kind,
    executor,
    freshExecutor: () => freshExecutor(),
    /** One that reaches the same cluster by another address. */
    async executorAt(url: string): Promise<Executor> {
      const path = join(folder, 'other')
      await writeFile(path, cluster.kubeconfig().replace(cluster.url, url))
      return freshExecutor(path)
    },
    target,
    record,
    observe,
    kubeconfig,
    workload: () => {
      const found = cluster.get(kind, 'production', 'checkout')
      if (!found) throw new Error('checkout is gone')
      return found
    },
    image: () =>
      cluster.get(kind, 'production', 'checkout')?.spec.template.spec.containers[0]?.image,
    ship: (tag: string) => cluster.setImage(kind, 'production', 'checkout', `shop/checkout:${tag}`),
    /** As somebody else with the same rights would. */
    async request(method: string, path: string, body?: unknown): Promise<void> {
      const response = await fetch(`${cluster.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${cluster.adminToken}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(await response.text())
    },
    path: `/apis/apps/v1/namespaces/production/${kind.toLowerCase()}s/checkout`,
    patches: () =>
      cluster.requests.filter(
        ({ method, query }) => method === 'PATCH' && !query.includes('dryRun'),
      ),
    revision,
    async routeTo(name: string) {
      const observed = await observe()
      const to = [observed.running, ...observed.history].find((one) => one.name === name)
      if (!to) throw new Error(`no revision ${name}`)
      return executor.route(target, observed, to.id, 'rb_1', signal())
    },
    verify: async (name: string) =>
      executor.verify(target, { id: await revision(name), images: [] }, signal()),
    async close() {
      await cluster.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Everything a change went through, to its end. */
export async function followed(executor: Executor, step: Step): Promise<readonly Progress[]> {
  const seen: Progress[] = []
  for await (const progress of executor.progress(step.change, signal())) seen.push(progress)
  return seen
}

/** Waits for a state of the cluster instead of for a time. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!(await isTrue())) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function populate(cluster: Cluster, kind: Kind, setup: Setup): void {
  const images = setup.images ?? ['shop/checkout:2.2.1', 'shop/checkout:2.3.0']
  const labels = { app: 'checkout' }
  const now = Date.now()
  const versions = images.map((image, index) => ({
    image,
    at: new Date(now - hour - (images.length - 1 - index) * 2 * hour),
  }))
  const [first, ...later] = versions
  if (!first) throw new Error('a workload has a version')
  cluster.createWithPast(
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'checkout', namespace: 'production', ...setup.metadata },
      spec: {
        ...(kind === 'DaemonSet' ? {} : { replicas: setup.replicas ?? 3 }),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'app',
                image: first.image,
                env: [{ name: 'PASSWORD', value: 'hunter2' }],
                ...setup.container,
              },
            ],
            terminationGracePeriodSeconds: 1,
          },
        },
        ...setup.spec,
      },
    },
    [first, ...later],
  )
  cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'checkout', namespace: 'production' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  })
}

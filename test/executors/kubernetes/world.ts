import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import type { Waits } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import { podsEach } from '../../clusters/backend.ts'
import { isReal, type TestedCluster, testedCluster } from '../../clusters/tested-cluster.ts'
import { testedApi } from '../../clusters/tested-api.ts'
import { waits } from '../../clusters/waits.ts'
import { memoryRevisions, revisionsOfEach } from '../../support/memory-revisions.ts'

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet'
export const kinds: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet']

/** Ends what hangs; how fast a busy machine is decides nothing here. */
export const signal = () => AbortSignal.timeout(45_000)
/** The real one answers over TLS from processes that share this machine. */
const lookAgainMs = isReal ? 50 : 5
const usualMs = isReal ? 1_500 : 10_000

export interface Setup {
  readonly kind?: Kind
  readonly replicas?: number
  /** Oldest first; each ran for two hours, the last one since an hour ago. A real cluster keeps no false dates: there the record says so. */
  readonly images?: readonly string[]
  readonly metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  readonly spec?: Record<string, unknown>
  readonly container?: Record<string, unknown>
  /** What the configuration names beside it. */
  readonly canary?: { readonly deployment: string }
  /** Requests are given up before an answer that is late. */
  readonly isImpatient?: boolean
  /** Other than usual on a pretend cluster. */
  readonly waits?: Partial<Waits>
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
  readonly addOns?: readonly AddOn[]
  /** Brings checkout, oldest version first, in the place of whoever types kubectl. */
  readonly brings?: (cluster: TestedCluster) => Promise<void>
}

export type World = Awaited<ReturnType<typeof aWorld>>

/** For a file of tests: makes worlds, and closes after each test those that it has made. */
export function freshWorlds(): (setup?: Setup) => Promise<World> {
  const open: World[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    const made = await aWorld(setup)
    open.push(made)
    return made
  }
}

/** A cluster with checkout in a namespace of its own, and a fresh executor that knows it only over HTTP. */
export async function aWorld(setup: Setup = {}) {
  const kind = setup.kind ?? 'Deployment'
  const cluster = await testedCluster(setup.addOns)
  const { namespace } = cluster
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  await (setup.brings?.(cluster) ?? populate(cluster, kind, setup))
  const record = memoryRevisions()
  const workload = workloadId(`prod/${namespace}/${kind.toLowerCase()}/checkout`)
  const scrub = (text: string) => text.replaceAll('hunter2', '***')
  /** Another process: nothing is carried over but the record. */
  const freshExecutor = (from = kubeconfig): Executor => {
    const api = testedApi(connect({ kubeconfig: from }), {
      isImpatient: setup.isImpatient,
      requestTimeoutMs: usualMs,
      waits: { ...waits, ...(isReal ? {} : setup.waits) },
      ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
    })
    const executors = makeExecutors({
      kubernetes: {
        clusters: new Map([['prod', api]]),
        revisions: revisionsOfEach(workload, record),
        argoCd: new Map([['prod', { cluster: 'prod', namespace }]]),
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
    workload,
    title: `prod/${namespace} ${kind.toLowerCase()} checkout`,
    spec: {
      cluster: 'prod',
      namespace,
      kind: kind.toLowerCase(),
      name: 'checkout',
      ...(setup.canary ? { canary: setup.canary } : {}),
    },
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
      await writeFile(path, cluster.kubeconfig(url))
      return freshExecutor(path)
    },
    target,
    record,
    observe,
    kubeconfig,
    namespace,
    /** Two hours each: by the platform's dates, or where those cannot be set, by the record. */
    async pastHasServed(): Promise<void> {
      if (!isReal) return
      await observe()
      for (const [id, row] of record.rows)
        if (!row.running) record.rows.set(id, { ...row, servedMicros: 2 * 3_600_000_000 })
    },
    async workload() {
      const found = await cluster.get(kind, 'checkout')
      if (!found) throw new Error('checkout is gone')
      return found
    },
    image: async () =>
      (await cluster.get(kind, 'checkout'))?.spec.template.spec.containers[0]?.image,
    ship: (tag: string) => cluster.setImage(kind, 'checkout', `shop/checkout:${tag}`),
    /** As somebody else with every right would. */
    async request(method: string, path: string, body?: unknown): Promise<void> {
      const isPatch = method === 'PATCH'
      await cluster.must(method, path, body, isPatch ? 'application/merge-patch+json' : undefined)
    },
    path: `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/checkout`,
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
  const deadline = AbortSignal.timeout(30_000)
  while (!(await isTrue())) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}

/** Who is served by whom may become known a moment after the pods are ready. */
export async function onceServed(
  verify: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  let checks = await verify()
  await until(async () => {
    checks = await verify()
    return checks.some(({ id, result }) => id === 'endpoints' && result === 'passed')
  })
  return checks
}

async function populate(cluster: TestedCluster, kind: Kind, setup: Setup): Promise<void> {
  const images = setup.images ?? ['shop/checkout:2.2.1', 'shop/checkout:2.3.0']
  const labels = { app: 'checkout' }
  const { namespace } = cluster
  await cluster.createWithPast(
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'checkout', namespace, ...setup.metadata },
      spec: {
        ...(kind === 'DaemonSet' ? {} : { replicas: setup.replicas ?? podsEach }),
        ...(kind === 'StatefulSet' ? { serviceName: 'checkout' } : {}),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...cluster.placement,
            containers: [
              {
                name: 'app',
                image: images[0],
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
    images,
  )
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'checkout', namespace },
    spec: { selector: labels, ports: [{ port: 80 }] },
  })
}

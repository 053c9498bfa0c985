import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { type RevisionId, rollbackId, workloadId } from '#domain/ids.ts'
import { isUndoSettling, type Plan, type Step } from '#domain/rollback/plan.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import type { Target } from '#domain/service.ts'
import { instant } from '#domain/time.ts'
import { makeExecutors } from '#executors/index.ts'
import type { KubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { KubernetesTarget } from '#executors/kubernetes/schema.ts'
import type { Executor } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { makePlan } from '#workflows/planning/make-plan.ts'
import { pathOf } from '../../clusters/backend.ts'
import { isReal, testedCluster } from '../../clusters/tested-cluster.ts'
import { testedApi } from '../../clusters/tested-api.ts'
import { waits } from '../../clusters/waits.ts'
import { aService } from '../../support/builders.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { followed, signal, until } from './world.ts'

const merge = 'application/merge-patch+json'
const blueGreen = { service: 'checkout', deployment: 'checkout-green' }

export interface ColoursSetup {
  readonly blue?: { readonly tag?: string; readonly replicas?: number }
  /** Requests are given up before an answer that is late. */
  readonly isImpatient?: boolean
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
}

export type ColoursWorld = Awaited<ReturnType<typeof coloursWorld>>

/** For a file of tests: makes worlds, and closes after each test those that it has made. */
export function freshColours(): (setup?: ColoursSetup) => Promise<ColoursWorld> {
  const open: ColoursWorld[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    const made = await coloursWorld(setup)
    open.push(made)
    return made
  }
}

/** Green serves v2.3.0, which came after v2.2.0 in the same colour; blue waits with v2.2.1, which was verified good. */
export async function coloursWorld(setup: ColoursSetup = {}) {
  const { blue = {}, isImpatient = false } = setup
  const { tag = '2.2.1', replicas = 2 } = blue
  const cluster = await testedCluster()
  const { namespace } = cluster
  await cluster.grant(['rbac', 'traffic'].flatMap((file) => deployedGrants(file as 'rbac')))
  const deployment = (name: string, colour: string, pods: number, first: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: pods,
      selector: { matchLabels: { app: 'checkout', colour } },
      template: {
        metadata: { labels: { app: 'checkout', colour } },
        spec: {
          ...cluster.placement,
          containers: [
            {
              name: 'app',
              image: `shop/checkout:${first}`,
              env: [{ name: 'PASSWORD', value: 'hunter2' }],
            },
          ],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  })
  await cluster.createWithPast(deployment('checkout-blue', 'blue', replicas, tag), [
    `shop/checkout:${tag}`,
  ])
  await cluster.createWithPast(deployment('checkout-green', 'green', 2, '2.2.0'), [
    'shop/checkout:2.2.0',
    'shop/checkout:2.3.0',
  ])
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'checkout', namespace },
    spec: { selector: { app: 'checkout', colour: 'green' }, ports: [{ port: 80 }] },
  })
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const record = memoryRevisions()
  /** Another process: nothing is carried over but the record. */
  const freshExecutor = (
    through: (api: KubernetesApi) => KubernetesApi = (api) => api,
    freezing: ReadonlySet<string> = new Set(),
  ): Executor => {
    const options = {
      waits,
      isImpatient,
      ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
    }
    const made = makeExecutors({
      kubernetes: {
        clusters: new Map([['prod', through(testedApi(connect({ kubeconfig }), options))]]),
        freezing,
        revisions: record.revisions,
        servedLongMicros: 30 * 60 * 1_000_000,
        scrub: (text) => text,
      },
    }).get('kubernetes')
    if (!made) throw new Error('no Kubernetes executor')
    return made
  }
  const executor = freshExecutor()
  const { promoter } = executor
  if (!promoter) throw new Error('no promoter')
  const spec: KubernetesTarget = {
    cluster: 'prod',
    namespace,
    kind: 'deployment',
    name: 'checkout-blue',
    blueGreen,
  }
  const target: Target = {
    executor: 'kubernetes',
    workload: workloadId(`prod/${namespace}/deployment/checkout-blue`),
    title: `prod/${namespace} deployment checkout-blue`,
    spec,
  }
  const observe = () => executor.observe(target, signal())
  await until(async () => {
    const { units, blockers, warnings } = await observe()
    return (
      units.ready === 2 &&
      blockers.length === 0 &&
      !warnings.some(({ kind }) => kind === 'in_flight')
    )
  })
  const born = Date.now()
  const idOf = async (name: string): Promise<RevisionId> => {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found) throw new Error(`${name} is not known`)
    return found.id
  }
  const path = pathOf('Service', namespace, 'checkout')
  const planned = (to?: string) =>
    makePlan(
      { executors: new Map([['kubernetes', executor]]), revisions: record.revisions },
      {
        service: aService({ targets: [target] }),
        to,
        rollback: rollbackId('rb_1'),
        strategy: 'immediate',
        now: instant(2_000_000),
        policy: defaultRollbackPolicy,
      },
      signal(),
    )
  return {
    cluster,
    record,
    executor,
    promoter,
    freshExecutor,
    kubeconfig,
    target,
    spec,
    observe,
    verified: async (name: string) =>
      record.revisions.markVerified(target.workload, { id: await idOf(name), name }),
    planned,
    async plan(to?: string): Promise<Plan> {
      const made = await planned(to)
      if (made.kind !== 'planned') throw new Error(JSON.stringify(made))
      return made.plan
    },
    /** Why the Service is not switched. */
    async closed(name: string) {
      const [way] =
        (await executor.ways?.(
          target,
          await observe(),
          await idOf(name),
          'immediate',
          'rb_1',
          signal(),
        )) ?? []
      return way?.blockers
    },
    seen: () => promoter.canary(target, signal()),
    forward: async (share = 100) =>
      promoter.forward(target, await promoter.canary(target, signal()), share, 'pr_1', signal()),
    away: async () =>
      promoter.away(target, await promoter.canary(target, signal()), 'pr_1', signal()),
    /** The pipeline has the colour that waits run another version, and waits until it is seen. */
    async ships(tag: string, name = 'checkout-blue') {
      // Kubernetes dates versions by whole seconds: one of the same second is not known as newer.
      if (isReal) await until(() => Math.floor(Date.now() / 1_000) > Math.floor(born / 1_000))
      await cluster.setImage('Deployment', name, `shop/checkout:${tag}`)
      await until(async () => {
        const { canary, blockers, units, warnings } = await promoter.canary(target, signal())
        return (
          canary?.name === `v${tag}` &&
          blockers.length === 0 &&
          units.ready === units.count &&
          !warnings.some(({ kind }) => kind === 'in_flight')
        )
      })
    },
    change: (body: object) => cluster.must('PATCH', path, body, merge),
    async selects() {
      const { spec: shown } = (await cluster.must('GET', path)) as { spec?: { selector?: object } }
      return shown?.selector
    },
    path: (name: string) => pathOf('Deployment', namespace, name),
    scale: (name: string, replicas: number) =>
      cluster.must('PATCH', pathOf('Deployment', namespace, name), { spec: { replicas } }, merge),
    labels: (name: string, labels: Readonly<Record<string, string | null>>) =>
      cluster.must('PATCH', pathOf('Deployment', namespace, name), { metadata: { labels } }, merge),
    async pods(name: string) {
      const found = await cluster.get('Deployment', name)
      return found?.spec.replicas
    },
    /** What is taken back is waited for where the plan says so, and only there. */
    async carryOut(steps: readonly Step[], what: 'change' | 'undo' = 'change') {
      for (const [index, step] of steps.entries()) {
        const own = { ...step, change: step[what] }
        await executor.apply(own.change, `rb_1.${index}.${what}`, signal())
        if (what === 'undo' && !isUndoSettling(step)) continue
        expect((await followed(executor, own)).at(-1)).toMatchObject({ kind: 'settled' })
      }
    },
    async close() {
      await cluster.close()
      await rm(folder, { recursive: true })
    },
  }
}

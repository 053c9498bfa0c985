import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { KubernetesTarget, WeightedTraffic } from '#executors/kubernetes/schema.ts'
import type { Executor } from '#ports/executor.ts'
import type { Deployment, Fields } from '#sandbox/cluster/objects.ts'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import type { HTTPRoute, VirtualService } from '#sandbox/cluster/traffic-objects.ts'
import { pathOf } from '../../clusters/backend.ts'
import { testedCluster } from '../../clusters/tested-cluster.ts'
import { testedApi } from '../../clusters/tested-api.ts'
import { waits } from '../../clusters/waits.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { signal, until } from './world.ts'

export const jsonPatch = 'application/json-patch+json'
export const mergePatch = 'application/merge-patch+json'

export const byIstio: WeightedTraffic = {
  by: 'virtualservice',
  name: 'checkout',
  stable: { host: 'checkout', subset: 'stable' },
  canary: { host: 'checkout', subset: 'canary' },
}
export const byGateway: WeightedTraffic = {
  by: 'httproute',
  name: 'checkout',
  stable: { host: 'checkout-stable' },
  canary: { host: 'checkout-canary' },
}

export const destination = (subset: string, weight?: number) => ({
  destination: { host: 'checkout', subset },
  ...(weight === undefined ? {} : { weight }),
})
export const primary = {
  name: 'primary',
  route: [destination('stable', 90), destination('canary', 10)],
}
/** A colleague's, put before all others. */
export const testers = {
  name: 'testers',
  match: [{ headers: { 'x-tester': { exact: 'yes' } } }],
  route: [destination('canary', 100)],
}

export interface Setup {
  readonly traffic?: WeightedTraffic
  /** Of the VirtualService, instead of `primary` alone. */
  readonly http?: readonly object[]
  /** Beside the routes. */
  readonly spec?: Fields
  readonly metadata?: Fields
  /** Of the HTTPRoute. */
  readonly rules?: readonly object[]
  readonly replicas?: { readonly stable: number; readonly canary: number }
  readonly isImpatient?: boolean
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
  /** Installed beside Istio and the Gateway API. */
  readonly addOns?: readonly AddOn[]
  readonly holdSeconds?: number
}

export type TrafficWorld = Awaited<ReturnType<typeof trafficWorld>>

export function freshTrafficWorlds(): (setup?: Setup) => Promise<TrafficWorld> {
  const open: TrafficWorld[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    const made = await trafficWorld(setup)
    open.push(made)
    return made
  }
}

/** checkout v2.2.1 with a canary of v2.3.0 beside it, and an object that divides the requests between them. */
export async function trafficWorld(setup: Setup = {}) {
  const { traffic = byIstio, replicas = { stable: 2, canary: 1 } } = setup
  const cluster = await testedCluster(['istio', 'gateway-api', ...(setup.addOns ?? [])])
  const { namespace } = cluster
  const deployment = (name: string, track: string, count: number, first: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: count,
      selector: { matchLabels: { app: 'checkout', track } },
      template: {
        metadata: { labels: { app: 'checkout', track } },
        spec: {
          ...cluster.placement,
          containers: [
            { name: 'app', image: first, env: [{ name: 'PASSWORD', value: 'hunter2' }] },
          ],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  })
  await cluster.createWithPast(
    deployment('checkout', 'stable', replicas.stable, 'shop/checkout:2.2.0'),
    ['shop/checkout:2.2.0', 'shop/checkout:2.2.1'],
  )
  await cluster.createWithPast(
    deployment('checkout-canary', 'canary', replicas.canary, 'shop/checkout:2.3.0'),
    ['shop/checkout:2.3.0'],
  )
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'checkout', namespace },
    spec: { selector: { app: 'checkout' }, ports: [{ port: 80 }] },
  })
  await cluster.create(
    traffic.by === 'virtualservice'
      ? {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          metadata: { name: 'checkout', namespace, ...setup.metadata },
          spec: { hosts: ['checkout'], http: setup.http ?? [primary], ...setup.spec },
        }
      : {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'checkout', namespace, ...setup.metadata },
          spec: {
            parentRefs: [{ name: 'front' }],
            rules: setup.rules ?? [
              {
                backendRefs: [
                  { name: 'checkout-stable', port: 80, weight: 90 },
                  { name: 'checkout-canary', port: 80, weight: 10 },
                ],
              },
            ],
            ...setup.spec,
          },
        },
  )

  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const api = testedApi(connect({ kubeconfig }), {
    isImpatient: setup.isImpatient,
    requestTimeoutMs: 10_000,
    waits,
    ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
  })
  const record = memoryRevisions()
  const freshExecutor = (): Executor => {
    const executor = makeExecutors({
      kubernetes: {
        clusters: new Map([['prod', api]]),
        revisions: record.revisions,
        servedLongMicros: 30 * 60 * 1_000_000,
        holdSeconds: setup.holdSeconds ?? 0,
        scrub: (text) => text,
      },
    }).get('kubernetes')
    if (!executor) throw new Error('no Kubernetes executor')
    return executor
  }
  const spec: KubernetesTarget = {
    cluster: 'prod',
    namespace,
    kind: 'deployment',
    name: 'checkout',
    canary: { deployment: 'checkout-canary' },
    traffic,
  }
  const target: Target = {
    executor: 'kubernetes',
    workload: workloadId(`prod/${namespace}/deployment/checkout`),
    title: `prod/${namespace} deployment checkout`,
    spec,
  }
  const kind = traffic.by === 'virtualservice' ? 'VirtualService' : 'HTTPRoute'
  const path = pathOf(kind, namespace, 'checkout')
  const executor = freshExecutor()
  const { promoter } = executor
  if (!promoter) throw new Error('no promoter')
  const seen = () => promoter.canary(target, signal())
  await until(async () => {
    const { units, blockers, warnings } = await seen()
    const isSettled = !warnings.some(({ kind }) => kind === 'in_flight')
    const isNoticed = !blockers.some(({ kind }) => kind === 'controller_lagging')
    return units.ready === replicas.canary && isSettled && isNoticed
  })
  const deploymentPath = (name: string) => pathOf('Deployment', namespace, name)

  return {
    cluster,
    api,
    executor,
    freshExecutor,
    record,
    namespace,
    spec,
    target,
    traffic,
    path,
    /** As somebody else with every right would. */
    patch: (body: unknown, type = jsonPatch) => cluster.must('PATCH', path, body, type),
    /** `primary: 90/10`, one for each route. */
    async weights(): Promise<readonly string[]> {
      const shown: unknown = await cluster.must('GET', path)
      return traffic.by === 'virtualservice'
        ? ((shown as VirtualService).spec.http ?? []).map(
            ({ name, route = [] }) =>
              `${name ?? '-'}: ${route.map(({ weight }) => weight ?? '·').join('/')}`,
          )
        : ((shown as HTTPRoute).spec.rules ?? []).map(
            ({ name, backendRefs = [] }) =>
              `${name ?? '-'}: ${backendRefs.map(({ weight }) => weight ?? '·').join('/')}`,
          )
    },
    promoter,
    seen,
    /** `2 of 2.2.1`, of either Deployment. */
    async asked(name: string): Promise<string> {
      const { spec } = (await cluster.must('GET', deploymentPath(name))) as unknown as Deployment
      return `${spec.replicas} of ${spec.template.spec.containers[0]?.image.split(':')[1]}`
    },
    deploymentPath,
    shipBeside: (tag: string) =>
      cluster.setImage('Deployment', 'checkout-canary', `shop/checkout:${tag}`),
    shipInto: (tag: string) => cluster.setImage('Deployment', 'checkout', `shop/checkout:${tag}`),
    ways: async (pace: 'gradual' | 'immediate' = 'immediate') =>
      promoter.ways(target, await seen(), pace, 'rb_1', signal()),
    /** Patches of the route that the product had made, without dry runs. */
    patches: () =>
      cluster.requests.filter(
        ({ method, path: asked, query }) =>
          method === 'PATCH' &&
          asked.endsWith('s/checkout') &&
          asked.includes(kind === 'VirtualService' ? 'virtualservices' : 'httproutes') &&
          !query.includes('dryRun'),
      ),
    async close() {
      await cluster.close()
      await rm(folder, { recursive: true })
    },
  }
}

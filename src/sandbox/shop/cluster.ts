import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { createColours } from './colours.ts'
import { marks } from './database.ts'
import { orders } from './flagger.ts'
import { broughtFromGit, commitWhatRuns, syncs } from './git.ts'
import { namespace, type Running, service, workload } from './manifests.ts'
import { behaviourOfShipment } from './shipments.ts'

const day = 24 * 60 * 60 * 1_000

type Options = NonNullable<Parameters<typeof startCluster>[0]> & {
  /** With Argo Rollouts, and a service that it rolls out. */
  readonly hasRollouts?: boolean
  /** With Istio, which divides the requests of one service. */
  readonly hasMesh?: boolean
  /** With a service that goes by blue and green. */
  readonly hasColours?: boolean
  /** With Flagger, and a service that it rolls out. */
  readonly hasFlagger?: boolean
  /** Versions of the checkout say which schema they run on. */
  readonly hasDatabase?: boolean
  /** With Argo CD and Flux, and services that they bring from Git. */
  readonly hasGitOps?: boolean
}

/** The example shop as it runs on a calm day: five workloads, each with the version before the present one. */
export async function shopCluster({
  hasRollouts = false,
  hasMesh = false,
  hasColours = false,
  hasFlagger = false,
  hasGitOps = false,
  hasDatabase = false,
  ...options
}: Options = {}): Promise<Cluster> {
  const cluster = await startCluster({
    behaviours: behaviourOf,
    ...options,
    addOns: [
      ...(hasRollouts ? (['argo-rollouts'] as const) : []),
      ...(hasMesh || hasFlagger ? (['istio'] as const) : []),
      ...(hasFlagger ? (['flagger'] as const) : []),
      ...(hasGitOps ? (['argo-cd', 'flux'] as const) : []),
    ],
    namespaces: [namespace],
    namespaceLabels: { 'countermand.dev/freeze': 'on' },
  })
  const start = (options.now ?? (() => new Date()))().getTime()
  const at = (daysAgo: number) => new Date(start - daysAgo * day)
  const more: readonly Running[] = [
    ...(hasRollouts ? [search] : []),
    ...(hasFlagger ? [orders] : []),
    ...(hasGitOps ? broughtFromGit : []),
  ]
  for (const { manifest, versions, canary } of [...workloads, ...more]) {
    const own = hasDatabase && manifest.metadata.name === 'checkout'
    const [first, ...later] = versions.map(([tag, daysAgo, by], index) => ({
      image: `shop/${manifest.metadata.name}:${tag}`,
      at: at(daysAgo),
      by,
      changeCause: `${manifest.metadata.name} ${tag} by ${by}`,
      ...(own ? { annotations: index === 0 ? marks.before : marks.present } : {}),
    }))
    if (first) cluster.createWithPast(manifest, [first, ...later], canary)
  }
  // Where there is a Canary, Flagger makes the Services.
  const served = more.filter(({ canary }) => !canary)
  for (const manifest of [...beside, ...served.map((one) => service(one.manifest.metadata.name))])
    cluster.create(manifest, at(90))
  if (hasMesh) cluster.create(paymentsRoute, at(90))
  if (hasColours) createColours(cluster, at)
  if (hasFlagger || hasGitOps)
    cluster.access.grant(
      (['rbac', 'freeze', 'traffic', 'flagger', 'gitops'] as const).flatMap((file) =>
        deployedGrants(file),
      ),
    )
  if (hasGitOps) {
    for (const { manifest } of broughtFromGit) commitWhatRuns(cluster, manifest.metadata.name)
    for (const sync of syncs) cluster.create(sync, at(60))
  }
  return cluster
}

const behaviourOf = (image: string): Behaviour =>
  behaviourOfShipment(image) ?? {
    ...healthy,
    logs: [`starting ${image}`, 'configuration loaded', 'listening on :8080'],
    traffic: { errorRate: 0.001, p95Seconds: image.startsWith('shop/payments') ? 0.24 : 0.18 },
  }

/** Its new versions stop for somebody at a fifth and at one half. */
const search: Running = {
  manifest: workload(
    'Rollout',
    'search',
    {
      replicas: 10,
      strategy: {
        canary: { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }] },
      },
    },
    'argoproj.io/v1alpha1',
  ),
  versions: [
    ['5.0.2', 25, 'deploy-pipeline'],
    ['5.1.0', 8, 'deploy-pipeline'],
  ],
}

const workloads: readonly Running[] = [
  {
    manifest: workload('Deployment', 'checkout', {
      replicas: 12,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 },
      },
    }),
    versions: [
      ['2.1.9', 34, 'deploy-pipeline'],
      ['2.2.1', 6, 'deploy-pipeline'],
    ],
  },
  {
    manifest: workload('Deployment', 'payments', { replicas: 4 }),
    versions: [
      ['1.8.2', 40, 'deploy-pipeline'],
      ['1.8.3', 12, 'deploy-pipeline'],
    ],
  },
  {
    manifest: workload('Deployment', 'cart', { replicas: 3 }),
    versions: [
      ['3.0.4', 21, 'deploy-pipeline'],
      ['3.1.0', 9, 'deploy-pipeline'],
    ],
  },
  {
    manifest: workload('StatefulSet', 'catalog-db', { replicas: 3, serviceName: 'catalog-db' }),
    versions: [
      ['14.9', 120, 'platform-team'],
      ['14.10', 30, 'platform-team'],
    ],
  },
  {
    manifest: workload('DaemonSet', 'edge-agent', {}),
    versions: [
      ['0.9.1', 60, 'platform-team'],
      ['0.9.2', 15, 'platform-team'],
    ],
  },
]

/** Everybody is sent to the stable version until a canary comes. */
const paymentsRoute: Fields = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'payments', namespace },
  spec: {
    hosts: ['payments'],
    http: [
      {
        name: 'primary',
        route: [
          { destination: { host: 'payments', subset: 'stable' }, weight: 100 },
          { destination: { host: 'payments', subset: 'canary' }, weight: 0 },
        ],
      },
    ],
  },
}

const beside: readonly Fields[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'countermand-freeze', namespace } },
  {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'countermand-hold', namespace, labels: { 'countermand.dev/hold': 'on' } },
    template: { spec: { containers: [{ name: 'none', image: 'none' }] } },
  },
  ...workloads.map(({ manifest }) => service(manifest.metadata.name)),
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'checkout', namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
      minReplicas: 12,
      maxReplicas: 24,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
    },
    status: { currentReplicas: 12, desiredReplicas: 12 },
  },
]

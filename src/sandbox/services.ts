import type { Catalogue } from '#domain/catalogue.ts'
import { instant } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { PretendEcs } from './aws/ecs/index.ts'
import type { PretendAzure } from './azure/index.ts'
import type { PretendClock } from './clock.ts'
import { isFrozen } from './cluster/admission.ts'
import type { Cluster } from './cluster/index.ts'
import type { PodState, ServiceState } from './controls.ts'
import { deliveryOf } from './delivery.ts'
import type { PretendDocker } from './docker/index.ts'
import type { PretendMetrics } from './metrics/index.ts'
import { servingColour } from './shop/colours.ts'
import type { ShopDatabase } from './shop/database.ts'
import { shopOnDocker } from './shop/docker.ts'
import { shopByCodeDeploy } from './shop/code-deploy.ts'
import { shopOnEcs } from './shop/ecs.ts'
import { type ShopNginx, shopOnNginx } from './shop/nginx.ts'
import { shopInSlots, type ShopSlots } from './shop/slots.ts'
import { shopRegions } from './shop/regions.ts'

/** Wherever something of the shop runs, and what is measured of it. */
export interface Running {
  readonly cluster: Cluster
  readonly ecs?: PretendEcs | undefined
  readonly docker?: OnDocker | undefined
  readonly behindNginx?: ShopNginx | undefined
  readonly slots?: ShopSlots | undefined
  readonly azure?: PretendAzure | undefined
  readonly schema?: ShopDatabase | undefined
  readonly metrics: PretendMetrics
  readonly clock: PretendClock
  readonly catalogue: Catalogue
}

/** An engine, and where the compose file would be. */
export interface OnDocker {
  readonly docker: PretendDocker
  readonly directory: string
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const

/** Every service of the shop as the page shows it. */
export const servicesOf = (parts: Running): Promise<readonly ServiceState[]> => {
  const { cluster, ecs, docker, behindNginx, slots, azure, schema, catalogue } = parts
  return Promise.all([
    ...workloads(cluster, catalogue).map((workload) => serviceState(parts, workload)),
    ...(ecs ? [shopOnEcs, shopByCodeDeploy].map((one) => ecsState(parts, ecs, one)) : []),
    ...(docker ? [dockerState(parts, docker)] : []),
    ...(behindNginx ? [slotsState(parts, shopOnNginx.service, behindNginx)] : []),
    ...(slots ? [slotsState(parts, shopInSlots.service, slots)] : []),
    ...(azure ? [regionsState(parts, azure)] : []),
    ...(schema ? [schema.state()] : []),
  ])
}

type Workload = ReturnType<typeof workloads>[number]

/** In the order of the configuration, which is the order in which somebody would tell of them. */
const workloads = (cluster: Cluster, catalogue: Catalogue) =>
  [...catalogue.keys()].flatMap((name) =>
    kinds.flatMap((kind) => {
      const colour = kind === 'Deployment' ? servingColour(cluster, name) : undefined
      const object = colour ?? cluster.get(kind, 'production', name)
      return object ? [{ kind, name, object }] : []
    }),
  )

async function serviceState(
  parts: Running,
  { kind, name, object }: Workload,
): Promise<ServiceState> {
  const { cluster } = parts
  // What Flagger made of it serves.
  const copy = `${name}-primary`
  const serving = cluster.get('Deployment', 'production', copy) ?? object
  const pods = cluster
    .pods('production')
    .filter(({ metadata }) => [name, copy].includes(metadata.labels?.['app'] ?? ''))
    .map(
      (pod): PodState => ({
        name: pod.metadata.name,
        version: tagOf(pod.spec.containers[0]?.image),
        ready:
          pod.status.conditions?.some(
            ({ type, status }) => type === 'Ready' && status === 'True',
          ) ?? false,
        phase: pod.status.phase ?? 'Pending',
      }),
    )
  const figures = await measured(parts, name)
  const image = serving.spec.template.spec.containers[0]?.image
  const frozen = isFrozen(cluster, kind, object.metadata.name)
  const delivery = deliveryOf(cluster, name)
  return { name, kind, version: tagOf(image), frozen, pods, ...figures, ...delivery }
}

async function ecsState(
  parts: Running,
  ecs: PretendEcs,
  { cluster, service }: { readonly cluster: string; readonly service: string },
): Promise<ServiceState> {
  const tasks = ecs.tasks(cluster, service)
  return {
    name: service,
    kind: 'ECS service',
    version: tagOf(tasks.at(-1)?.image),
    frozen: false,
    pods: tasks.map(({ name, image, status }) => ({
      name,
      version: tagOf(image),
      ready: status === 'RUNNING',
      phase: status,
    })),
    ...(await measured(parts, service)),
  }
}

async function dockerState(parts: Running, { docker }: OnDocker): Promise<ServiceState> {
  const { project, service } = shopOnDocker
  const containers = docker.containers(project, service)
  return {
    name: service,
    kind: 'Compose service',
    version: tagOf(containers.at(-1)?.origin),
    frozen: false,
    pods: containers.map(({ name, origin, status, health }) => ({
      name,
      version: tagOf(origin),
      ready: health === 'healthy',
      phase: status,
    })),
    ...(await measured(parts, service)),
  }
}

async function slotsState(
  parts: Running,
  service: string,
  slots: ShopNginx | ShopSlots,
): Promise<ServiceState> {
  const about = { name: service, kind: 'slots', frozen: false }
  return { ...about, ...slots.state(), ...(await measured(parts, service)) }
}

async function regionsState(parts: Running, azure: PretendAzure): Promise<ServiceState> {
  const { service } = shopRegions
  return {
    name: service,
    kind: 'regions',
    version: azure.serving() ?? 'none',
    frozen: false,
    pods: azure.endpoints().map(({ name, region, monitorStatus }) => ({
      name,
      version: region,
      ready: monitorStatus === 'Online',
      phase: monitorStatus,
    })),
    ...(await measured(parts, service)),
  }
}

async function measured(
  { metrics, clock, catalogue }: Running,
  name: string,
): Promise<Pick<ServiceState, 'errorRate' | 'p95'>> {
  const service = catalogue.get(name)
  const now = instant(clock.now().getTime() * 1_000)
  const window = { from: instant(now - 15_000_000), to: now }
  const measure = async (signal: 'errorRate' | 'p95') => {
    if (!service) return null
    const seen = await prometheus({ url: metrics.url }).measure(
      service,
      signal,
      window,
      AbortSignal.timeout(1_000),
    )
    return seen.kind === 'value' ? seen.value : null
  }
  const [errorRate, p95] = await Promise.all([measure('errorRate'), measure('p95')])
  return { errorRate, p95 }
}

const tagOf = (image: string | undefined): string => image?.split(':').at(-1) ?? '?'

import type { Catalogue } from '#domain/catalogue.ts'
import { instant } from '#domain/time.ts'
import type { IncidentList } from '../archive.ts'
import { prometheus } from '#metrics/prometheus.ts'
import type { PretendClock } from './clock.ts'
import { isFrozen } from './cluster/admission.ts'
import { ApiError } from './cluster/api-error.ts'
import type { PretendEcs } from './aws/ecs/index.ts'
import type { PretendDocker } from './docker/index.ts'
import type { PretendAzure } from './azure/index.ts'
import type { Cluster } from './cluster/index.ts'
import type { Controls, PodState, ServiceState, WorldState } from './controls.ts'
import { deliveryOf } from './delivery.ts'
import { servingColour } from './shop/colours.ts'
import { shipBadToDocker, shopOnDocker } from './shop/docker.ts'
import { shipWithMigration, type ShopDatabase, shopOnDatabase } from './shop/database.ts'
import { isFlagged, type ShopFlags } from './shop/flags.ts'
import { shipBadToEcs, shopOnEcs } from './shop/ecs.ts'
import { shopRegions } from './shop/regions.ts'
import { commitWhatRuns, inGit } from './shop/git.ts'
import type { PretendPager } from './pager.ts'
import type { PretendMetrics } from './metrics/index.ts'
import {
  badVersions,
  canaries,
  isBadKind,
  isCanaryKind,
  shipBad,
  shipCanary,
} from './shop/shipments.ts'
import type { PretendSlack } from './slack/index.ts'
import { exampleUsers } from './slack/people.ts'

interface Parts {
  readonly cluster: Cluster
  readonly ecs?: PretendEcs | undefined
  readonly docker?: OnDocker | undefined
  readonly azure?: PretendAzure | undefined
  readonly flags?: ShopFlags | undefined
  readonly schema?: ShopDatabase | undefined
  readonly metrics: PretendMetrics
  readonly clock: PretendClock
  readonly slack: PretendSlack
  readonly pager: PretendPager
  readonly archive: IncidentList
  readonly catalogue: Catalogue
}

/** An engine, and where the compose file would be. */
interface OnDocker {
  readonly docker: PretendDocker
  readonly directory: string
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const

/** The page's side panel, connected to the pretend world. */
export function controlsFor(parts: Parts): Controls {
  const { cluster, ecs, docker, azure, clock, slack, pager, archive } = parts
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  let isSlackDown = false
  cluster.onChange(changed)
  ecs?.onChange(changed)
  docker?.docker.onChange(changed)
  azure?.onChange(changed)
  parts.schema?.onChange(changed)
  pager.onChange(changed)
  return {
    state: async (): Promise<WorldState> => ({
      services: await Promise.all([
        ...workloads(cluster, parts.catalogue).map((workload) => serviceState(parts, workload)),
        ...(ecs ? [ecsState(parts, ecs)] : []),
        ...(docker ? [dockerState(parts, docker)] : []),
        ...(azure ? [regionsState(parts, azure)] : []),
        ...(parts.schema ? [parts.schema.state()] : []),
      ]),
      clock: clock.now().toISOString(),
      slackDown: isSlackDown,
      shipments: [
        ...Object.entries(badVersions).map(([kind, { title }]) => ({
          kind,
          title,
          isCanary: false,
        })),
        ...(parts.flags
          ? [{ kind: 'flag', title: 'Errors while its feature flag is on', isCanary: false }]
          : []),
        ...Object.entries(canaries).map(([kind, { title }]) => ({ kind, title, isCanary: true })),
      ],
      pages: pager.calls().map(({ service, summary, at, state: stands }) => ({
        service,
        summary,
        at,
        state: stands,
        calls: onCall,
      })),
      incidents: await archive.list(),
    }),
    async ship(service, kind) {
      const refusal = shipped(parts, service, kind)
      if (refusal === undefined && service === shopOnDatabase.service)
        await parts.schema?.bringNewest()
      changed()
      return refusal
    },
    async commit(service) {
      if (inGit(cluster, service)) commitWhatRuns(cluster, service)
      changed()
    },
    async moveClock(byMinutes) {
      await clock.move(byMinutes)
      changed()
    },
    async slackDown(on) {
      isSlackDown = on
      slack.faults.down(on)
      changed()
    },
    async timeline(name) {
      const incident = (await archive.incidents()).find((id) => id === name)
      if (incident === undefined) return undefined
      const [markdown, json, { broken }] = await Promise.all([
        archive.export(incident, 'md'),
        archive.export(incident, 'json'),
        archive.verify(incident),
      ])
      return { markdown: markdown ?? '', json: json ?? '', verified: broken.length === 0 }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function shipped(
  { cluster, ecs, docker, azure, flags, catalogue }: Parts,
  service: string,
  kind: string,
) {
  // No version brings a region down: it goes as a whole, or only what runs there.
  if (azure && service === shopRegions.service) {
    if (!isBadKind(kind)) return `${service} has no canary.`
    azure.fail(azure.serving() ?? shopRegions.regions[0], kind === 'crash')
    return undefined
  }
  if (flags && kind === 'flag') {
    if (!isFlagged(service)) return `${service} has no feature flag; try checkout or payments.`
    return refused(() => {
      flags.ship(service)
      flags.open(service, 25)
    })
  }
  // A schema has no bad versions of its own: a release brings its next migration along.
  if (service === shopOnDatabase.service) return refused(() => shipWithMigration(cluster))
  if (ecs && service === shopOnEcs.service && isBadKind(kind)) {
    shipBadToEcs(ecs, kind)
    return undefined
  }
  if (docker && service === shopOnDocker.service && isBadKind(kind))
    return refused(() => shipBadToDocker(docker.docker, kind, docker.directory))
  if (isBadKind(kind)) return refused(() => shipBad(cluster, service, kind))
  if (!isCanaryKind(kind)) throw new Error(`nothing is known of a shipment ${kind}`)
  const { canary, targets } = catalogue.get(service) ?? {}
  if (!canary || !targets)
    return `${service} has no canary; try checkout, payments, search or orders.`
  return refused(() => shipCanary(cluster, service, canaries[kind].bad))
}

/** Whoever a real one would have called. */
const onCall = exampleUsers.find(({ role }) => role === 'onCall')?.realName ?? 'on-call engineer'

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

async function serviceState(parts: Parts, { kind, name, object }: Workload): Promise<ServiceState> {
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

async function ecsState(parts: Parts, ecs: PretendEcs): Promise<ServiceState> {
  const { cluster, service } = shopOnEcs
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

async function dockerState(parts: Parts, { docker }: OnDocker): Promise<ServiceState> {
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

async function regionsState(parts: Parts, azure: PretendAzure): Promise<ServiceState> {
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
  { metrics, clock, catalogue }: Parts,
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

/** The cluster's refusal in its own words, without the name of the policy in front of them. */
function refused(ship: () => unknown): string | undefined {
  try {
    ship()
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return `The cluster refused it: ${error.message.split(' denied request: ').at(-1)}`
  }
}

const tagOf = (image: string | undefined): string => image?.split(':').at(-1) ?? '?'

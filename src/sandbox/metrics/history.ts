import type { Cluster } from '#sandbox/cluster/index.ts'
import type { VirtualService } from '#sandbox/cluster/traffic-objects.ts'
import type { Labels, Pod } from '#sandbox/cluster/objects.ts'
import type { Rollout } from '#sandbox/cluster/rollout-objects.ts'
import { isSelected } from '#sandbox/cluster/selectors.ts'

/** What served a service from `at` on: how many pods of which image were ready. */
export interface Serving {
  readonly at: number
  readonly ready: ReadonlyMap<string, number>
}

/** Longer than anything of the shop has run: the hour before each version began is what is normal for it. */
const calmPastMs = 130 * 24 * 60 * 60 * 1_000
const mostKept = 5_000

/** What serves outside of the cluster, by service: how many of which image. */
export interface Elsewhere {
  serving(): ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Calls after every change; answers how to stop. */
  onChange(changed: () => void): () => void
}

export type History = ReturnType<typeof recordHistory>

/**
 * Notes after every change of the cluster which versions serve each service. Before it was first seen lies a calm past of the same
 * versions; a canary that comes later has none.
 */
export function recordHistory(
  cluster: Cluster,
  namespace: string,
  now: () => Date,
  elsewhere?: Elsewhere,
) {
  const services = new Map<string, Serving[]>()

  let changedAt: number | undefined = now().getTime()
  let soon: NodeJS.Immediate | undefined

  /** Notes the state under the time of the first change since the last look: the clock may have been moved meanwhile. */
  function look(): void {
    if (changedAt === undefined) return
    const at = changedAt
    changedAt = undefined
    clearImmediate(soon)
    soon = undefined
    const known = new Set(services.keys())
    const serving = [...servingNow(cluster, namespace), ...(elsewhere?.serving() ?? [])]
    for (const [key, ready] of serving) {
      const [service = ''] = key.split('/')
      const past = services.get(key) ?? (known.has(service) ? [] : [{ at: at - calmPastMs, ready }])
      services.set(key, past)
      if (!isSame(past.at(-1)?.ready, ready)) past.push({ at, ready })
      if (past.length > mostKept) past.splice(1, past.length - mostKept)
    }
  }

  look()
  const changed = () => {
    changedAt ??= now().getTime()
    soon ??= setImmediate(look)
  }
  const stops = [cluster.onChange(changed), elsewhere?.onChange(changed)]

  return {
    services(): readonly string[] {
      look()
      return [...services.keys()].filter((key) => !key.includes('/')).toSorted()
    },
    /** What served at an instant (ms); `undefined` before anything is known. */
    at(service: string, at: number): Serving | undefined {
      return services.get(service)?.findLast((one) => one.at <= at)
    },
    close(): void {
      for (const stop of stops) stop?.()
      clearImmediate(soon)
    },
  }
}

/** Pods that are labelled as a canary's, or as none. */
export const armOf = (service: string, track: string): string => `${service}/${track}`

function servingNow(
  cluster: Cluster,
  namespace: string,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>()
  const services = cluster.list('Service', namespace)
  for (const { metadata } of services) found.set(metadata.name, new Map())
  const waits = inOtherColour(services)
  const rollouts = cluster.list('Rollout', namespace)
  const byFlagger = cluster.list('Canary', namespace).map(({ spec }) => spec.targetRef.name)
  for (const name of byFlagger)
    for (const copy of [`${name}-primary`, `${name}-canary`]) found.delete(copy)
  for (const pod of cluster.pods(namespace)) {
    const app = serviceOf(pod, byFlagger)
    const ready = found.get(app)
    const image = pod.spec.containers[0]?.image
    const serves =
      pod.metadata.deletionTimestamp === undefined &&
      pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    if (!ready || image === undefined || waits(pod)) continue
    const track = trackOf(pod, rollouts, byFlagger)
    const arm = found.get(armOf(app, track)) ?? new Map<string, number>()
    found.set(armOf(app, track), arm)
    if (!serves) continue
    for (const one of [ready, arm]) one.set(image, (one.get(image) ?? 0) + 1)
  }
  for (const route of cluster.list('VirtualService', namespace)) divide(found, route)
  return found
}

/** Where a route divides the requests, it is its weights that count, however many pods are behind them. */
function divide(
  found: Map<string, Map<string, number>>,
  { metadata: { name }, spec }: VirtualService,
): void {
  const ready = found.get(name)
  const [first] = spec.http ?? []
  if (!ready || !first?.route) return
  ready.clear()
  for (const { destination, weight = 0 } of first.route) {
    const { host, subset = host === `${name}-canary` ? 'canary' : 'stable' } = destination
    const key = armOf(name, subset)
    const pods = [...(found.get(key) ?? [])]
    const all = pods.reduce((sum, [, count]) => sum + count, 0)
    const shares =
      weight === 0 ? [] : pods.map(([image, count]) => [image, (weight * count) / all] as const)
    found.set(key, new Map(shares))
    for (const [image, share] of shares) ready.set(image, (ready.get(image) ?? 0) + share)
  }
}

/** Whether a pod belongs to a service by its name and is not one of those that its Service sends to. */
function inOtherColour(
  services: readonly { metadata: { name: string }; spec: { selector?: Labels } }[],
): (pod: Pod) => boolean {
  const selectors = new Map(services.map(({ metadata, spec }) => [metadata.name, spec.selector]))
  return (pod) => {
    const selector = selectors.get(appOf(pod))
    if (!selector || selector['app'] !== appOf(pod)) return false
    return !isSelected({ matchLabels: selector }, pod.metadata.labels)
  }
}

const appOf = ({ metadata }: Pod): string => metadata.labels?.['app'] ?? ''

/** Where Flagger rolls it out, what serves is a copy under a name of its own. */
function serviceOf(pod: Pod, byFlagger: readonly string[]): string {
  const app = appOf(pod)
  return byFlagger.find((name) => app === `${name}-primary`) ?? app
}

/** As labelled; pods of a Rollout as its controller would label them by `canaryMetadata` and `stableMetadata`, those of Flagger's targets apart from the copy. */
function trackOf(pod: Pod, rollouts: readonly Rollout[], byFlagger: readonly string[]): string {
  const { labels } = pod.metadata
  if (byFlagger.includes(appOf(pod))) return 'canary'
  const hash = labels?.['rollouts-pod-template-hash']
  const rollout = hash && rollouts.find(({ metadata }) => metadata.name === labels?.['app'])
  if (!rollout) return labels?.['track'] ?? 'stable'
  const { stableRS = hash } = rollout.status ?? {}
  return hash === stableRS ? 'stable' : 'canary'
}

const isSame = (
  a: ReadonlyMap<string, number> | undefined,
  b: ReadonlyMap<string, number>,
): boolean =>
  a !== undefined && a.size === b.size && [...b].every(([image, count]) => a.get(image) === count)

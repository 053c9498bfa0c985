import type { Target } from '#domain/service.ts'
import type { Gates } from '#ports/gates.ts'
import type { Revisions } from '#ports/store.ts'
import type { KubernetesApi } from './api.ts'
import type { ArgoCdPlace } from './gitops/place.ts'
import { KubernetesTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface KubernetesParts {
  /** By the cluster's name in the configuration. */
  readonly clusters: ReadonlyMap<string, KubernetesApi>
  readonly revisions: Revisions
  /** A revision that was current at least this long counts as having served (policy). */
  readonly servedLongMicros: number
  /** Clusters in which deploys are frozen during a rollback, by their configured names. */
  readonly freezing?: ReadonlySet<string>
  /** Where the Argo CD is that deploys to a cluster, where it is not in the cluster itself in its usual namespace. */
  readonly argoCd?: ReadonlyMap<string, ArgoCdPlace>
  /** Where Flagger of a cluster asks before it goes on or back; `undefined` where nobody answers it. */
  readonly gatesOf?: (cluster: string) => Omit<Gates, 'ask'> | undefined
  /** Throws when nothing may be changed any more; asked before a gate is opened or shut, as an API asks before it writes. */
  readonly beforeChange?: () => void
  /** How many seconds pods are watched at each step of a gradual move of traffic; 10 when absent. */
  readonly holdSeconds?: number
  /** Takes secrets out of a text before it leaves this executor. */
  readonly scrub: (text: string) => string
}

export function apiOf({ clusters }: KubernetesParts, { cluster }: KubernetesTarget): KubernetesApi {
  const api = clusters.get(cluster)
  if (!api) throw new Error(unknownCluster(clusters, cluster))
  return api
}

/** A target as this executor knows it, and how its cluster is asked. */
export function placeOf(parts: KubernetesParts, { spec }: Target) {
  const target = KubernetesTarget.parse(spec)
  return { target, api: apiOf(parts, target) }
}

export const unknownCluster = (clusters: ReadonlyMap<string, unknown>, cluster: string): string =>
  `cluster: ${cluster} is not among the configured clusters (${[...clusters.keys()].join(', ') || 'none'})`

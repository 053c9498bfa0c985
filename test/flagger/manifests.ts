import { flaggerGates } from '#domain/flagger/gates.ts'
import type { Gates } from '#ports/gates.ts'
import { podsEach } from '../clusters/backend.ts'
import type { TestedCluster } from '../clusters/tested-cluster.ts'
import type { Door } from './door.ts'

/** Flagger looks at once when the interval is another one, and else not before its end. */
export const intervals = ['3600s', '7200s'] as const

export type Provider = 'istio' | 'kubernetes'

export interface Setup {
  /** Divides the traffic, or, without a mesh, only tries the new version. */
  readonly provider?: Provider
  /** Of ours, as the Canary lists them: all of them. */
  readonly gates?: readonly string[]
  /** Beside ours. */
  readonly webhooks?: readonly object[]
  readonly analysis?: object
  readonly spec?: object
  /** Oldest first; each was promoted. */
  readonly images?: readonly string[]
  /** Of the pods' own spec. */
  readonly pods?: object
  /** Of their one container. */
  readonly container?: object
  /** What stands between the executor and the gates. */
  readonly through?: (gates: Gates) => Gates
  /** Requests are given up before an answer that is late. */
  readonly isImpatient?: boolean
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
  /** The Canary has another one than we. */
  readonly hasWrongSecret?: true
  /** By name; made before anything else. */
  readonly configMaps?: readonly string[]
  /** How long pods may take to get ready. */
  readonly deadlineSeconds?: number
}

/** checkout, as whoever owns it applies it. */
export function manifest(
  { namespace, placement }: Pick<TestedCluster, 'namespace' | 'placement'>,
  image: string,
  { pods = {}, container = {}, deadlineSeconds = 60 }: Setup,
) {
  const labels = { app: 'checkout' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace },
    spec: {
      replicas: podsEach,
      progressDeadlineSeconds: deadlineSeconds,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...placement,
          containers: [{ name: 'app', image, ...container }],
          terminationGracePeriodSeconds: 1,
          ...pods,
        },
      },
    },
  }
}

/** And the Canary by which Flagger rolls it out. */
export function canaryOf(
  door: Door,
  { cluster, namespace }: { readonly cluster: string; readonly namespace: string },
  setup: Setup,
) {
  const {
    provider,
    gates = flaggerGates,
    webhooks = [],
    analysis,
    spec,
    deadlineSeconds = 60,
  } = setup
  const ours = gates.map((gate) => ({
    name: `countermand-${gate}`,
    type: gate,
    url: setup.hasWrongSecret
      ? door.addressOf(cluster, gate).replace(/:[^:@]+@/, ':another@')
      : door.addressOf(cluster, gate),
    timeout: '5s',
  }))
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'checkout', namespace },
    spec: {
      provider,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
      service: { port: 80 },
      progressDeadlineSeconds: deadlineSeconds,
      analysis: {
        interval: intervals[0],
        threshold: 3,
        ...(provider === 'istio' ? { stepWeights: [10, 50] } : { iterations: 2 }),
        webhooks: [...ours, ...webhooks],
        ...analysis,
      },
      ...spec,
    },
  }
}

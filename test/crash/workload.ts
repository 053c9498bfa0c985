import type { Trigger } from '#domain/automation/triggers.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'

export interface Workload {
  readonly name: string
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout'
  /** Of a Rollout: each new version waits at its first step for a person; else it goes on by itself. */
  readonly waits?: true
  readonly twoPeople?: true
  /** What may have it rolled back by itself. */
  readonly byItself?: Trigger
  /** A canary comes out beside it, and a route divides the requests between the two. */
  readonly hasCanary?: true
  /** Another one beside it, whose name ends with `-two`, goes back with it, or is left as it is in the end. */
  readonly withAnother?: 'goes-too' | 'is-left'
  /** Two Deployments take turns behind its Service. */
  readonly hasColours?: 'go-back' | 'go-back-for-good' | 'go-forward'
  /** Flagger tries each new version, and asks at our gates. */
  readonly byFlagger?: true
  /** What brings it what Git has. */
  readonly syncedBy?: 'argo-cd' | 'flux'
  /** Where it runs if not in the cluster, which then knows nothing of it. */
  readonly on?: 'nginx' | 'compose' | 'ecs' | 'code-deploy' | 'region' | 'database'
  /** Behind nginx: Compose starts what stands in its slots. */
  readonly onCompose?: true
  /** Of a database: where the app on it runs if not in the cluster. */
  readonly appOn?: 'ecs'
  /** Of ECS: what was deregistered may be registered once more. */
  readonly registersAgain?: true
  /** Its next version brings a flag along, which goes off, or which its provider keeps as it is. */
  readonly hasFlag?: 'goes-off' | 'is-kept'
  /** Whoever sleeps is called. */
  readonly paged?: true
}

/** How pods behave is written on their tag: `1.1` makes errors, and `…-gone` was never pushed. */
export function behaviours(image: string): Behaviour {
  const [, tag = ''] = image.split(':')
  if (tag.endsWith('-gone')) return { start: { kind: 'image-missing' } }
  const errorRate = tag === '1.1' ? 0.062 : 0.001
  return { ...healthy, traffic: { errorRate, p95Seconds: 0.18 }, logs: ['listening on :8080'] }
}

export const anotherOf = (workload: Workload): readonly Workload[] =>
  workload.withAnother ? [{ ...workload, name: `${workload.name}-two` }] : []

/** What works on a database, and has to stand still while its schema is moved. */
export const appsOn = ({ on, appOn, ...workload }: Workload): readonly Workload[] =>
  on === 'database'
    ? [{ ...workload, name: `${workload.name}-two`, ...(appOn ? { on: appOn } : {}) }]
    : []

/** As executors and timelines tell one kind of workload from another. */
export const sortOf = ({ on, kind }: Pick<Workload, 'on' | 'kind'>): string => on ?? kind

export const groupOf = ({ kind }: Pick<Workload, 'kind'>): string =>
  kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1'

const flux = 'kustomize.toolkit.fluxcd.io'

/** What a GitOps tool writes on what it brings. */
const brought = ({ name, kind, syncedBy }: Workload) =>
  syncedBy === 'argo-cd'
    ? {
        annotations: {
          'argocd.argoproj.io/tracking-id': `${name}:apps/${kind}:production/${name}`,
        },
      }
    : syncedBy === 'flux'
      ? { labels: { [`${flux}/name`]: 'shop' } }
      : {}

/** Whether Flux was told to leave it alone. */
export const isLeftAlone = (annotations: Readonly<Record<string, string>> | undefined): boolean =>
  annotations?.[`${flux}/reconcile`] !== undefined

export const manifestOf = (workload: Workload) => ({
  apiVersion: groupOf(workload),
  kind: workload.kind,
  metadata: { name: workload.name, namespace: 'production', ...brought(workload) },
  spec: specOf(workload),
})

const specOf = ({ name, kind, waits }: Workload) => ({
  ...(kind === 'DaemonSet' ? {} : { replicas: 2 }),
  ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
  ...(kind === 'Rollout'
    ? { strategy: { canary: { steps: [{ setWeight: 50 }, ...(waits ? [{ pause: {} }] : [])] } } }
    : {}),
  selector: { matchLabels: { app: name } },
  template: {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'app', image: `shop/${name}:0` }] },
  },
})

export const entranceOf = ({ name }: Workload) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'production' },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
})

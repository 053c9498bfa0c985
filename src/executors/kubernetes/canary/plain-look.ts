import { workloadId } from '#domain/ids.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed, type Observed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { withoutRightTo } from '../access.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { type GitOpsOwner, isPausing } from '../gitops/owner.ts'
import { syncOwners } from '../gitops/owners.ts'
import type { Kept } from '../kept.ts'
import { KubernetesService, type Pod, type Workload } from '../objects.ts'
import { observe } from '../observe.ts'
import { namespaced } from '../paths.ts'
import { conditionOf } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { selects } from '../verify.ts'
import { isReady, readClusterUid, readKept, readPods, readWorkload, wantedOf } from '../workload.ts'
import { shareOfPods } from './plain-share.ts'
import { labelsOf, promotedRevision } from './plain-template.ts'

/** One of the two Deployments. */
export interface Side {
  readonly target: Checked<KubernetesTarget>
  readonly workload: Workload
  readonly observed: Observed
  readonly kept: readonly Kept[]
  readonly pods: readonly Pod[]
  /** Whoever brings it what Git has. */
  readonly owners: readonly GitOpsOwner[]
  /** Those of them who do it without being asked. */
  readonly syncing: readonly GitOpsOwner[]
}

/** A stable Deployment, and a canary beside it; `canary` is absent where there is no such Deployment, or it asks for no pod. */
export interface PlainLook {
  readonly cluster: string
  readonly stable: Side
  readonly canary: Side | undefined
  readonly state: CanaryState
}

/** The Deployment beside a target, as a target of its own; `undefined` where none is configured. */
export function besideOf({
  spec,
  executor,
}: Checked<KubernetesTarget>): Checked<KubernetesTarget> | undefined {
  const { cluster, namespace, canary } = spec
  if (!canary) return undefined
  const name = canary.deployment
  return {
    executor,
    workload: workloadId(`${cluster}/${namespace}/deployment/${name}`),
    title: `${cluster}/${namespace} deployment ${name}`,
    spec: { cluster, namespace, kind: 'deployment', name },
  }
}

/** Throws when the stable Deployment is not there, or the platform does not answer. */
export async function lookAtPlain(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<PlainLook> {
  const api = apiOf(parts, target.spec)
  const beside = besideOf(target)
  const [cluster, stable, canary] = await Promise.all([
    readClusterUid(api, signal),
    sideOf(parts, target, signal),
    beside && sideOf(parts, beside, signal),
  ])
  if (!stable) throw new Error(`there is no ${target.title}`)
  const serving = canary && isServing(canary) ? canary : undefined
  const together = serving
    ? await servedTogether(api, target.spec, stable, serving, signal)
    : { warnings: [], blockers: [noCanary] }
  const { running } = stable.observed
  return {
    cluster,
    stable,
    canary: serving,
    state: {
      stable: running,
      canary: serving && asPromoted(stable, serving),
      share: shareOfPods({ stable: readyOf(stable), canary: serving ? readyOf(serving) : 0 }),
      of: 'instances',
      stops: undefined,
      units: {
        noun: 'pods',
        count: serving ? wantedOf(serving.target.spec, serving.workload) : 0,
        ready: serving ? readyOf(serving) : 0,
      },
      precondition: plainPrecondition(cluster, stable.workload, canary?.workload),
      warnings: [
        ...stable.observed.warnings,
        ...[stable, ...(serving ? [serving] : [])].flatMap(({ syncing }) =>
          syncing.map(({ tool, name }) => ({ kind: 'gitops_owner', tool, name }) as const),
        ),
        ...(serving?.observed.warnings ?? []).filter(({ kind }) => kind !== 'gitops_owner'),
        ...together.warnings,
      ],
      blockers: [
        ...stable.observed.blockers,
        ...(serving?.observed.blockers ?? []),
        ...together.blockers,
      ],
    },
  }
}

const noCanary: Blocker = { kind: 'unsupported', why: 'no canary is under way' }

async function sideOf(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<Side | undefined> {
  const api = apiOf(parts, target.spec)
  for (let attempt = 1; ; attempt += 1) {
    const workload = await readWorkload(api, target.spec, signal)
    if (!workload) return undefined
    const observed = await observe(parts, target, signal)
    // Both readings are of the same version, or they are taken anew.
    if (observed.running.id !== runningRevision(workload)) {
      if (attempt < 3) continue
      throw new Error(`${target.title} is changed all the time`)
    }
    const kept = await readKept(api, target.spec, workload, signal)
    const [pods, owners] = await Promise.all([
      readPods(api, target.spec, workload, kept, signal),
      syncOwners(parts, target.spec, workload, signal),
    ])
    return { target, workload, observed, kept, pods, owners, syncing: owners.filter(isPausing) }
  }
}

export const readyOf = ({ pods }: Side): number => pods.filter(isReady).length

const isServing = ({ target, workload, pods }: Side): boolean =>
  wantedOf(target.spec, workload) > 0 || pods.length > 0

/** By the name that it will have once it is the stable one: the two templates differ in the labels that tell them apart. */
const asPromoted = (stable: Side, { workload, observed }: Side): Revision => ({
  ...observed.running,
  id: promotedRevision(stable.workload, workload),
})

/** A pod gets its turn only where one Service sends to both. */
async function servedTogether(
  api: KubernetesApi,
  target: KubernetesTarget,
  stable: Side,
  canary: Side,
  signal: AbortSignal,
): Promise<{ readonly warnings: readonly Warning[]; readonly blockers: readonly Blocker[] }> {
  try {
    const names = await sharedServices(api, target, stable.workload, canary.workload, signal)
    if (names.length > 0) return { warnings: [], blockers: [] }
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return { warnings: withoutRightTo(target, 'list', 'services'), blockers: [] }
  }
  const why = `no Service selects the pods of both ${target.name} and ${canary.target.spec.name}, so that the number of pods decides nothing`
  return { warnings: [], blockers: [{ kind: 'unsupported', why }] }
}

/** Those whose selector fits the pods of both. */
export async function sharedServices(
  api: KubernetesApi,
  target: KubernetesTarget,
  stable: Workload,
  canary: Workload,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = namespaced('v1', target, 'services')
  const { items } = await api.list(path, KubernetesService, {}, signal)
  return items
    .filter(({ spec }) =>
      [stable, canary].every((one) => selects(spec.selector ?? {}, labelsOf(one))),
    )
    .map(({ metadata }) => metadata.name)
}

/** The number of the stable pods is left out: an autoscaler moves it all the time, and each step says from what it starts. */
export const plainPrecondition = (
  cluster: string,
  stable: Workload,
  canary: Workload | undefined,
) => ({
  cluster,
  stable: { uid: stable.metadata.uid, ...conditionOf(stable) },
  canary: canary
    ? { uid: canary.metadata.uid, ...conditionOf(canary), replicas: canary.spec.replicas ?? 1 }
    : null,
})

import { z } from 'zod'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Kept } from '../kept.ts'
import { isBetweenVersions } from '../kinds/rollout-state.ts'
import type { Pod, Workload } from '../objects.ts'
import { observe } from '../observe.ts'
import { preconditionOf } from '../precondition.ts'
import { objectIn, runningRevision } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { isReady, podsOf, readClusterUid, readKept, readPods, readWorkload } from '../workload.ts'
import { coarseness } from './coarseness.ts'
import { type ArgoStep, stepsOf, stopsOf, weightAt } from './argo-steps.ts'

/** A Rollout as it was found, and what that means for its canary. */
export interface ArgoLook {
  readonly cluster: string
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly observed: Observed
  readonly stable: Revision
  /** The version that is on its way; one that was aborted is still asked for. */
  readonly canary: Revision | undefined
  /** `undefined` by blue-green. */
  readonly steps: readonly ArgoStep[] | undefined
  readonly index: number
  readonly state: CanaryState
}

/** Every look that is taken of a Rollout is of one moment: what was shipped between two of its readings is looked at anew. */
export async function lookAtArgo(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<ArgoLook> {
  const api = apiOf(parts, target.spec)
  for (let attempt = 1; ; attempt += 1) {
    const observed = await observe(parts, target, signal)
    const [workload, cluster] = await Promise.all([
      readWorkload(api, target.spec, signal),
      readClusterUid(api, signal),
    ])
    if (!workload || runningRevision(workload) !== observed.running.id) {
      if (attempt < 3) continue
      throw new Error(`${target.title} is changed all the time`)
    }
    const kept = await readKept(api, target.spec, workload, signal)
    const pods = await readPods(api, target.spec, workload, kept, signal)
    return lookOf({ cluster, workload, kept, observed, pods })
  }
}

interface Seen {
  readonly cluster: string
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly observed: Observed
  readonly pods: readonly Pod[]
}

function lookOf({ cluster, workload, kept, observed, pods }: Seen): ArgoLook {
  const canary = isBetweenVersions(workload) ? observed.running : undefined
  const stable = (canary && stableOf(workload, kept, observed.history)) ?? observed.running
  const steps = stepsOf(workload)
  const index = workload.status.currentStepIndex ?? 0
  const own = canary ? podsOf(pods, kept, canary.id) : []
  const share = canary ? shareOf(workload) : 0
  const of = isByTraffic(workload) ? 'traffic' : 'instances'
  const ready = pods.filter(isReady).length
  const ownReady = own.filter(isReady).length
  return {
    cluster,
    workload,
    kept,
    observed,
    stable,
    canary,
    steps,
    index,
    state: {
      stable,
      canary,
      share,
      of,
      stops: [...new Set([...stopsOf(steps ?? []).map((stop) => stop.share), 100])].toSorted(
        (a, b) => a - b,
      ),
      units: { noun: 'pods', count: own.length, ready: ownReady },
      precondition: argoPrecondition(cluster, workload),
      warnings: [
        ...observed.warnings.filter(({ kind }) => kind !== 'in_flight'),
        ...(canary ? onItsOwn(workload, steps?.[index]) : []),
        ...(of === 'instances' ? coarseness(share, ownReady, ready) : []),
      ],
      blockers: [...observed.blockers, ...standstill(workload, canary)],
    },
  }
}

const stableOf = ({ status }: Workload, kept: readonly Kept[], history: readonly Revision[]) => {
  const own = kept.find(({ hashes }) => hashes.includes(status.stableRS ?? ''))
  return history.find(({ id }) => id === own?.revision)
}

const Weights = z.object({
  canary: z.object({
    weights: z.object({ canary: z.object({ weight: z.number() }) }),
  }),
})

/** By what the controller says that it has set, where something divides the traffic; else by what its steps ask for. */
export function shareOf(workload: Workload): number {
  const { status, raw } = workload
  const steps = stepsOf(workload)
  if (status.abort === true) return 0
  if (!steps) return status.blueGreen?.activeSelector === status.currentPodHash ? 100 : 0
  const { data } = Weights.safeParse(raw.status)
  if (isByTraffic(workload)) return data?.canary.weights.canary.weight ?? 0
  return weightAt(steps, status.currentStepIndex ?? 0)
}

function isByTraffic({ raw }: Workload): boolean {
  const { blueGreen, canary } = objectIn(raw.spec['strategy'])
  return blueGreen !== undefined || objectIn(canary)['trafficRouting'] !== undefined
}

/** At a pause that has an end nobody is waited for. */
const onItsOwn = (workload: Workload, step: ArgoStep | undefined): readonly Warning[] =>
  step?.kind === 'pause' &&
  step.seconds !== undefined &&
  isWaiting(workload) &&
  workload.spec.paused !== true
    ? [{ kind: 'moves_on', afterMicros: seconds(step.seconds) }]
    : []

/** Why it is not moved forward whatever the share. */
function standstill(workload: Workload, canary: Revision | undefined): readonly Blocker[] {
  const { status, spec } = workload
  const why = (): string | undefined => {
    if (!canary) return 'no canary is under way'
    if (status.abort === true) return undefined
    if (isWaiting({ status }) || spec.paused === true) return undefined
    return `${canary.name} is still on its way to where it stops next; it can be moved once it stands there`
  }
  const said = why()
  return said === undefined ? [] : [{ kind: 'unsupported', why: said }]
}

export const isWaiting = ({ status }: Pick<Workload, 'status'>): boolean =>
  (status.pauseConditions ?? []).length > 0

/** What a leg holds on to until it begins: that version at that step, waiting for the same. */
export const argoPrecondition = (cluster: string, workload: Workload) => {
  const { currentStepIndex, currentPodHash, pauseConditions, abort, abortedAt, promoteFull } =
    workload.status
  return {
    ...preconditionOf(cluster, workload),
    step: currentStepIndex ?? null,
    hash: currentPodHash ?? null,
    pauses: pauseConditions ?? [],
    aborted: abort === true,
    ...(abort === true ? { abortedAt: abortedAt ?? null } : {}),
    promoted: promoteFull === true,
  }
}

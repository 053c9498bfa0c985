import type { Progress } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { kindOf } from '../kinds/index.ts'
import type { Workload } from '../objects.ts'
import type { ChangeOf } from '../schema.ts'
import type { Seen } from '../states.ts'
import {
  isLagging,
  isReady,
  isSettled,
  podsOf,
  readKept,
  readPods,
  troubleOf,
  wantedOf,
} from '../workload.ts'
import { pausesOf } from './pass-pause.ts'

type Passing = ChangeOf<'pass_pause'>

/** Whether a canary has come to its next stop, or certainly will not; `undefined` while it is on its way. */
export function arrived(
  change: Passing,
  seen: Seen,
): Exclude<Progress, { kind: 'moving' }> | undefined {
  if (!seen) return failed(`${change.target.name} was deleted`)
  const { workload } = seen
  if (workload.metadata.uid !== change.uid)
    return failed(`${change.target.name} was deleted and made again`)
  if (isLagging(workload)) return undefined
  const { status, spec } = workload
  if (status.currentPodHash !== change.hash) return failed('another version was shipped meanwhile')
  if (status.abort === true) return failed(status.message ?? 'it was aborted')
  if (change.until === null && isSettled(change.target, workload)) {
    const wanted = wantedOf(change.target, workload)
    return { kind: 'settled', ready: wanted, wanted }
  }
  const failure = kindOf(change.target).failure?.(workload)
  if (failure !== undefined) return failed(failure)
  if (spec.paused === true) return failed('the rollout was paused by hand')
  return atPause(change, workload)
}

/** What it means where it waits. By itself it goes on from a pause that has an end. */
function atPause(change: Passing, { status }: Workload) {
  const { index, until } = change
  const now = status.currentStepIndex ?? 0
  const isBeyond = until !== null && (now > until || status.stableRS === change.hash)
  if (isBeyond) return failed('it went on past the step at which it was to stop')
  const pauses = status.pauseConditions ?? []
  if (pauses.some(({ reason }) => reason.startsWith('Inconclusive')))
    return failed(`an analysis says neither yes nor no: ${status.message ?? 'inconclusive'}`)
  if (pauses.length === 0) return undefined
  // By blue-green it is retried to where it waits before it gets any request.
  const isBeside = change.clears === 'abort' && pauses.some(({ reason }) => reason === beside)
  if (now === until || isBeside) {
    const pods = status.updatedReplicas ?? 0
    return { kind: 'settled', ready: pods, wanted: pods } as const
  }
  const wasAtPause = change.clears === 'pause' || change.clears === 'inconclusive'
  const isWhereItWas = wasAtPause && (index === null || now === index)
  return isWhereItWas && pausesOf(status).length > 0
    ? failed('it waits again where it waited')
    : undefined
}

/** argo-rollouts, pkg/apis/rollouts/v1alpha1/types.go: PauseReasonBlueGreenPause. */
const beside = 'BlueGreenPause'

/** How far the pods of the canary are. */
export async function arriving(
  api: KubernetesApi,
  { target, to }: Passing,
  { workload, isSure }: NonNullable<Seen>,
  signal: AbortSignal,
): Promise<Progress> {
  const kept = await readKept(api, target, workload, signal)
  const own = podsOf(await readPods(api, target, workload, kept, signal), kept, to)
  const ready = own.filter(isReady).length
  const trouble = own
    .filter((pod) => !isReady(pod))
    .flatMap((pod) => {
      const why = troubleOf(pod)
      return why === undefined ? [] : [`${pod.metadata.name}: ${why}`]
    })[0]
  const wanted = own.length
  if (isSure)
    return failed(
      ['the rollout made no progress within its deadline', ...(trouble ? [trouble] : [])].join(
        ': ',
      ),
      ready,
      wanted,
    )
  return { kind: 'moving', ready, wanted, note: trouble ?? noteOf(workload) }
}

const noteOf = (workload: Workload): string => {
  if (isLagging(workload)) return 'waiting for the controller to notice'
  return (workload.status.pauseConditions ?? []).length > 0
    ? 'waits for a while by its own steps'
    : ''
}

const failed = (message: string, ready = 0, wanted = 0) =>
  ({ kind: 'failed', message, ready, wanted }) as const

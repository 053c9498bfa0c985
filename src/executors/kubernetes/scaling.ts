import { following } from '#executors/following.ts'
import type { Progress } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import { isUnknownOutcome } from './failure.ts'
import { doubtAbout } from './judged.ts'
import type { Kept } from './kept.ts'
import { kindOf } from './kinds/index.ts'
import type { Pod, Workload } from './objects.ts'
import type { ChangeOf, KubernetesTarget } from './schema.ts'
import { isLagging, isReady, readAllPods, readKept, readWorkload } from './workload.ts'

type Change = Pick<ChangeOf<'set_scale'>, 'target' | 'uid' | 'replicas'>

/**
 * Follows a workload on its way to nothing, and back. Stopped is what has no pod left: a Deployment stops counting one that is told
 * to end, while it may still write for as long as its grace lasts.
 */
export const scaling = (
  api: KubernetesApi,
  change: Change,
  signal: AbortSignal,
): AsyncIterable<Progress> =>
  following(
    {
      everyMs: api.waits.lookMs,
      look: () => look(api, change, signal),
      noAnswer,
      wanted: change.replicas,
    },
    signal,
  )

async function look(api: KubernetesApi, change: Change, signal: AbortSignal): Promise<Progress> {
  const { target, uid, replicas } = change
  const workload = await readWorkload(api, target, signal)
  const failed = (message: string): Progress => ({
    kind: 'failed',
    message,
    ready: 0,
    wanted: replicas,
  })
  if (workload?.metadata.uid !== uid) return failed(`${target.name} was deleted`)
  const asked = workload.spec.replicas ?? 1
  // What was started again is an autoscaler's once more: how many there are is its business, not whether there are any.
  if (asked !== replicas && (asked === 0 || replicas === 0))
    return failed(`${target.name} was scaled to ${asked} by somebody or an autoscaler`)
  const kept = await readKept(api, target, workload, signal)
  const pods = (await readAllPods(api, target, workload, kept, signal)).filter(isAlive)
  const ready = pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length
  if (replicas > 0) {
    // What a Deployment says of its pods may be of before: they were told to end meanwhile.
    const doubt = areUp(target, workload, kept, asked) ? doubtAbout(kept, ready, asked) : ''
    return doubt === undefined
      ? { kind: 'settled', ready: asked, wanted: asked }
      : { kind: 'moving', ready, wanted: asked, note: doubt }
  }
  return pods.length === 0
    ? { kind: 'settled', ready: 0, wanted: 0 }
    : { kind: 'moving', ready: pods.length, wanted: 0, note: `${pods.length} still run` }
}

/** So many pods, of whatever versions: one that waits at a step of its own, or is paused, had several before it was stopped. */
function areUp(target: KubernetesTarget, workload: Workload, kept: readonly Kept[], asked: number) {
  const { availableReplicas, readyReplicas } = workload.status
  const available =
    kindOf(target).keptAs === 'replicasets'
      ? kept.reduce((sum, one) => sum + one.available, 0)
      : (availableReplicas ?? readyReplicas ?? 0)
  return !isLagging(workload) && available >= asked
}

/** One that has ended stays listed for a while, and writes nothing any more. */
const isAlive = ({ status: { phase } }: Pod): boolean => phase !== 'Succeeded' && phase !== 'Failed'

const noAnswer = (error: unknown): string | undefined =>
  error instanceof Error && isUnknownOutcome(error) ? error.message : undefined

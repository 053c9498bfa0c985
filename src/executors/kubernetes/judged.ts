import type { RevisionId } from '#domain/ids.ts'
import type { Progress } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import type { Workload } from './objects.ts'
import { stuckPods } from './warnings.ts'
import { imagesOf, revisionName } from './revision.ts'
import { isSettled } from './rollout.ts'
import type { KubernetesChange } from './schema.ts'
import type { Seen } from './states.ts'
import {
  isLagging,
  isReady,
  podsOf,
  readKept,
  readPods,
  runningRevision,
  troubleOf,
  wantedOf,
} from './workload.ts'

/** What a state of the workload decides by itself; `undefined` while its pods are on their way. */
export function decided(
  change: KubernetesChange,
  to: RevisionId,
  seen: Seen,
): Exclude<Progress, { kind: 'moving' }> | undefined {
  if (!seen) return failed(`${change.target.name} was deleted`)
  const { workload } = seen
  if (workload.metadata.uid !== change.uid)
    return failed(`${change.target.name} was deleted and made again`)
  if (runningRevision(workload) !== to) return failed(`superseded by ${nameOf(workload)}`)
  const wanted = wantedOf(change.target, workload)
  if (isSettled(change.target, workload)) return { kind: 'settled', ready: wanted, wanted }
  if (workload.spec.paused) return failed('the rollout is paused: no pod moves', 0, wanted)
  return undefined
}

/** What a state means that decides nothing by itself: looks at the pods. */
export async function judged(
  api: KubernetesApi,
  change: KubernetesChange,
  to: RevisionId,
  { workload, isSure }: NonNullable<Seen>,
  signal: AbortSignal,
): Promise<Progress> {
  const wanted = wantedOf(change.target, workload)
  const kept = await readKept(api, change.target, workload, signal)
  const pods = await readPods(api, change.target, workload, kept, signal)
  const ours = podsOf(pods, kept, to)
  const ready = ours.filter(isReady).length
  const trouble = ours
    .filter((pod) => !isReady(pod))
    .flatMap((pod) => {
      const why = troubleOf(pod)
      return why ? [`${pod.metadata.name}: ${why}`] : []
    })
  const stuck = stuckPods(
    change.target,
    pods.filter((pod) => !ours.includes(pod)),
  ).map(
    ({ name, why }) => `${name} of another version holds the others up until it is deleted: ${why}`,
  )
  const short = workload.status.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  const reasons = [...(short?.message ? [short.message] : []), ...stuck, ...trouble].slice(0, 3)
  if (isSure)
    return failed(
      [
        'the rollout made no progress within its deadline',
        ...(reasons.length > 0 ? [reasons.join('; ')] : []),
      ].join(': '),
      ready,
      wanted,
    )
  return {
    kind: 'moving',
    ready,
    wanted,
    note: reasons[0] ?? noteOf(workload, pods.length - ours.length),
  }
}

const failed = (message: string, ready = 0, wanted = 0) =>
  ({ kind: 'failed', message, ready, wanted }) as const

const noteOf = (workload: Workload, others: number): string =>
  isLagging(workload)
    ? 'waiting for the controller to notice'
    : others > 0
      ? `${others} of another version left`
      : ''

const nameOf = ({ spec }: Workload): string => revisionName(spec.template, imagesOf(spec.template))

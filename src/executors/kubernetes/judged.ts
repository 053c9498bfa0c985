import { count } from '#domain/communication/words.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Progress } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import type { Kept } from './kept.ts'
import { kindOf } from './kinds/index.ts'
import type { Pod, Workload } from './objects.ts'
import { stuckPods } from './warnings.ts'
import { imagesOf, revisionName, runningRevision } from './revision.ts'
import type { KubernetesChange } from './schema.ts'
import type { Seen } from './states.ts'
import {
  isLagging,
  isReady,
  isSettled,
  podsOf,
  readKept,
  readPods,
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
  // Until it is noticed, what is said is said of the version before.
  const failure = isLagging(workload) ? undefined : kindOf(change.target).failure?.(workload)
  if (failure !== undefined) return failed(failure, 0, wanted)
  if (workload.spec.paused) return failed('the rollout is paused: no pod moves', 0, wanted)
  return undefined
}

/** What a state means that decides nothing by itself, or only what the pods must bear out: looks at them. */
export async function judged(
  api: KubernetesApi,
  change: KubernetesChange,
  { to, isSaidToBeOut }: Wanted,
  { workload, isSure }: NonNullable<Seen>,
  signal: AbortSignal,
): Promise<Progress> {
  const wanted = wantedOf(change.target, workload)
  const kept = await readKept(api, change.target, workload, signal)
  const pods = await readPods(api, change.target, workload, kept, signal)
  const ours = podsOf(pods, kept, to)
  const ready = ours.filter(isReady).length
  const own = kept.filter(({ revision }) => revision === to)
  const doubt = isSaidToBeOut ? doubtAbout(own, ready, wanted) : undefined
  if (isSaidToBeOut && doubt === undefined) return { kind: 'settled', ready: wanted, wanted }
  const trouble = troublesOf(ours.filter((pod) => !isReady(pod)))
  const stuck = stuckPods(
    change.target,
    pods.filter((pod) => !ours.includes(pod)),
  ).map(
    ({ name, why }) => `${name} of another version holds the others up until it is deleted: ${why}`,
  )
  const short = workload.status.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  const first = [...(short?.message ? [short.message] : []), ...stuck]
  if (isSure) {
    const reasons = [...first, ...trouble.map(counted)].slice(0, 3)
    return failed(
      [
        'the rollout made no progress within its deadline',
        ...(reasons.length > 0 ? [reasons.join('; ')] : []),
      ].join(': '),
      ready,
      wanted,
    )
  }
  return {
    kind: 'moving',
    ready,
    wanted,
    note: first[0] ?? trouble[0]?.text ?? doubt ?? noteOf(workload, pods.length - ours.length),
  }
}

interface Wanted {
  readonly to: RevisionId
  /** By the workload itself, which sums up what its ReplicaSets said of their pods before. */
  readonly isSaidToBeOut: boolean
}

/**
 * Why what a workload says of its pods is not believed yet; `undefined` where the ready ones bear it out. Until their controller has
 * seen the ReplicaSets as they are now, it may be about to end pods that are ready and nowhere marked to go (kube-controller-manager,
 * pkg/controller/replicaset: pods are deleted first, `observedGeneration` is written after that).
 */
export function doubtAbout(
  sets: readonly Kept[],
  ready: number,
  wanted: number,
): string | undefined {
  if (ready < wanted) return 'the cluster calls it done, but not enough of its pods are ready'
  return sets.every(({ isObserved }) => isObserved)
    ? undefined
    : 'waiting for the controller to notice how many pods are wanted: it may still end some'
}

/** Each kind of trouble once, with a pod to look at; its message may name the pod, so kinds are told apart by their reason. */
function troublesOf(pods: readonly Pod[]): readonly Trouble[] {
  const found = new Map<string, Trouble>()
  for (const pod of pods) {
    const why = troubleOf(pod)
    if (why === undefined) continue
    const [reason = why] = why.split(' – ')
    const known = found.get(reason)
    found.set(
      reason,
      known
        ? { ...known, others: known.others + 1 }
        : { text: `${pod.metadata.name}: ${why}`, others: 0 },
    )
  }
  return [...found.values()]
}

interface Trouble {
  readonly text: string
  /** Pods with the same. */
  readonly others: number
}
const counted = ({ text, others }: Trouble): string =>
  others === 0 ? text : `${text} (and ${count(others, 'other pod')})`

const failed = (message: string, ready = 0, wanted = 0) =>
  ({ kind: 'failed', message, ready, wanted }) as const

const noteOf = (workload: Workload, others: number): string =>
  isLagging(workload)
    ? 'waiting for the controller to notice'
    : others > 0
      ? `${others} of another version left`
      : ''

const nameOf = ({ spec }: Workload): string => revisionName(spec.template, imagesOf(spec.template))

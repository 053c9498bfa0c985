import type { RevisionId } from '#domain/ids.ts'
import type { Progress } from '#ports/executor.ts'
import { type KubernetesApi, pause } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { hasCode, isUnknownOutcome } from './failure.ts'
import { Workload } from './objects.ts'
import { workloadsPath } from './paths.ts'
import { imagesOf, revisionName } from './revision.ts'
import { changedByUsAt, deadlineExceeded, isSettled } from './rollout.ts'
import type { KubernetesChange, KubernetesTarget } from './schema.ts'
import { watchSeconds } from './watch.ts'
import {
  isLagging,
  isReady,
  podsOf,
  readKept,
  readPods,
  readWorkload,
  runningRevision,
  troubleOf,
  wantedOf,
} from './workload.ts'

/** A controller's "deadline exceeded" may be the last rollout's for a moment; what lasts this long is meant. */
export const persistMs = 3_000
const reconnectMs = 500
/** Watches end by themselves now and then; one that ends at once must not be asked for in a tight loop. */
const rewatchMs = 50

/** Looks at every change of the workload until the pods of the wanted version are out, or certainly will not be. */
export async function* progress(
  parts: KubernetesParts,
  change: KubernetesChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const api = apiOf(parts, change.target)
  const to = followed(change)
  if (to === undefined) {
    yield { kind: 'settled', ready: 0, wanted: 0 }
    return
  }
  let last = ''
  try {
    for await (const seen of states(api, change.target, signal)) {
      const now = await judged(api, change, to, seen, signal)
      const text = JSON.stringify(now)
      if (text !== last) yield now
      last = text
      if (now.kind !== 'moving') return
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The version whose pods a change waits for; `undefined` where it moves none. */
function followed(change: KubernetesChange): RevisionId | undefined {
  switch (change.kind) {
    case 'set_template':
      return change.follow ? change.to : undefined
    case 'set_paused':
      return change.paused ? undefined : change.to
    case 'delete_pods':
      return change.to
    case 'set_strategy':
    case 'nothing':
      return undefined
  }
}

/** A state and how long the same controller's complaint has stood; `undefined` once the object is gone. */
type Seen = { readonly workload: Workload; readonly isSure: boolean } | undefined

/** Every state of the object, without a gap: list, watch from there, and list again when the server says it forgot. */
async function* states(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): AsyncIterable<Seen> {
  const path = workloadsPath(target)
  const query = { fieldSelector: `metadata.name=${target.name}` }
  for (;;) {
    const { items, resourceVersion } = await listed(api, path, query, signal)
    const [first] = items
    if (!first) yield undefined
    else if (complains(first)) {
      yield { workload: first, isSure: false }
      await pause(persistMs, signal)
      const again = await readWorkload(api, target, signal)
      yield again && { workload: again, isSure: isSameComplaint(first, again) }
      continue
    } else yield { workload: first, isSure: false }
    yield* watched(api, path, query, resourceVersion, signal)
  }
}

/** Until the list must be read again. */
async function* watched(
  api: KubernetesApi,
  path: string,
  query: { readonly fieldSelector: string },
  from: string,
  signal: AbortSignal,
): AsyncIterable<Seen> {
  let resourceVersion = from
  const how = { ...query, allowWatchBookmarks: true, timeoutSeconds: watchSeconds }
  for (;;) {
    try {
      for await (const { type, object } of api.watch(path, { ...how, resourceVersion }, signal)) {
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion
        if (type === 'BOOKMARK') continue
        if (type === 'DELETED') return yield undefined
        const workload = Workload.parse(object)
        if (complains(workload)) return
        yield { workload, isSure: false }
      }
      await pause(rewatchMs, signal)
    } catch (error) {
      if (hasCode(error, 410)) return
      if (!isUnknownOutcome(error) && !hasCode(error, 429)) throw error
      await pause(reconnectMs, signal)
      return
    }
  }
}

/** Unreachable is not failed: the workload may be fine. Only the caller's time ends this. */
async function listed(
  api: KubernetesApi,
  path: string,
  query: { readonly fieldSelector: string },
  signal: AbortSignal,
) {
  for (;;)
    try {
      return await api.list(path, Workload, query, signal)
    } catch (error) {
      if (!isUnknownOutcome(error)) throw error
      await pause(reconnectMs, signal)
    }
}

async function judged(
  api: KubernetesApi,
  change: KubernetesChange,
  to: RevisionId,
  seen: Seen,
  signal: AbortSignal,
): Promise<Progress> {
  const failed = (message: string, ready = 0, wanted = 0): Progress => ({
    kind: 'failed',
    message,
    ready,
    wanted,
  })
  if (!seen) return failed(`${change.target.name} was deleted`)
  const { workload, isSure } = seen
  if (workload.metadata.uid !== change.uid)
    return failed(`${change.target.name} was deleted and made again`)
  if (runningRevision(workload) !== to) return failed(`superseded by ${nameOf(workload)}`)
  const wanted = wantedOf(change.target, workload)
  if (isSettled(change.target, workload)) return { kind: 'settled', ready: wanted, wanted }
  if (workload.spec.paused) return failed('the rollout is paused: no pod moves', 0, wanted)

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
  const short = workload.status.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  const reasons = [...(short?.message ? [short.message] : []), ...trouble].slice(0, 3)
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

const noteOf = (workload: Workload, others: number): string =>
  isLagging(workload)
    ? 'waiting for the controller to notice'
    : others > 0
      ? `${others} of another version left`
      : ''

const nameOf = ({ spec }: Workload): string => revisionName(spec.template, imagesOf(spec.template))

/** Said about this generation, and not certainly before our change. */
function complains(workload: Workload): boolean {
  const condition = deadlineExceeded(workload)
  if (!condition || isLagging(workload)) return false
  const changedAt = changedByUsAt(workload)
  const saidAt = Date.parse(condition.lastUpdateTime ?? '')
  return changedAt === undefined || Number.isNaN(saidAt) || saidAt >= changedAt
}

const isSameComplaint = (before: Workload, after: Workload): boolean =>
  complains(after) && before.metadata.generation === after.metadata.generation

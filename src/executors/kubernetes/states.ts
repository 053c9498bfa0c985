import { NotAllowed } from '#ports/executor.ts'
import { type KubernetesApi, pause } from './api.ts'
import { hasCode, isUnknownOutcome } from './failure.ts'
import { Workload } from './objects.ts'
import { changedByUsAt, deadlineExceeded } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'
import { watchSeconds } from './watch.ts'
import { isLagging, readWorkload, resolved, workloadsPath } from './workload.ts'

const reconnectMs = 500
/** Without the right to watch, the object is asked for this often. */
const askMs = 1_000
/** Watches end by themselves now and then; one that ends at once must not be asked for in a tight loop. */
const rewatchMs = 50

/** A state, and whether the controller's complaint in it is meant; `undefined` once the object is gone. */
export type Seen = { readonly workload: Workload; readonly isSure: boolean } | undefined

/** Every state of the object, without a gap: list, watch from there, and list again when the server says it forgot. */
export async function* states(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): AsyncIterable<Seen> {
  const path = workloadsPath(target)
  const query = { fieldSelector: `metadata.name=${target.name}` }
  for (;;) {
    const { items, resourceVersion } = await listed(api, path, query, signal)
    const [found] = items
    const first = found && (await resolved(api, target, found, signal))
    if (!first) yield undefined
    else if (complains(first)) {
      yield { workload: first, isSure: false }
      await pause(api.waits.complaintMs, signal)
      const again = await readWorkload(api, target, signal)
      yield again && { workload: again, isSure: isSameComplaint(first, again) }
      continue
    } else yield { workload: first, isSure: false }
    yield* watched(api, target, query, resourceVersion, signal)
  }
}

/** Until the list must be read again. */
async function* watched(
  api: KubernetesApi,
  target: KubernetesTarget,
  query: { readonly fieldSelector: string },
  from: string,
  signal: AbortSignal,
): AsyncIterable<Seen> {
  const path = workloadsPath(target)
  let resourceVersion = from
  const how = { ...query, allowWatchBookmarks: true, timeoutSeconds: watchSeconds }
  for (;;) {
    try {
      for await (const { type, object } of api.watch(path, { ...how, resourceVersion }, signal)) {
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion
        if (type === 'BOOKMARK') continue
        if (type === 'DELETED') return
        const workload = await resolved(api, target, Workload.parse(object), signal)
        if (complains(workload)) return
        yield { workload, isSure: false }
      }
      await pause(rewatchMs, signal)
    } catch (error) {
      if (hasCode(error, 410)) return
      if (error instanceof NotAllowed) return pause(askMs, signal)
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

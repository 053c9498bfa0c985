import type { Target } from '#domain/service.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer } from '#ports/freezer.ts'
import { type KubernetesApi, type PatchOperation, pause } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { type FreezeSeen, seeFreeze } from './freeze-check.ts'
import {
  besideKey,
  FreezeMap,
  hasEntry,
  freezeEntry,
  freezeKey,
  freezeMapPath,
  freezeName,
  liftingPatch,
  raisingPatch,
} from './freeze-map.ts'
import { fieldManager } from './rollout.ts'
import { KubernetesTarget } from './schema.ts'

/** Answers that were lost and races that were lost: read again and try again this often. */
const attempts = 6
const retryMs = 50
/** The API server learns of a changed ConfigMap within about 70 ms; after this long it will not. */
const noticeMs = 2_000

/** Freezes by an entry in the ConfigMap that the policy of `deploy/freeze.yaml` reads, in the workload's own namespace. */
export function kubernetesFreezer(parts: KubernetesParts): Freezer {
  const place = ({ spec }: Target) => {
    const target = KubernetesTarget.parse(spec)
    return { target, api: apiOf(parts, target) }
  }
  return {
    covers: ({ spec }) => {
      const { data } = KubernetesTarget.safeParse(spec)
      return data !== undefined && (parts.freezing?.has(data.cluster) ?? false)
    },
    async raise(given, order, signal) {
      const { target, api } = place(given)
      const before = await seeFreeze(api, target, `${order.rollback} before`, signal)
      if (before.kind === 'acts_on_us') throw new CannotFreeze(stopsUs(before.account))
      const entry = freezeEntry(order)
      const key = order.isBeside ? besideKey(target, order.rollback) : freezeKey(target)
      const isThere = await rewrite(api, target, signal, (map) => raisingPatch(map, key, entry))
      if (!isThere)
        throw new CannotFreeze(
          `there is no ConfigMap ${freezeName} in ${target.namespace}: apply deploy/freeze.yaml there`,
        )
      await untilItActs(api, target, order.rollback, signal)
    },
    async lift(given, rollback, signal) {
      const { target, api } = place(given)
      const isThere = await rewrite(api, target, signal, (map) =>
        liftingPatch(map, [freezeKey(target), besideKey(target, rollback)], rollback),
      )
      if (isThere) await untilItIsOpen(api, target, rollback, signal)
    },
  }
}

/** `false` when there is no such ConfigMap. */
async function rewrite(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
  change: (map: FreezeMap) => readonly PatchOperation[],
): Promise<boolean> {
  const path = freezeMapPath(target)
  for (let attempt = 1; ; attempt += 1) {
    const map = await api.get(path, FreezeMap, signal)
    if (!map) return false
    const operations = change(map)
    if (operations.length === 0) return true
    try {
      await api.patch(path, operations, FreezeMap, { fieldManager }, signal)
      return true
    } catch (error) {
      if (!hasCode(error, 404, 409, 422) && !isUnknownOutcome(error)) throw asRefusal(error)
      if (attempt >= attempts) throw error
      await pause(retryMs * attempt, signal)
    }
  }
}

/** An admission rule of the cluster's own: trying again will not change its mind. */
const asRefusal = (error: unknown): unknown =>
  error instanceof ApiFailure
    ? new NotAllowed('patch', 'configmaps', { why: error.message, cause: error })
    : error

/** Until the API server itself says that the freeze acts; anything else would be a guess. */
async function untilItActs(
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += retryMs) {
    const seen = await seeFreeze(api, target, `${mark} ${waited}`, signal)
    if (seen.kind === 'acts') return
    if (seen.kind === 'workload_gone')
      throw new CannotFreeze(`there is no ${target.kind} ${target.name} to freeze`)
    if (waited >= noticeMs && seen.kind === 'unanswered') throw seen.error
    if (waited >= noticeMs)
      throw new CannotFreeze(
        seen.kind === 'unclear'
          ? `whether the freeze acts could not be checked: ${seen.why}`
          : policyAbsent(target),
      )
    await pause(retryMs, signal)
  }
}

/** An API server that has stopped listening to the ConfigMap would go on refusing: lifted means that it has heard of it. */
async function untilItIsOpen(
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += retryMs) {
    const seen = await seeFreeze(api, target, `${mark} ${waited}`, signal).catch(unseen)
    if (!['acts', 'unclear', 'unanswered'].includes(seen.kind)) return
    const map = await api.get(freezeMapPath(target), FreezeMap, signal)
    // Another rollback has frozen it meanwhile.
    if (map && hasEntry(map, target)) return
    if (waited >= noticeMs)
      throw new Error(
        `the API server goes on refusing deploys in ${target.namespace} although the entry is gone`,
      )
    await pause(retryMs, signal)
  }
}

/** Without the right to try it, the entry that is gone has to do. */
function unseen(error: unknown): FreezeSeen {
  if (error instanceof NotAllowed) return { kind: 'could_act' }
  throw error
}

/** A freeze must never stop the rollback that it protects. */
export const stopsUs = (account: string): string =>
  `the policy ${freezeName} would stop Countermand itself: name ${account} in its variable mayPass`

/** What whoever runs the platform has to do. */
const policyAbsent = ({ namespace }: KubernetesTarget): string =>
  `the policy ${freezeName} does not act in ${namespace}: apply deploy/freeze.yaml and label the namespace countermand.dev/freeze=on`

import type { RollbackId } from '#domain/ids.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer } from '#ports/freezer.ts'
import { type KubernetesApi, type PatchOperation, pause } from './api.ts'
import { type KubernetesParts, placeOf } from './context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import {
  besideKey,
  FreezeMap,
  hasEntry,
  freezeEntry,
  freezeKeys,
  freezeMapPath,
  freezeName,
  lastFreeze,
  liftingPatch,
  raisingPatch,
} from './freeze-map.ts'
import {
  isPoliced,
  mayStillAct,
  retryMs,
  seeFreeze,
  stopsUs,
  unseen,
  untilItActs,
  untilSeen,
  whyItStillActs,
} from './policy-check.ts'
import { fieldManager } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'

/** Answers that were lost and races that were lost: read again and try again this often. */
const attempts = 6

/** Freezes by an entry in the ConfigMap that the policy of `deploy/freeze.yaml` reads, in the workload's own namespace. */
export function kubernetesFreezer(parts: KubernetesParts): Freezer {
  return {
    covers: (given) => isPoliced(parts, given),
    async raise(given, order, signal) {
      const { target, api } = placeOf(parts, given)
      const before = await seeFreeze(api, target, `${order.rollback} before`, signal)
      if (before.kind === 'acts_on_us') throw new CannotFreeze(stopsUs(freezeName, before.account))
      const entry = freezeEntry(order)
      const { rollback, isBeside = false } = order
      const own = freezeKeys(target)
      const keys = isBeside ? own.map((key) => besideKey(key, rollback)) : own
      // What it froze of its own would still be what people read; in one patch, so that deploys are open at no moment.
      const isThere = await rewrite(api, target, signal, (map) => [
        ...raisingPatch(map, keys, entry),
        ...(isBeside ? liftingPatch(map, own, rollback) : []),
      ])
      if (!isThere)
        throw new CannotFreeze(
          `there is no ConfigMap ${freezeName} in ${target.namespace}: apply deploy/freeze.yaml there`,
        )
      try {
        await untilItActs(
          api,
          (waited) => seeFreeze(api, target, `${order.rollback} ${waited}`, signal),
          {
            what: 'freeze',
            policy: freezeName,
            target,
            gone: `there is no ${target.kind} ${target.name} to freeze`,
            cannot: (why) => new CannotFreeze(why),
          },
          signal,
        )
      } catch (error) {
        // Called not frozen, it must not be frozen later, when somebody puts the policy right.
        if (error instanceof CannotFreeze) await open(api, target, order.rollback, signal)
        throw error
      }
    },
    async lift(given, rollback, signal) {
      const { target, api } = placeOf(parts, given)
      const isThere = await open(api, target, rollback, signal)
      if (!isThere) return undefined
      await untilItIsOpen(api, target, rollback, signal)
      const map = await api.get(freezeMapPath(target), FreezeMap, signal)
      return map && lastFreeze(map, target)
    },
  }
}

/** Takes away what this rollback has frozen, and nothing else; `false` when there is no such ConfigMap. */
const open = (
  api: KubernetesApi,
  target: KubernetesTarget,
  rollback: RollbackId,
  signal: AbortSignal,
): Promise<boolean> =>
  rewrite(api, target, signal, (map) =>
    liftingPatch(
      map,
      freezeKeys(target).flatMap((key) => [key, besideKey(key, rollback)]),
      rollback,
    ),
  )

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

/** An API server that has stopped listening to the ConfigMap would go on refusing: lifted means that it has heard of it. */
async function untilItIsOpen(
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<void> {
  await untilSeen(
    api,
    (waited) => seeFreeze(api, target, `${mark} ${waited}`, signal).catch(unseen),
    {
      async isSo(seen) {
        if (!mayStillAct(seen)) return true
        const map = await api.get(freezeMapPath(target), FreezeMap, signal)
        // Another rollback has frozen it meanwhile.
        return map !== undefined && hasEntry(map, target)
      },
      late: (seen) =>
        whyItStillActs(
          seen,
          `the API server goes on refusing deploys in ${target.namespace} although the entry is gone`,
        ),
    },
    signal,
  )
}

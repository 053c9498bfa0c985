import type { Target } from '#domain/service.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer } from '#ports/freezer.ts'
import { type KubernetesApi, type PatchOperation, pause } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import {
  FreezeMap,
  freezeEntry,
  freezeKey,
  freezeMapPath,
  freezeName,
  liftingPatch,
  raisingPatch,
} from './freeze-map.ts'
import { Workload } from './objects.ts'
import { workloadPath } from './paths.ts'
import { fieldManager } from './rollout.ts'
import { KubernetesTarget } from './schema.ts'
import { readWorkload } from './workload.ts'

/** Answers that were lost and races that were lost: read again and try again this often. */
const attempts = 6
const retryMs = 50
/** The API server learns of a changed ConfigMap within about 70 ms; after this long it will not. */
const noticeMs = 2_000
/** A dry run that puts this on a frozen workload is refused to everybody, so that the freeze can be seen to act. */
const checkAnnotation = 'countermand.dev/freeze-check'

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
      const entry = freezeEntry(order)
      const isThere = await rewrite(api, target, signal, (map) =>
        raisingPatch(map, freezeKey(target), entry),
      )
      if (!isThere)
        throw new CannotFreeze(
          `there is no ConfigMap ${freezeName} in ${target.namespace}: apply deploy/freeze.yaml there`,
        )
      await untilItActs(api, target, order.rollback, signal)
    },
    async lift(given, rollback, signal) {
      const { target, api } = place(given)
      await rewrite(api, target, signal, (map) => liftingPatch(map, freezeKey(target), rollback))
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

/** Asks the API server, by a dry run that a freeze refuses, until it is refused. Anything else would be a guess. */
async function untilItActs(
  api: KubernetesApi,
  target: KubernetesTarget,
  token: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { fieldManager, dryRun: 'All' }
  for (let waited = 0; ; waited += retryMs) {
    const workload = await readWorkload(api, target, signal)
    if (!workload) throw new CannotFreeze(`there is no ${target.kind} ${target.name} to freeze`)
    try {
      await api.patch(
        workloadPath(target),
        markedBy(workload, `${token} ${waited}`),
        Workload,
        query,
        signal,
      )
    } catch (error) {
      if (hasCode(error, 403, 422) && error.message.includes(freezeName)) return
      if (!hasCode(error, 404, 409, 422)) throw asUnchecked(error)
    }
    if (waited >= noticeMs)
      throw new CannotFreeze(
        `the policy ${freezeName} does not act in ${target.namespace}: apply deploy/freeze.yaml and label the namespace countermand.dev/freeze=on`,
      )
    await pause(retryMs, signal)
  }
}

function markedBy({ metadata }: Workload, mark: string): readonly PatchOperation[] {
  return metadata.annotations
    ? [
        {
          op: 'add',
          path: `/metadata/annotations/${checkAnnotation.replace('/', '~1')}`,
          value: mark,
        },
      ]
    : [{ op: 'add', path: '/metadata/annotations', value: { [checkAnnotation]: mark } }]
}

const asUnchecked = (error: unknown): unknown =>
  error instanceof ApiFailure && error.code < 500
    ? new CannotFreeze(`whether the freeze acts could not be checked: ${error.message}`, {
        cause: error,
      })
    : error

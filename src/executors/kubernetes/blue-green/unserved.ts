import { count } from '#domain/communication/words.ts'
import { LeftHalfway, NotAllowed, Superseded } from '#ports/executor.ts'
import { annotating } from '../annotating.ts'
import { type KubernetesApi, pause } from '../api.ts'
import { labelsOf } from '../canary/plain-template.ts'
import { identity, isMadeBy } from '../edit.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import { KubernetesService, Workload } from '../objects.ts'
import { operationAnnotation } from '../precondition.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf } from '../schema.ts'
import { selects } from '../verify.ts'
import { readWorkload, workloadPath } from '../workload.ts'
import { servicePath } from './colours.ts'

type SetReplicas = ChangeOf<'set_replicas'>

const attempts = 6

/** Throws `Superseded` where a change of the number of pods is meant for a colour without requests, and somebody has sent it some meanwhile. */
export async function mustBeUnserved(
  api: KubernetesApi,
  change: SetReplicas,
  workload: Workload,
  signal: AbortSignal,
): Promise<void> {
  const why = await whyServed(api, change, workload, signal)
  if (why !== undefined) throw new Superseded(why)
}

/**
 * The same after it was made. Kubernetes cannot compare two objects in one change: where somebody has sent it requests in that very
 * moment, the pods that this operation took are asked for again, also by whoever carries it out after a crash. Where they cannot be, it is `LeftHalfway`.
 */
export async function mustHaveStayedUnserved(
  api: KubernetesApi,
  change: SetReplicas,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  if (!change.unserved) return
  for (let failures = 0; ; ) {
    const workload = await readWorkload(api, change.target, signal)
    if (workload?.metadata.uid !== change.uid) return
    const why = await whyServed(api, change, workload, signal)
    if (why === undefined) return
    const isTaken = isMadeBy(change, operation, workload)
    if (!isTaken || workload.spec.replicas !== change.replicas) throw new Superseded(why)
    try {
      await giveBack(api, change, operation, workload, signal)
      throw new Superseded(`${why}; its ${count(change.from, 'pod')} were asked for again`)
    } catch (error) {
      const isWorthAgain = hasCode(error, 404, 409, 422) || isUnknownOutcome(error)
      if (!isWorthAgain) throw isRefusal(error) ? leftWithout(change, why, error) : error
      if (signal.aborted) throw error
      failures += 1
      if (failures >= attempts) throw error
      await pause(api.waits.retryMs * failures, signal)
    }
  }
}

const isRefusal = (error: unknown): error is Error =>
  error instanceof ApiFailure || error instanceof NotAllowed

const leftWithout = (
  { target: { name }, replicas, from }: SetReplicas,
  why: string,
  cause: Error,
): LeftHalfway =>
  new LeftHalfway(
    `${name} was scaled to ${replicas}, and ${why}. Scale it to ${from}: ${cause.message}`,
    { cause },
  )

const giveBack = (
  api: KubernetesApi,
  { target, from }: SetReplicas,
  operation: string,
  workload: Workload,
  signal: AbortSignal,
) =>
  api.patch(
    workloadPath(target),
    [
      ...identity(workload),
      { op: 'add', path: '/spec/replicas', value: from },
      ...annotating(workload.metadata, { [operationAnnotation]: `${operation} given back` }),
    ],
    Workload,
    { fieldManager },
    signal,
  )

async function whyServed(
  api: KubernetesApi,
  { target, unserved }: SetReplicas,
  workload: Workload,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!unserved) return undefined
  const service = await api.get(servicePath(target, unserved), KubernetesService, signal)
  return service && selects(service.spec.selector ?? {}, labelsOf(workload))
    ? `Service ${unserved} sends its requests to ${target.name} by now`
    : undefined
}

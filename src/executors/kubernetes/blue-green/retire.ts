import { count } from '#domain/communication/words.ts'
import { isSameJson } from '#domain/json.ts'
import { LeftHalfway, NotAllowed, Superseded } from '#ports/executor.ts'
import { annotating } from '../annotating.ts'
import { labelsOf } from '../canary/plain-template.ts'
import { type KubernetesApi, pause } from '../api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import { KubernetesService, Workload } from '../objects.ts'
import { operationAnnotation } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf } from '../schema.ts'
import { selects } from '../verify.ts'
import { readWorkload, workloadPath } from '../workload.ts'
import { servicePath } from './colours.ts'

type Retire = ChangeOf<'retire_colour'>

const attempts = 6

/** On a Deployment: the version that it had when it was sent to no pods by us. */
const retiredAnnotation = 'countermand.dev/retired'
/** On a Deployment: how many pods it had then. */
const takenAnnotation = 'countermand.dev/retired-pods'

/** Whether its version was taken away here, and nobody has started it again. */
export const isRetired = (workload: Workload): boolean =>
  workload.spec.replicas === 0 &&
  workload.metadata.annotations?.[retiredAnnotation] === runningRevision(workload)

/**
 * Scales a colour that gets no requests to 0, once, however often it is called. Throws `Superseded` when the Service selects it, or
 * it runs another version by then. Kubernetes cannot compare two objects in one change: where somebody has the Service select it in
 * that very moment, its pods are asked for again. How many they were stands on the Deployment, so whoever calls next, also after a
 * crash, puts right what the one before could not; what cannot be put right is `LeftHalfway`.
 */
export async function retireColour(
  api: KubernetesApi,
  change: Retire,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; ; ) {
    const workload = await present(api, change, signal)
    const why = await whyKept(api, change, workload, signal)
    const taken = takenFrom(workload, operation)
    if (why === undefined && isRetired(workload)) return
    try {
      if (why === undefined) {
        const from = workload.spec.replicas ?? 1
        await scale(api, change, workload, { replicas: 0, from, operation }, signal)
      } else if (taken > 0) {
        await scale(api, change, workload, { replicas: taken, operation }, signal)
        throw new Superseded(`${why}; its ${count(taken, 'pod')} were asked for again`)
      } else throw new Superseded(why)
    } catch (error) {
      if (signal.aborted || error instanceof Superseded) throw error
      if (!hasCode(error, 404, 409, 422) && !isUnknownOutcome(error))
        throw why === undefined ? asRefused(error) : leftWithout(change, { why, taken }, error)
      failures += 1
      if (failures >= attempts) throw error
      await pause(api.waits.retryMs * failures, signal)
    }
  }
}

const asRefused = (error: unknown): unknown =>
  error instanceof ApiFailure
    ? new NotAllowed('patch', 'deployments', { why: error.message, cause: error })
    : error

const leftWithout = (
  { target: { name } }: Retire,
  { why, taken }: { readonly why: string; readonly taken: number },
  cause: unknown,
): LeftHalfway =>
  new LeftHalfway(
    `${name} has no pods, and ${why}. Scale it to ${taken}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  )

/** How many pods this very operation took from it; 0 where it took none, or they were asked for again. */
function takenFrom({ metadata: { annotations }, spec }: Workload, operation: string): number {
  const isOurs = annotations?.[operationAnnotation] === markOf(operation, 0)
  return isOurs && spec.replicas === 0 ? Number(annotations?.[takenAnnotation] ?? 1) : 0
}

/** Why the colour must keep its pods. */
async function whyKept(
  api: KubernetesApi,
  { target, service: { name, uid }, selector, whileAt }: Retire,
  workload: Workload,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await api.get(servicePath(target, name), KubernetesService, signal)
  if (found?.metadata.uid !== uid) return `Service ${name} is gone, or was made again`
  const selected = found.spec.selector ?? {}
  if (selects(selected, labelsOf(workload)))
    return `Service ${name} sends its requests to ${target.name} again`
  if (!isSameJson(selected, selector))
    return `Service ${name} selects other pods than those of either colour by now`
  return runningRevision(workload) === whileAt
    ? undefined
    : `${target.name} has another version by now`
}

async function present(
  api: KubernetesApi,
  { target, uid }: Retire,
  signal: AbortSignal,
): Promise<Workload> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) throw new Superseded(`${target.name} is gone`)
  if (workload.metadata.uid !== uid)
    throw new Superseded(`${target.name} was deleted and made again`)
  return workload
}

async function scale(
  api: KubernetesApi,
  { target, whileAt }: Retire,
  { metadata }: Workload,
  {
    replicas,
    from,
    operation,
  }: { readonly replicas: number; readonly from?: number; readonly operation: string },
  signal: AbortSignal,
): Promise<void> {
  await api.patch(
    workloadPath(target),
    [
      { op: 'test', path: '/metadata/uid', value: metadata.uid },
      { op: 'test', path: '/metadata/generation', value: metadata.generation ?? 0 },
      { op: 'add', path: '/spec/replicas', value: replicas },
      ...annotating(metadata, {
        [operationAnnotation]: markOf(operation, replicas),
        [retiredAnnotation]: replicas === 0 ? whileAt : '',
        [takenAnnotation]: from === undefined ? '' : String(from),
      }),
    ],
    Workload,
    { fieldManager },
    signal,
  )
}

const markOf = (operation: string, replicas: number): string => `${operation} replicas ${replicas}`

import { isSameJson } from '#domain/json.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
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
const retryMs = 200

/** On a Deployment: the version that it had when it was sent to no pods by us. */
const retiredAnnotation = 'countermand.dev/retired'

/** Whether its version was taken away here, and nobody has started it again. */
export const isRetired = (workload: Workload): boolean =>
  workload.spec.replicas === 0 &&
  workload.metadata.annotations?.[retiredAnnotation] === runningRevision(workload)

/**
 * Scales a colour that gets no requests to 0, once, however often it is called. Throws `Superseded` when the Service selects it, or
 * it runs another version by then. Kubernetes cannot compare two objects in one change: where somebody has the Service select it in
 * that very moment, its pods are asked for again at once.
 */
export async function retireColour(
  api: KubernetesApi,
  change: Retire,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const workload = await present(api, change, signal)
    await mustNotServe(api, change, workload, signal)
    if (isRetired(workload)) return
    const before = workload.spec.replicas ?? 1
    try {
      await scale(api, change, workload, { replicas: 0, operation }, signal)
    } catch (error) {
      if (!hasCode(error, 404, 409, 422) && !isUnknownOutcome(error))
        throw error instanceof ApiFailure
          ? new NotAllowed('patch', 'deployments', { why: error.message, cause: error })
          : error
      if (attempt >= attempts) throw error
      await pause(retryMs * attempt, signal)
      continue
    }
    await mustNotServe(api, change, workload, signal).catch(async (error: unknown) => {
      if (!(error instanceof Superseded)) throw error
      await scale(
        api,
        change,
        await present(api, change, signal),
        { replicas: before, operation },
        signal,
      )
      throw error
    })
    return
  }
}

async function mustNotServe(
  api: KubernetesApi,
  { target, service: { name, uid }, selector }: Retire,
  workload: Workload,
  signal: AbortSignal,
): Promise<void> {
  const found = await api.get(servicePath(target, name), KubernetesService, signal)
  if (found?.metadata.uid !== uid)
    throw new Superseded(`Service ${name} is gone, or was made again`)
  const selected = found.spec.selector ?? {}
  if (selects(selected, labelsOf(workload)))
    throw new Superseded(`Service ${name} sends its requests to ${target.name} again`)
  if (!isSameJson(selected, selector))
    throw new Superseded(`Service ${name} selects other pods than those of either colour by now`)
}

async function present(
  api: KubernetesApi,
  { target, uid, whileAt }: Retire,
  signal: AbortSignal,
): Promise<Workload> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) throw new Superseded(`${target.name} is gone`)
  if (workload.metadata.uid !== uid)
    throw new Superseded(`${target.name} was deleted and made again`)
  if (runningRevision(workload) !== whileAt)
    throw new Superseded(`${target.name} has another version by now`)
  return workload
}

async function scale(
  api: KubernetesApi,
  { target, whileAt }: Retire,
  { metadata }: Workload,
  { replicas, operation }: { readonly replicas: number; readonly operation: string },
  signal: AbortSignal,
): Promise<void> {
  await api.patch(
    workloadPath(target),
    [
      { op: 'test', path: '/metadata/uid', value: metadata.uid },
      { op: 'test', path: '/metadata/generation', value: metadata.generation ?? 0 },
      { op: 'add', path: '/spec/replicas', value: replicas },
      ...annotating(metadata, {
        [operationAnnotation]: `${operation} replicas ${replicas}`,
        [retiredAnnotation]: replicas === 0 ? whileAt : '',
      }),
    ],
    Workload,
    { fieldManager },
    signal,
  )
}

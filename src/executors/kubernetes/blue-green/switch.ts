import { isSameJson } from '#domain/json.ts'
import { NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import { annotating } from '../annotating.ts'
import { type KubernetesApi, pause } from '../api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import { KubernetesService, type Workload } from '../objects.ts'
import { operationAnnotation } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf } from '../schema.ts'
import { endpointCheck } from '../verify.ts'
import { isReady, podsOf, readKept, readPods, readWorkload, wantedOf } from '../workload.ts'
import { servicePath } from './colours.ts'

type Switch = ChangeOf<'switch_service'>

const attempts = 6
const lookEveryMs = 500

/**
 * Sends every request to the other colour by one guarded change of the Service's selector, once, however often it is called: what somebody
 * has switched back since is left so. Throws `Superseded` when the Service, its selector, or the version of either colour is another by
 * then, or not all pods of the one that shall serve are ready; nothing was changed then.
 */
export async function switchService(
  api: KubernetesApi,
  change: Switch,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const mark = `${operation} selects ${change.to.deployment}`
  for (let attempt = 1; ; attempt += 1) {
    const service = await present(api, change, signal)
    if (service.metadata.annotations?.[operationAnnotation] === mark) return
    const selector = service.spec.selector ?? {}
    const { workload, ready, wanted } = await colour(api, change, signal)
    const another = whyAnother(change, workload)
    if (another !== undefined) throw new Superseded(another)
    if (isSameJson(selector, change.selector)) return
    if (!isSameJson(selector, change.expect))
      throw new Superseded(
        `Service ${change.service.name} selects other pods than when this was planned`,
      )
    await mustBeLeft(api, change, signal)
    // Requests are sent to no colour that is not wholly there.
    if (wanted === 0 || ready.length < wanted)
      throw new Superseded(
        `only ${ready.length} of ${wanted} pods of ${change.to.deployment} are ready`,
      )
    const { metadata } = service
    try {
      await api.patch(
        servicePath(change.target, change.service.name),
        [
          { op: 'test', path: '/metadata/uid', value: metadata.uid },
          { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion ?? '' },
          { op: 'replace', path: '/spec/selector', value: change.selector },
          ...annotating(metadata, { [operationAnnotation]: mark }),
        ],
        KubernetesService,
        { fieldManager },
        signal,
      )
      return
    } catch (error) {
      if (!hasCode(error, 404, 409, 422) && !isUnknownOutcome(error))
        throw error instanceof ApiFailure
          ? new NotAllowed('patch', 'services', { why: error.message, cause: error })
          : error
      if (attempt >= attempts) throw error
      await pause(api.waits.retryMs * attempt, signal)
    }
  }
}

async function present(
  api: KubernetesApi,
  { target, service: { name, uid } }: Switch,
  signal: AbortSignal,
): Promise<KubernetesService> {
  const found = await api.get(servicePath(target, name), KubernetesService, signal)
  if (!found) throw new Superseded(`Service ${name} is gone`)
  if (found.metadata.uid !== uid) throw new Superseded(`Service ${name} was deleted and made again`)
  return found
}

/** Why the colour is not the one that was approved; `undefined` where it is. */
function whyAnother({ to }: Switch, workload: Workload | undefined): string | undefined {
  const { deployment, uid, revision } = to
  if (workload?.metadata.uid !== uid) return `${deployment} is gone, or was made again`
  return runningRevision(workload) === revision
    ? undefined
    : `${deployment} runs another version by now`
}

/** Whoever is served by what was shipped there meanwhile goes on to be. */
async function mustBeLeft(
  api: KubernetesApi,
  { target, from }: Switch,
  signal: AbortSignal,
): Promise<void> {
  if (!from) return
  const left = await readWorkload(api, { ...target, name: from.deployment }, signal)
  if (left && runningRevision(left) !== from.revision)
    throw new Superseded(`${from.deployment} runs another version by now, which is served`)
}

async function colour(api: KubernetesApi, { target, to }: Switch, signal: AbortSignal) {
  const own = { ...target, name: to.deployment }
  const workload = await readWorkload(api, own, signal)
  if (!workload) return { workload, ready: [], wanted: 0 }
  const kept = await readKept(api, own, workload, signal)
  const pods = podsOf(
    await readPods(api, own, workload, kept, signal),
    kept,
    runningRevision(workload),
  )
  return { workload, ready: pods.filter(isReady), wanted: wantedOf(own, workload) }
}

/** Looks until the endpoints of the Service are the ready pods of that colour, and no others. */
export async function* switching(
  api: KubernetesApi,
  change: Switch,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const { name } = change.service
  while (!signal.aborted) {
    try {
      const service = await present(api, change, signal)
      const { workload, ready, wanted } = await colour(api, change, signal)
      const at = { ready: ready.length, wanted }
      const why = isSameJson(service.spec.selector ?? {}, change.selector)
        ? whyAnother(change, workload)
        : `somebody else changed what Service ${name} selects`
      if (why !== undefined) {
        yield { kind: 'failed', message: why, ...at }
        return
      }
      const check = await endpointCheck(api, change.target, name, ready, signal)
      if (check.result === 'passed') {
        yield { kind: 'settled', ...at }
        return
      }
      yield { kind: 'moving', ...at, note: check.text }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Superseded) {
        yield { kind: 'failed', message: error.message, ready: 0, wanted: 0 }
        return
      }
      if (!(error instanceof Error) || !isUnknownOutcome(error)) throw error
      yield {
        kind: 'moving',
        ready: 0,
        wanted: 0,
        note: `${change.target.cluster} does not answer`,
      }
    }
    await pause(lookEveryMs, signal).catch(() => undefined)
  }
}

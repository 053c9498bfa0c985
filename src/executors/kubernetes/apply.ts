import type { RevisionId } from '#domain/ids.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { type KubernetesApi, pause } from './api.ts'
import { promotedTemplate } from './canary/plain-template.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { retireColour } from './blue-green/retire.ts'
import { switchService } from './blue-green/switch.ts'
import { mustBeUnserved, mustHaveStayedUnserved } from './blue-green/unserved.ts'
import { type Edit, editOf, writtenBy } from './edit.ts'
import { handOver } from './gitops/hand-over.ts'
import { setSync } from './gitops/sync-change.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { openGates, shutGates } from './flagger/gates.ts'
import { kindOf } from './kinds/index.ts'
import { Workload } from './objects.ts'
import { podsPath } from './paths.ts'
import { cleanTemplate, imagesOf, revisionName, revisionOf, runningRevision } from './revision.ts'
import { fieldManager } from './rollout.ts'
import type { ChangeOf, KubernetesChange, RawObject } from './schema.ts'
import { shiftTraffic } from './traffic/shift.ts'
import {
  editPath,
  isLagging,
  isUnclear,
  podsOf,
  readAllPods,
  readClusterUid,
  readKept,
  readWorkload,
} from './workload.ts'

/** Answers that were lost, races that were lost: read again and try again this often. */
const attempts = 6
/** How long the controller may take to notice a new template before its pods are counted. */
const noticeMs = 10_000

/** Makes one change, once, however often it is called; reads the outcome back when the answer was lost. */
export async function apply(
  parts: KubernetesParts,
  change: KubernetesChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  if (change.kind === 'nothing') return
  if (change.kind === 'shut_gates') return shutGates(parts, change)
  const api = apiOf(parts, change.target)
  if (change.kind === 'set_sync' || change.kind === 'set_reconcile')
    if (!change.paused) await handOver(api, change, signal)
  if (change.kind === 'set_sync') return setSync(parts, change, operation, signal)
  if (change.kind === 'set_reconcile' && !change.paused && (await isAnother(api, change, signal)))
    return
  const first = await inPlannedCluster(api, change, signal)
  if (change.kind === 'set_weights') return shiftTraffic(api, change, operation, signal)
  if (change.kind === 'switch_service') return switchService(api, change, operation, signal)
  if (change.kind === 'retire_colour') return retireColour(api, change, operation, signal)
  if (change.kind === 'delete_pods') return deletePods(api, change, signal)
  if (change.kind === 'open_gates') return openGates(parts, api, change, first, signal)
  if (change.kind === 'set_replicas') return setReplicas(api, change, operation, first, signal)
  if (change.kind !== 'set_template') {
    // The controller forgets what it was told of the version before as soon as it notices another template.
    const seen = isOfNoticed(change) ? await noticed(api, change, signal) : first
    await patchOnce(api, change, seen, editOf(change, operation, {}), signal)
    return
  }
  const template = await templateFor(parts, api, change, first, signal)
  const isOurs = await patchOnce(api, change, first, editOf(change, operation, template), signal)
  if (isOurs) await noteBegin(parts, change, template)
}

async function setReplicas(
  api: KubernetesApi,
  change: ChangeOf<'set_replicas'>,
  operation: string,
  first: Workload,
  signal: AbortSignal,
): Promise<void> {
  const mayStill = (workload: Workload) => mustBeUnserved(api, change, workload, signal)
  await patchOnce(api, change, first, { ...editOf(change, operation, {}), mayStill }, signal)
  await mustHaveStayedUnserved(api, change, operation, signal)
}

/** Nobody knows better than we do since when it runs; the platform's dates would say when it was first made. */
const noteBegin = (
  { revisions }: KubernetesParts,
  { workload, to }: ChangeOf<'set_template'>,
  template: RawObject,
) =>
  revisions.saw(workload, {
    ...sighting(to, template),
    began: { at: undefined, orEarlier: false },
  })

const sighting = (revision: RevisionId, template: RawObject) => ({
  revision,
  name: revisionName(template, imagesOf(template)),
  template: cleanTemplate(template),
  running: true,
  healthy: false,
  servedMicros: 0,
  digests: {},
})

/** Answers whether this call made the change; not when it was found made. */
async function patchOnce(
  api: KubernetesApi,
  change: KubernetesChange,
  first: Workload,
  edit: Edit,
  signal: AbortSignal,
): Promise<boolean> {
  let refusedAt: number | undefined
  for (let attempt = 1; ; attempt += 1) {
    const workload = attempt === 1 ? first : await presentAgain(api, change, signal)
    if (edit.isDone(workload)) return false
    if (!edit.isExpected(workload)) throw new Superseded(changedText(change))
    await edit.mayStill?.(workload)
    const path = editPath(change.target, edit, workload)
    try {
      await api.patch(path, edit.operations(workload), Workload, { fieldManager }, signal)
      return true
    } catch (error) {
      const { generation } = writtenBy(edit, workload).metadata
      const isRefusal = hasCode(error, 422) && refusedAt === generation
      const isWorthAgain = hasCode(error, 404, 409, 422) || isUnknownOutcome(error)
      if (isRefusal || !isWorthAgain) throw asRefusal(error, change)
      if (attempt >= attempts) throw error
      // A failed `test` and a bad patch are the same 422; only if nothing moved meanwhile it is the patch.
      if (hasCode(error, 422)) refusedAt = generation
      await pause(api.waits.retryMs * attempt, signal)
    }
  }
}

/** A clear no – a right, an admission rule, a patch the server finds wrong – made no change and will not become a yes. */
function asRefusal(error: unknown, { target }: KubernetesChange): unknown {
  if (!(error instanceof ApiFailure)) return error
  return new NotAllowed('patch', kindOf(target).plural, { why: error.message, cause: error })
}

/** An object's uid is its cluster's, too: only where it is not there need one ask which cluster this is. */
async function inPlannedCluster(
  api: KubernetesApi,
  change: KubernetesChange,
  signal: AbortSignal,
): Promise<Workload> {
  const workload = await readWorkload(api, change.target, signal)
  if (
    workload?.metadata.uid !== change.uid &&
    (await readClusterUid(api, signal)) !== change.cluster
  )
    throw new Superseded(`${change.target.cluster} is another cluster than the one planned for`)
  return samePresent(change, workload)
}

/** What was paused is gone: there is nothing left to let go on. */
async function isAnother(
  api: KubernetesApi,
  { target, uid }: ChangeOf<'set_reconcile'>,
  signal: AbortSignal,
): Promise<boolean> {
  const workload = await readWorkload(api, target, signal)
  return workload?.metadata.uid !== uid
}

async function present(
  api: KubernetesApi,
  change: KubernetesChange,
  signal: AbortSignal,
): Promise<Workload> {
  return samePresent(change, await readWorkload(api, change.target, signal))
}

const presentAgain = (
  api: KubernetesApi,
  change: KubernetesChange,
  signal: AbortSignal,
): Promise<Workload> =>
  isOfNoticed(change) ? noticed(api, change, signal) : present(api, change, signal)

type OfNoticed = ChangeOf<'promote_full' | 'pass_pause'>
const isOfNoticed = (change: KubernetesChange): change is OfNoticed =>
  change.kind === 'promote_full' || change.kind === 'pass_pause'

function samePresent(change: KubernetesChange, workload: Workload | undefined): Workload {
  if (!workload) throw new Superseded(`${change.target.name} is gone`)
  if (workload.metadata.uid !== change.uid)
    throw new Superseded(`${change.target.name} was deleted and made again`)
  return workload
}

const changedText = ({ target }: KubernetesChange): string =>
  `${target.name} is not as it was when this was planned: somebody changed it`

/** The template by its name, which is its hash: from our record, or the platform. What runs now is recorded first, for the way back. */
async function templateFor(
  { revisions }: KubernetesParts,
  api: KubernetesApi,
  change: ChangeOf<'set_template'>,
  workload: Workload,
  signal: AbortSignal,
): Promise<RawObject> {
  const running = runningRevision(workload)
  if (running === change.to) return workload.spec.template
  const like = change.like && (await likeThat(api, change, change.like, workload, signal))
  if ((await revisions.template(change.workload, running)) === undefined)
    await revisions.saw(change.workload, sighting(running, workload.spec.template))
  const template =
    like ??
    (await revisions.template(change.workload, change.to)) ??
    (await keptTemplate(api, change, workload, signal))
  if (template === undefined)
    throw new Superseded('the cluster no longer keeps that version, and our record has no template')
  return template as RawObject
}

/** What the canary runs by now; another version than was approved is not given on. */
async function likeThat(
  api: KubernetesApi,
  { target, to }: ChangeOf<'set_template'>,
  { deployment, uid, revision }: NonNullable<ChangeOf<'set_template'>['like']>,
  workload: Workload,
  signal: AbortSignal,
): Promise<RawObject> {
  const canary = await readWorkload(api, { ...target, name: deployment }, signal)
  if (canary?.metadata.uid !== uid || runningRevision(canary) !== revision)
    throw new Superseded(`${deployment} runs another version than the one that was approved`)
  const template = promotedTemplate(workload, canary)
  if (revisionOf(template) !== to)
    throw new Superseded(`${target.name} is not as it was when this was planned`)
  return template
}

async function keptTemplate(
  api: KubernetesApi,
  { target, to }: ChangeOf<'set_template'>,
  workload: Workload,
  signal: AbortSignal,
): Promise<RawObject | undefined> {
  const kept = await readKept(api, target, workload, signal)
  return kept.find(({ revision }) => revision === to)?.template
}

async function deletePods(
  api: KubernetesApi,
  change: ChangeOf<'delete_pods'>,
  signal: AbortSignal,
): Promise<void> {
  const workload = await noticed(api, change, signal)
  const pods =
    change.pods === 'others' ? await otherPods(api, change, workload, signal) : change.pods
  await Promise.all(
    pods.map(async ({ name, uid }) => {
      const grace = change.graceSeconds === null ? {} : { gracePeriodSeconds: change.graceSeconds }
      try {
        const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, ...grace }
        await api.delete(podsPath(change.target, name), body, signal)
      } catch (error) {
        // Gone, or another pod has its name by now: what was to go is gone.
        if (!hasCode(error, 404, 409)) throw error
      }
    }),
  )
}

/** Waits for the controller to notice the template: before that it would do what is asked with the version before. */
async function noticed(
  api: KubernetesApi,
  change: ChangeOf<'delete_pods'> | OfNoticed,
  signal: AbortSignal,
): Promise<Workload> {
  for (let waited = 0; ; waited += api.waits.retryMs) {
    const workload = await present(api, change, signal)
    if (runningRevision(workload) !== change.to && !isUnclear(change.target, workload))
      throw new Superseded(changedText(change))
    if (!isLagging(workload)) return workload
    if (waited >= noticeMs) throw new Error('the controller does not notice the new template')
    await pause(api.waits.retryMs, signal)
  }
}

async function otherPods(
  api: KubernetesApi,
  change: ChangeOf<'delete_pods'>,
  workload: Workload,
  signal: AbortSignal,
): Promise<readonly { readonly name: string; readonly uid: string }[]> {
  const kept = await readKept(api, change.target, workload, signal)
  const pods = await readAllPods(api, change.target, workload, kept, signal)
  const ours = new Set(podsOf(pods, kept, change.to))
  return pods.filter((pod) => !ours.has(pod)).map(({ metadata }) => metadata)
}

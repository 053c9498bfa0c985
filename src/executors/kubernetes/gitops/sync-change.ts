import { canonicalJson, isSameJson } from '#domain/json.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { annotating, annotationPath } from '../annotating.ts'
import { type KubernetesApi, type PatchOperation, pause } from '../api.ts'
import type { KubernetesParts } from '../context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf } from '../schema.ts'
import { claimsOf } from './claims.ts'
import { Application, HelmRelease } from './objects.ts'
import { fluxAnnotation, isLeftAloneByFlux, isSyncPaused } from './owner-object.ts'
import { ownerPath, pausedAnnotation } from './owner-object.ts'

type SetSync = ChangeOf<'set_sync'>

/** Answers that were lost, races that were lost: read again and try again this often. */
const attempts = 6
/** What is under way when its owner is paused goes on to its end, and may bring what is to be left: it is waited for this long. Verification tells who has not ended by then. */
const syncEndsMs = 10_000

/** Pauses a tool's sync, or lets it go on, once, however often it is called. What somebody else switched meanwhile stays as it is. */
export async function setSync(
  parts: KubernetesParts,
  change: SetSync,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const api = parts.clusters.get(change.owner.cluster)
  if (!api) throw new Error(`${change.owner.cluster} is not among the configured clusters`)
  for (let attempt = 1; ; attempt += 1) {
    const found = await read(api, change, signal)
    if (found?.metadata.uid !== change.owner.uid) {
      // What was paused is gone: nobody is left to be let go on, and one made again under its name syncs as it was made.
      if (!change.paused) return
      throw new Superseded(`${said(change)} is gone, or was made again`)
    }
    const wanted = operationsOn(found, change, operation)
    if (wanted.length === 0) break
    try {
      await api.patch(ownerPath(change.owner), wanted, Either, { fieldManager }, signal)
      break
    } catch (error) {
      if (!hasCode(error, 404, 409, 422) && !isUnknownOutcome(error))
        throw error instanceof ApiFailure
          ? new NotAllowed('patch', `${change.owner.kind}s`, { why: error.message, cause: error })
          : error
      if (attempt >= attempts) throw error
      await pause(api.waits.retryMs * attempt, signal)
    }
  }
  if (change.paused) await untilNoneIsUnderWay(api, change, signal)
}

type Either = Application | HelmRelease
const Either = Application.or(HelmRelease)

const read = (
  api: KubernetesApi,
  { owner }: SetSync,
  signal: AbortSignal,
): Promise<Either | undefined> =>
  owner.kind === 'application'
    ? api.get(ownerPath(owner), Application, signal)
    : api.get(ownerPath(owner), HelmRelease, signal)

/** What is left to be done; nothing once it is as wanted. */
function operationsOn(
  found: Either,
  change: SetSync,
  operation: string,
): readonly PatchOperation[] {
  const own = change.owner.kind === 'application' ? onApplication : onHelmRelease
  const operations = own(found, change)
  if (operations.length === 0) return []
  const { metadata } = found
  const note = [change.automated === null ? '' : canonicalJson(change.automated), operation]
  const isShielded = claimsOf(change.owner, metadata).some(({ by }) => by === 'flux')
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    ...operations,
    ...(change.paused
      ? annotating(metadata, {
          [pausedAnnotation]: note.filter(Boolean).join(' '),
          // Else Flux, which writes this object, might write the pause away.
          ...(isShielded ? { [fluxAnnotation]: 'disabled' } : {}),
        })
      : [
          ...(isSyncPaused(metadata) ? [without(pausedAnnotation)] : []),
          ...(isShielded && isSyncPaused(metadata) && isLeftAloneByFlux(metadata)
            ? [without(fluxAnnotation)]
            : []),
          // A controller that compares in this very moment overlooks that its sync was switched on (Argo CD, writeBackToInformer).
          ...(change.owner.kind === 'application' ? annotating(metadata, looksAtOnce) : []),
        ]),
  ]
}

/** Argo CD takes it off again when it has looked. */
const looksAtOnce = { 'argocd.argoproj.io/refresh': 'normal' }

const without = (key: string): PatchOperation => ({ op: 'remove', path: annotationPath(key) })

/** `automated` is taken out as a whole: its `enabled` came with Argo CD 3, and an older API server drops the field and says yes. */
function onApplication(found: Either, change: SetSync): readonly PatchOperation[] {
  const { syncPolicy } = 'syncPolicy' in found.spec ? found.spec : {}
  const path = '/spec/syncPolicy/automated'
  const automated = syncPolicy?.automated ?? undefined
  const syncs = automated !== undefined && automated['enabled'] !== false
  if (syncs !== change.paused) return []
  if (!change.paused)
    return syncPolicy
      ? [{ op: 'add', path, value: change.automated }]
      : [{ op: 'add', path: '/spec/syncPolicy', value: { automated: change.automated } }]
  if (!isSameJson(automated ?? null, change.automated))
    throw new Superseded(`how ${said(change)} syncs was changed meanwhile`)
  return [
    { op: 'test', path, value: change.automated },
    { op: 'remove', path },
  ]
}

function onHelmRelease(found: Either, { paused }: SetSync): readonly PatchOperation[] {
  const isPaused = 'suspend' in found.spec && found.spec.suspend === true
  if (isPaused === paused) return []
  return paused
    ? [{ op: 'add', path: '/spec/suspend', value: true }]
    : [{ op: 'remove', path: '/spec/suspend' }]
}

async function untilNoneIsUnderWay(
  api: KubernetesApi,
  change: SetSync,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + syncEndsMs
  while (performance.now() < deadline) {
    if (!(await isUnderWay(api, change, signal))) return
    await pause(api.waits.retryMs, signal)
  }
}

async function isUnderWay(
  api: KubernetesApi,
  { owner }: SetSync,
  signal: AbortSignal,
): Promise<boolean> {
  if (owner.kind === 'application') {
    const found = await api.get(ownerPath(owner), Application, signal)
    return found !== undefined && isSyncing(found)
  }
  const found = await api.get(ownerPath(owner), HelmRelease, signal)
  return found !== undefined && isBehind(found)
}

/** Its controller does one thing of a release after the other: once it has seen the suspension, what began before has ended. One that never looked does nothing. */
export function isBehind({ metadata, status }: HelmRelease): boolean {
  const seen = status?.observedGeneration ?? 0
  return seen > 0 && seen < (metadata.generation ?? 0)
}

/** An operation was asked for, or is under way. */
export const isSyncing = ({ operation, status }: Application): boolean =>
  Boolean(operation) || ['Running', 'Terminating'].includes(status?.operationState?.phase ?? '')

const said = ({ owner }: SetSync): string => `the ${owner.kind} ${owner.namespace}/${owner.name}`

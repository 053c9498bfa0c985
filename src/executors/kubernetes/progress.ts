import { setTimeout as sleep } from 'node:timers/promises'
import type { RevisionId } from '#domain/ids.ts'
import type { Progress } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import { switching } from './blue-green/switch.ts'
import { arrived, arriving } from './canary/arrival.ts'
import { rescaled } from './canary/rescaled.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { isUnknownOutcome } from './failure.ts'
import { gateProgress } from './flagger/progress.ts'
import { decided, judged } from './judged.ts'
import { kindOf } from './kinds/index.ts'
import { scaling } from './scaling.ts'
import type { KubernetesChange } from './schema.ts'
import { type Seen, states } from './states.ts'
import { shifting } from './traffic/shift.ts'

type Moving = Extract<Progress, { kind: 'moving' }>

/** Hears of every change of the workload until the pods of the wanted version are out, or certainly will not be. */
export async function* progress(
  parts: KubernetesParts,
  change: KubernetesChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  if (change.kind === 'open_gates') {
    yield* gateProgress(parts, change, signal)
    return
  }
  const api = apiOf(parts, change.target)
  if (change.kind === 'set_weights') {
    yield* shifting(api, change, signal)
    return
  }
  if (change.kind === 'set_scale') {
    yield* scaling(api, change, signal)
    return
  }
  if (change.kind === 'retire_colour') {
    yield* scaling(api, { ...change, replicas: 0 }, signal)
    return
  }
  if (change.kind === 'switch_service') {
    yield* switching(api, change, signal)
    return
  }
  const { lookMs } = api.waits
  const to = followed(change)
  if (to === undefined) {
    yield { kind: 'settled', ready: 0, wanted: 0 }
    return
  }
  const stop = new AbortController()
  const inner = AbortSignal.any([signal, stop.signal])
  const coming = states(api, change.target, inner)[Symbol.asyncIterator]()
  let next = heard(coming.next())
  let latest: { readonly seen: Seen } | undefined
  // Nothing has gone wrong with a pod that is just being made.
  let lookAt = performance.now() + lookMs
  let last: Moving = { kind: 'moving', ready: 0, wanted: 0, note: '' }
  try {
    for (;;) {
      const came = await orNothing(next, latest ? lookAt - performance.now() : lookMs)
      if (came) {
        latest = { seen: came.value ?? undefined }
        next = heard(coming.next())
      }
      const end = latest && endOf(change, to, latest.seen)
      const isCounted = end?.kind === 'settled' && isOfSecondHand(change)
      if (end && !isCounted) {
        yield end
        return
      }
      // What the controllers say of each pod comes quickly, and the pods need not be asked for every time.
      if (!end && latest && !latest.seen?.isSure && performance.now() < lookAt) continue
      lookAt = performance.now() + lookMs
      const looked = latest?.seen
        ? await lookNow(api, change, to, latest.seen, isCounted, inner).catch(noAnswer)
        : `${change.target.cluster} has not answered yet`
      const now: Progress = typeof looked === 'string' ? { ...last, note: looked } : looked
      if (JSON.stringify(now) !== JSON.stringify(last)) yield now
      if (now.kind !== 'moving') return
      last = now
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stop.abort()
  }
}

function endOf(change: KubernetesChange, to: RevisionId, seen: Seen) {
  switch (change.kind) {
    case 'pass_pause':
      return arrived(change, seen)
    case 'set_replicas':
      return rescaled(change, seen) ?? decided(change, to, seen)
    default:
      return decided(change, to, seen)
  }
}

const lookNow = (
  api: KubernetesApi,
  change: KubernetesChange,
  to: RevisionId,
  seen: NonNullable<Seen>,
  isSaidToBeOut: boolean,
  signal: AbortSignal,
): Promise<Progress> =>
  change.kind === 'pass_pause'
    ? arriving(api, change, seen, signal)
    : judged(api, change, { to, isSaidToBeOut }, seen, signal)

/** Whether what the workload says of its pods may be what others said of them before: they are counted then. */
const isOfSecondHand = ({ kind, target }: KubernetesChange): boolean =>
  kind !== 'pass_pause' && kindOf(target).keptAs === 'replicasets'

/** Whoever leaves after a look hears of nothing more: what fails later is no fault. */
function heard<Value>(coming: Promise<Value>): Promise<Value> {
  coming.catch(() => undefined)
  return coming
}

/** The version whose pods a change waits for; `undefined` where it moves none. */
function followed(
  change: Exclude<
    KubernetesChange,
    { kind: 'set_weights' | 'set_scale' | 'switch_service' | 'retire_colour' }
  >,
): RevisionId | undefined {
  switch (change.kind) {
    case 'set_template':
      return change.follow ? change.to : undefined
    case 'set_paused':
      return change.paused ? undefined : change.to
    case 'set_replicas':
      return change.whileAt
    case 'delete_pods':
    case 'promote_full':
    case 'pass_pause':
      return change.to
    case 'set_strategy':
    case 'set_aborted':
    case 'set_reconcile':
    case 'set_sync':
    case 'open_gates':
    case 'shut_gates':
    case 'nothing':
      return undefined
  }
}

/** A cluster that does not answer has not failed: what was last seen stands, and it is said. */
function noAnswer(error: unknown): string {
  if (!(error instanceof Error) || !isUnknownOutcome(error)) throw error
  return error.message
}

async function orNothing<Value>(
  value: Promise<Value>,
  withinMs: number,
): Promise<Value | undefined> {
  const timer = new AbortController()
  try {
    return await Promise.race([
      value,
      sleep(Math.max(0, withinMs), undefined, { signal: timer.signal }),
    ])
  } finally {
    timer.abort()
  }
}

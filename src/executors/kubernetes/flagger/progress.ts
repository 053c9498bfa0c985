import { clock, count, span } from '#domain/communication/words.ts'
import { micros } from '#domain/time.ts'
import type { Progress } from '#ports/executor.ts'
import type { LastAsked } from '#ports/gates.ts'
import { type KubernetesApi, pause } from '../api.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { isUnknownOutcome } from '../failure.ts'
import type { FlaggerCanary } from '../objects.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf } from '../schema.ts'
import { isReady, podsOf, readKept, readPods, readWorkload, wantedOf } from '../workload.ts'
import { canaryNameOf, isReached, readCanary, restGates, shutGates } from './gates.ts'
import { intervalOf } from './interval.ts'
import { checksumOf, isTrying } from './look.ts'

type Opening = ChangeOf<'open_gates'>
type Moving = Extract<Progress, { kind: 'moving' }>

/**
 * Follows what Flagger makes of open gates, and shuts them when it is done with them: for good when it has come about, and else
 * until the step is tried again.
 */
export async function* gateProgress(
  parts: KubernetesParts,
  change: Opening,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const api = apiOf(parts, change.target)
  let last: Moving = { kind: 'moving', ready: 0, wanted: 0, note: '' }
  for (;;)
    try {
      const now = await lookNow(parts, api, change, signal)
      if (now.kind !== 'moving') {
        await (now.kind === 'failed' ? restGates : shutGates)(parts, change)
        yield now
        return
      }
      if (JSON.stringify(now) !== JSON.stringify(last)) yield now
      last = now
      await pause(api.waits.lookMs, signal)
    } catch (error) {
      if (signal.aborted) return
      if (!isUnknownOutcome(error)) throw error
      const note =
        error instanceof Error ? error.message : `${change.target.cluster} does not answer`
      yield { ...last, note }
      await pause(api.waits.lookMs, signal).catch(() => undefined)
      if (signal.aborted) return
    }
}

async function lookNow(
  parts: KubernetesParts,
  api: KubernetesApi,
  change: Opening,
  signal: AbortSignal,
): Promise<Progress> {
  const { target, canary: planned } = change
  // First: what it was refused before the Canary was read, it has not gone on by.
  const gates = parts.gatesOf?.(target.cluster)
  const asked = (await gates?.lastAsked(canaryNameOf(change))) ?? []
  const [late] = (await gates?.refusedLate(canaryNameOf(change), change.by)) ?? []
  const [canary, workload] = await Promise.all([
    readCanary(api, change, signal),
    readWorkload(api, target, signal),
  ])
  if (canary?.metadata.uid !== planned.uid || !workload)
    return failed(`the Canary ${planned.name} of Flagger is gone, or was made again`)
  const wanted = wantedOf(target, workload)
  if (change.goal !== 'begun' && isReached(change, canary))
    return { kind: 'settled', ready: wanted, wanted }
  if (runningRevision(workload) !== change.to)
    return failed(`another version of ${target.name} was shipped meanwhile`)
  const why = whyNever(change, canary)
  if (why !== undefined) return failed(why)
  const kept = await readKept(api, target, workload, signal)
  const pods = podsOf(await readPods(api, target, workload, kept, signal), kept, change.to)
  const ready = pods.filter(isReady).length
  if (isReached(change, canary) && wanted > 0 && ready === wanted)
    return { kind: 'settled', ready, wanted }
  if (!isReached(change, canary)) {
    if (late) return failed(tooLate(late))
    await giveBackLost(parts, change, asked)
  }
  const isHeard = ready < wanted || hasAsked(asked, canary)
  return { kind: 'moving', ready, wanted, note: noteOf(canary, ready, wanted, isHeard) }
}

/** Why it will not come about any more. */
function whyNever({ goal, canary: { name } }: Opening, canary: FlaggerCanary): string | undefined {
  const phase = canary.status?.phase ?? ''
  const { suspend, skipAnalysis } = canary.spec
  if (suspend === true) return `the Canary ${name} is suspended: Flagger does not look at it`
  if (goal === 'away') {
    if (skipAnalysis === true)
      return `the Canary ${name} has skipAnalysis: true by now: Flagger promotes the version instead of asking`
    return isTrying(phase)
      ? undefined
      : `Flagger is in phase ${phase}: it promoted the version before it asked`
  }
  if (phase === 'Failed') return `Flagger gave the version up${saidBy(canary)}`
  const isPast = phase === 'Promoting' || phase === 'Finalising' || phase === 'Succeeded'
  return isPast && goal !== 100 ? 'Flagger went on and promoted the version' : undefined
}

const saidBy = ({ status }: FlaggerCanary): string => {
  const said = status?.conditions?.find(({ type }) => type === 'Promoted')?.message
  return said ? `: ${said}` : ''
}

/** Whether it ever asked about this version where it must: a wrong address would keep it from that for ever. */
function hasAsked(asked: readonly LastAsked[], canary: FlaggerCanary): boolean {
  const checksum = checksumOf(canary)
  return asked.some(({ version }) => version.checksum === checksum)
}

/** Whoever asks once more at a gate that let it through, and stands where it stood, has not heard the answer: it is let through again. */
async function giveBackLost(
  { gatesOf, beforeChange }: KubernetesParts,
  { target, openings, lastsMicros, by }: Opening,
  asked: readonly LastAsked[],
): Promise<void> {
  for (const { gate, times } of openings) {
    const last = asked.find((one) => one.gate === gate && !one.wasOpen)
    if (!last || times === null) continue
    const opening = { gate, times, lasts: micros(lastsMicros) }
    beforeChange?.()
    await gatesOf?.(target.cluster)?.giveBack(last.version, opening, by, last.at)
  }
}

/** Flagger asks at no gate while pods are not ready: whoever waits must know why nothing happens. */
const noteOf = (canary: FlaggerCanary, ready: number, wanted: number, isHeard: boolean): string =>
  !isHeard
    ? `Flagger has not asked yet, which it does every ${span(intervalOf(canary))}: if it goes on so, see whether the address and the secret in its Canary are right`
    : ready < wanted
      ? `Flagger does not ask while ${wanted - ready} of ${count(wanted, 'pod')} of that version are not ready`
      : `Flagger asks every ${span(intervalOf(canary))}`

const tooLate = ({ at }: LastAsked): string =>
  `Flagger asked at ${clock(at)}, when the time of its gate was over; it goes on asking, and the gate opens again once somebody decides to wait longer`

const failed = (message: string) => ({ kind: 'failed', message, ready: 0, wanted: 0 }) as const

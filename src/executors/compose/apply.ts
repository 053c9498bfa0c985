import { setTimeout as sleep } from 'node:timers/promises'
import { DockerRefusal, NoAnswer } from '#executors/docker/failure.ts'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import type { Revisions } from '#ports/store.ts'
import { ranSince } from '#executors/ran-since.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { driftOf } from './files.ts'
import { templateOf } from './images.ts'
import { isMade, moveFor } from './move.ts'
import type { ComposeChange } from './schema.ts'
import { type Seen, see } from './seen.ts'
import { remove, up } from './up.ts'

/** Answers that were lost, and troubles that pass: looked at and tried again this often. */
const attempts = 6
const usualRetryMs = 200

/**
 * Makes one change, once, however often it is called: before every attempt it reads what became of the one before. Image and
 * files are looked at first, because Compose takes containers away before it knows whether another image can be started; so
 * what it refuses then says nothing of whether something was changed, and the containers are asked.
 */
export async function apply(
  parts: ComposeParts,
  change: ComposeChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const host = hostOf(parts, change.target)
  const before = await see(host, change.target, signal)
  try {
    await attempted(parts, change, operation, before, signal)
  } catch (error) {
    const isFinal = error instanceof Superseded || error instanceof NotAllowed
    if (!isFinal && !(error instanceof DockerRefusal)) throw error
    const now = await see(host, change.target, signal).catch(() => undefined)
    if (isUntouched(change, before, now)) throw error
    throw new NeedsPerson(`${error.message}, and containers were stopped or replaced by then`, {
      cause: error,
    })
  }
}

async function attempted(
  parts: ComposeParts,
  change: ComposeChange,
  operation: string,
  before: Seen | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { target, to, name } = change
  const host = hostOf(parts, target)
  for (let attempt = 1; ; attempt += 1) {
    const seen = attempt === 1 ? before : await see(host, target, signal)
    const move = moveFor(change, seen, await ranSince(parts.revisions, change.workload, change))
    if (move.kind === 'superseded') throw new Superseded(move.why)
    if (move.kind === 'nothing') {
      if (seen?.asked === to) await remember(parts, change)
      return
    }
    if (!(await host.engine.image(to, signal)))
      throw new Superseded(`the image of ${name} is no longer on the host`)
    const { refusal } = seen ? await driftOf(parts, target, seen, signal) : {}
    if (refusal !== undefined) throw new Superseded(refusal)
    try {
      if (move.kind === 'not_yet')
        throw move.isBroken ? new NeedsPerson(move.why) : new NoAnswer(move.why)
      const fill = move.kind === 'replace'
      if (fill && move.ids.length > 0) await remove(parts, target, move.ids, signal)
      await up(parts, change, { scale: move.scale, fill }, operation, signal)
      await remember(parts, change)
      return
    } catch (error) {
      const isRefused = error instanceof NotAllowed
      if (!(error instanceof NoAnswer) && !(error instanceof DockerRefusal) && !isRefused)
        throw error
      if (isMade(change, await see(host, target, signal))) continue
      if (isRefused || attempt >= attempts) throw error
      await sleep((parts.retryMs ?? usualRetryMs) * attempt, undefined, { signal })
    }
  }
}

/**
 * The very containers from before are there and run on as they did. What has the wanted image may be ours, from an attempt of
 * another process; what somebody else deployed before we began is theirs.
 */
function isUntouched(
  { from, to, part }: ComposeChange,
  before: Seen | undefined,
  now: Seen | undefined,
): boolean {
  if (!before) return true
  if (now?.containers.length !== before.containers.length) return false
  if (part && before.containers.length < part.scale) return false
  // Of a part, those that had the image before are of the steps before it.
  const isTheirs = part !== undefined || (before.asked !== from && before.asked !== to)
  return now.containers.every(({ Id, Image, State }) => {
    const was = before.containers.find((one) => one.Id === Id)
    return was && (State.Running || !was.State.Running) && (isTheirs || Image !== to)
  })
}

async function isRecordedAsRunning(
  revisions: Revisions,
  { workload, to }: ComposeChange,
): Promise<boolean> {
  return (await revisions.known(workload)).some(
    ({ revision, running }) => running && revision === to,
  )
}

/** That it was made is known from then on, whatever is deployed over it. */
async function remember({ revisions }: ComposeParts, change: ComposeChange): Promise<void> {
  const { workload, target, to, name, reference } = change
  if (await isRecordedAsRunning(revisions, change)) return
  await revisions.saw(workload, {
    revision: to,
    name,
    template: templateOf(reference),
    running: true,
    healthy: false,
    servedMicros: 0,
    digests: { [target.service]: to },
    began: { at: undefined, orEarlier: false },
  })
}

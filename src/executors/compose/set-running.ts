import { setTimeout as sleep } from 'node:timers/promises'
import { seconds } from '#domain/time.ts'
import { DockerRefusal, NoAnswer } from '#executors/docker/failure.ts'
import type { Container } from '#executors/docker/objects.ts'
import { following, saidBy } from '#executors/following.ts'
import { NeedsPerson, NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import type { RunningChange } from './schema.ts'
import { conditionOf, longEnough, nameIn, type Seen, see } from './seen.ts'
import { start, stop } from './up.ts'

const attempts = 6
const usualRetryMs = 200
const usualLookMs = 1_000

/**
 * Stops or starts the very containers that were looked at, once, however often it is called. What somebody put beside them or in
 * their place is theirs: then nothing is done, or where some were moved by then, a person is asked.
 */
export async function applyRunning(
  parts: ComposeParts,
  change: RunningChange,
  signal: AbortSignal,
): Promise<void> {
  try {
    await attempted(parts, change, signal)
  } catch (error) {
    const isFinal = error instanceof Superseded || error instanceof NotAllowed
    if (!isFinal && !(error instanceof DockerRefusal)) throw error
    const now = await see(hostOf(parts, change.target), change.target, signal).catch(
      () => undefined,
    )
    const { own, left } = standing(change, now)
    if (left.length === own.length) throw error
    const done = change.isRunning ? 'run' : 'stand still'
    throw new NeedsPerson(`${error.message}, and some of its containers ${done} by now`, {
      cause: error,
    })
  }
}

async function attempted(
  parts: ComposeParts,
  change: RunningChange,
  signal: AbortSignal,
): Promise<void> {
  const { target, isRunning } = change
  for (let attempt = 1; ; attempt += 1) {
    const { left, why } = standing(change, await see(hostOf(parts, target), target, signal))
    if (why !== undefined) throw new Superseded(why)
    if (left.length === 0) return
    try {
      const ids = left.map(({ Id }) => Id)
      await (isRunning ? start : stop)(parts, target, ids, signal)
      return
    } catch (error) {
      const mayPass = error instanceof NoAnswer || error instanceof DockerRefusal
      if (!mayPass || attempt >= attempts) throw error
      await sleep((parts.retryMs ?? usualRetryMs) * attempt, undefined, { signal })
    }
  }
}

interface Standing {
  /** Those that were looked at and are there still. */
  readonly own: readonly Container[]
  /** Those of them that are to be moved yet. */
  readonly left: readonly Container[]
  /** Why they are not the service any more, in a sentence that says what to do. */
  readonly why?: string
}

function standing(
  { target, containers, isRunning }: RunningChange,
  seen: Seen | undefined,
): Standing {
  const { service } = target
  const all = seen?.containers ?? []
  const own = all.filter(({ Id }) => containers.includes(Id))
  const left = own.filter(({ State }) => State.Running !== isRunning)
  const other = all.find(({ Id, State }) => State.Running && !containers.includes(Id))
  if (other)
    return {
      own,
      left,
      why: `${nameIn(other)} was started meanwhile; look at ${service} with \`docker compose ps\``,
    }
  if (own.length < containers.length)
    return {
      own,
      left,
      why: `containers of ${service} were taken away meanwhile${isRunning ? `; start it with \`docker compose up --detach ${service}\`` : ''}`,
    }
  return { own, left }
}

/** Stopped is a service of which nothing runs; started, one whose containers are well as after a deploy. */
export const runningProgress = (
  parts: ComposeParts,
  change: RunningChange,
  signal: AbortSignal,
): AsyncIterable<Progress> =>
  following(
    {
      everyMs: parts.lookEveryMs ?? usualLookMs,
      look: async () => {
        const seen = await see(hostOf(parts, change.target), change.target, signal)
        return change.isRunning ? startedSoFar(change, seen) : stoppedSoFar(change, seen)
      },
      noAnswer: saidBy(NoAnswer),
    },
    signal,
  )

function stoppedSoFar({ target }: RunningChange, seen: Seen | undefined): Progress {
  const running = seen?.containers.filter(({ State }) => State.Running) ?? []
  const [first] = running
  return first
    ? {
        kind: 'failed',
        message: `${nameIn(first)} of ${target.service} was started again`,
        ready: running.length,
        wanted: 0,
      }
    : { kind: 'settled', ready: 0, wanted: 0 }
}

function startedSoFar(change: RunningChange, seen: Seen | undefined): Progress {
  const { own, why } = standing(change, seen)
  const wanted = change.containers.length
  const found = own.flatMap((one) =>
    seen ? { name: nameIn(one), ...conditionOf(one, seen.now) } : [],
  )
  const ready = found.filter(({ kind }) => kind === 'ready').length
  const failed = (message: string): Progress => ({ kind: 'failed', message, ready, wanted })
  if (why !== undefined) return failed(why)
  for (const one of found) {
    if (one.kind === 'broken') return failed(one.why)
    if (one.kind === 'stopped') return failed(`${one.name} has stopped`)
  }
  if (ready === wanted) return { kind: 'settled', ready, wanted }
  const isUnproven = found.some(({ kind }) => kind === 'unproven')
  const note = isUnproven
    ? `no health check: looked at until they have run ${longEnough / seconds(1)} s`
    : 'containers start'
  return { kind: 'moving', ready, wanted, note }
}

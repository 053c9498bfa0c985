import type { IncidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import type { Instant } from '#domain/time.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import {
  isNews,
  isSyncPaused,
  lookedAtAgain,
  type Paused,
  stillPaused,
  type Sync,
} from '#domain/rollback/sync.ts'
import { type SyncMove, syncMoves } from '#domain/rollback/sync-moves.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import type { SyncLook } from '#ports/syncer.ts'
import { makerOf, messageOf, planned } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'
import { note } from './note.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors'>

/** How long the platform may take for one move. */
const deadlineMs = 15_000

/**
 * Lets a sync that was paused for a rollback go on once somebody has ordered it, or its time is over and Git has what runs; else
 * people are reminded. Where somebody else let it go on before, that is told with what comes of it. Safe to repeat; throws when something is to be tried again soon.
 */
export async function reconcileSyncs(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const faults = new Map<string, unknown>()
  while (!signal.aborted) {
    const history = await ports.timeline.read(incident)
    const now = await ports.timeline.now()
    const moves = syncMoves(history, now, ports.policy.rollback)
    const move = moves.find((one) => !faults.has(keyOf(one)))
    if (!move) break
    try {
      await carryOut(ports, incident, move, now, signal)
      // Once: as long as it is paused there is nothing to write.
      if (move.do === 'glance') faults.set(keyOf(move), undefined)
    } catch (error) {
      if (signal.aborted) throw error
      const isFinal = error instanceof NotAllowed || error instanceof Superseded
      await noteFault(ports, incident, move, messageOf(error), isFinal)
      faults.set(keyOf(move), isFinal ? undefined : error)
    }
  }
  const again = [...faults.values()].find((error) => error !== undefined)
  if (again !== undefined) throw again
}

interface Place {
  readonly step: Step
  readonly pause: number
}

const placed = ({ paused }: Sync, some: readonly Paused[]): readonly Place[] =>
  paused.flatMap((one, pause) => (some.includes(one) ? [{ step: one.step, pause }] : []))

type Look = SyncLook | { readonly kind: 'away'; readonly why: string }

const switchedOff: SeenGoing = { by: null, since: null, then: 'off', why: null, isOurs: false }

const keyOf = (move: SyncMove): string => `${move.do} ${move.rollback.id}`

/** One move, while it may take. */
interface Turn {
  readonly ports: Ports
  readonly incident: IncidentId
  readonly move: SyncMove
  readonly sync: Sync
  readonly abort: AbortSignal
}

async function carryOut(
  ports: Ports,
  incident: IncidentId,
  move: SyncMove,
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const { sync } = move.rollback
  if (!sync) return
  const abort = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  const turn = { ports, incident, move, sync, abort }
  const left = placed(sync, isSyncPaused(sync) ? stillPaused(sync) : [])
  if (move.do === 'resume') return letGoOn(turn, left)
  const again = placed(sync, lookedAtAgain(sync, now, ports.policy.rollback))
  const [looks, laterLooks] = await Promise.all([looksAt(turn, left), looksAt(turn, again)])
  for (const { pause, look } of looks)
    if (look.kind === 'goes_on') await noteSeen(turn, pause, look.seen)
  for (const { pause, look } of laterLooks)
    if (look.kind !== 'away')
      await noteSeen(turn, pause, look.kind === 'goes_on' ? look.seen : switchedOff)
  const still = looks.map(({ look }) => look).filter(({ kind }) => kind !== 'goes_on')
  if (move.do === 'look' && still.length > 0)
    await noteSync(ports, incident, move, () => found(move.rollback.id, still))
}

/** In the reverse order, and each is noted before the next: where that one fails, what goes on by us is not taken for somebody else's. */
async function letGoOn(turn: Turn, [last, ...others]: readonly Place[]): Promise<void> {
  const { ports, move, abort } = turn
  const letGo = ({ step, pause }: Place) =>
    makerOf(ports, move.rollback, step).apply(
      step.undo,
      `${move.rollback.id}.${pause}.resume`,
      abort,
    )
  for (const place of others.toReversed()) {
    await letGo(place)
    await noteResumed(turn, { pause: place.pause })
  }
  if (last) await letGo(last)
  return noteResumed(turn, {})
}

/** Of one pause; without one, of all that were left. */
const noteResumed = (
  { ports, incident, move }: Turn,
  of: { readonly pause?: number },
): Promise<void> =>
  noteSync(ports, incident, move, ({ ordered }) =>
    ordered
      ? {
          kind: 'sync_resumed',
          rollback: move.rollback.id,
          because: ordered.by === 'countermand' ? 'expired' : 'person',
          ...of,
        }
      : undefined,
  )

const noteSeen = ({ ports, incident, move }: Turn, pause: number, seen: SeenGoing): Promise<void> =>
  noteSync(ports, incident, move, ({ paused }) => {
    const before = paused[pause]?.ended
    return before && !isNews(before, seen)
      ? undefined
      : { kind: 'sync_ended', rollback: move.rollback.id, pause, seen }
  })

const looksAt = (turn: Turn, places: readonly Place[]) =>
  Promise.all(places.map(async ({ step, pause }) => ({ pause, look: await lookAt(turn, step) })))

async function lookAt({ ports, move, abort }: Turn, step: Step): Promise<Look> {
  const { plan } = planned(ports, move.rollback)
  const { syncer } = makerOf(ports, move.rollback, step)
  if (!syncer) return { kind: 'away', why: 'nobody can look any more' }
  // Whoever waits has waited for hours: what does not answer is told as that, and looked at again.
  return syncer
    .look(plan.target, step.change, abort)
    .catch((error: unknown) => ({ kind: 'away', why: messageOf(error) }))
}

/** By itself it goes on only where that takes nothing back. */
function found(rollback: SyncMove['rollback']['id'], looks: readonly Look[]): TimelineEvent {
  const against = looks.flatMap((look) => ('why' in look ? [look.why] : []))
  if (against.length > 0)
    return { kind: 'sync_reminded', rollback, why: [...new Set(against)].join('; ') }
  const reason = 'its time is over, and Git has what runs'
  return { kind: 'sync_resume_ordered', rollback, by: 'countermand', as: null, reason }
}

/** Once for each reason: what is tried again every few seconds is not told every few seconds. */
const noteFault = (
  ports: Ports,
  incident: IncidentId,
  move: SyncMove,
  why: string,
  isFinal: boolean,
): Promise<void> =>
  noteSync(ports, incident, move, ({ failure }) =>
    failure?.why === why && failure.isFinal === isFinal
      ? undefined
      : { kind: 'sync_failed', rollback: move.rollback.id, why, isFinal },
  )

const noteSync = (
  ports: Ports,
  incident: IncidentId,
  { do: doing, rollback: { id } }: SyncMove,
  eventOf: (sync: Sync) => TimelineEvent | undefined,
): Promise<void> =>
  note(ports, incident, (history, now) => {
    const sync = rollbackState(history, id)?.sync
    // Somebody ordered it, or somebody else looked, meanwhile.
    const isStill = syncMoves(history, now, ports.policy.rollback).some(
      (move) => move.rollback.id === id && move.do === doing,
    )
    return sync && isStill ? eventOf(sync) : undefined
  })

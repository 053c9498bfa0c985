import { setTimeout as sleep } from 'node:timers/promises'
import type { CanaryProgress, Follower, Progress } from '#cli/desk.ts'
import { isShown } from '#domain/communication/milestones.ts'
import type { DeliveryId, IncidentId, PromotionId, RollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { NotWritten } from '#journal/bad-journal.ts'
import type { Log } from '#ports/log.ts'
import type { Timeline } from '#ports/store.ts'
import { line, type Message } from '#slack/views/index.ts'
import type { Workflows } from '#workflows/workflows.ts'

interface Parts {
  readonly timeline: Timeline
  readonly workflows: Pick<
    Workflows,
    'advance' | 'reconcileFreezes' | 'captureEvidence' | 'measureImpact'
  >
  readonly log: Log
  readonly textOf: (message: Message) => string
  readonly tell: (text: string) => void
  /** Whether a server works on what is queued. */
  readonly isServed: () => Promise<boolean>
}

/** Between two looks, in ms. */
const lookEveryMs = 250
/** Between two words about a full disk, in ms. */
const tellEveryMs = 10_000

/**
 * Where to read on behind what was decided with `decided`, so that nothing is missed of what was done at once; the end of the history
 * where nothing was.
 */
export function behind(history: History, decided: DeliveryId | undefined): number {
  const at = history.findLastIndex(
    ({ event }) => decided !== undefined && 'delivery' in event && event.delivery === decided,
  )
  return at < 0 ? history.length : at + 1
}

/** Follows a rollback from there on. */
export const follower = (
  parts: Parts,
  incident: IncidentId,
  rollback: RollbackId,
  from: number,
): Follower =>
  following(parts, incident, from, {
    seen: (history, added) => progress(parts, history, added, rollback),
    works: worksOf(parts.workflows, incident),
  })

/** Follows a canary from there on. */
export const canaryFollower = (
  parts: Parts,
  promotion: PromotionId,
  from: number,
): Follower<CanaryProgress> =>
  following(parts, promotion, from, {
    seen: (history, added) => canaryProgress(parts, history, added),
    works: { advance: (signal) => parts.workflows.advance(promotion, signal) },
  })

type Works = Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>
interface Followed<Seen> {
  readonly seen: (history: History, added: readonly Recorded[]) => Seen
  /** What is done, side by side, where no server is alive. */
  readonly works: Works
}

/** Reads on from the end of the history, and does the work where nobody else does. */
function following<Seen>(
  parts: Parts,
  stream: IncidentId,
  from: number,
  { seen: seenIn, works }: Followed<Seen>,
): Follower<Seen> {
  const stopping = new AbortController()
  const carrying = carry(parts, works, stopping.signal)
  let seen = from
  let isAway = false
  /** A record that is away for a moment ends nothing: the work goes on, and so does the looking. */
  const look = async (): Promise<History | undefined> => {
    try {
      const history = await parts.timeline.read(stream)
      isAway = false
      return history
    } catch (error) {
      if (!isAway) parts.tell('  … the record does not answer; looking again')
      isAway = true
      parts.log.warn({ error }, 'The record did not answer while it was followed')
      return undefined
    }
  }
  return {
    isCarrying: carrying.isNeeded,
    async next(quietMs) {
      const until = performance.now() + quietMs
      for (;;) {
        carrying.expectWritable()
        const history = await look()
        const added = history?.slice(seen) ?? []
        if (history && (added.length > 0 || performance.now() >= until)) {
          seen = history.length
          return seenIn(history, added)
        }
        await sleep(lookEveryMs)
      }
    },
    async stop() {
      stopping.abort(new Error('nobody watches any more'))
      await carrying.ended
    },
  }
}

function progress(
  { textOf }: Parts,
  history: History,
  added: readonly Recorded[],
  id: RollbackId,
): Progress {
  const incident = incidentState(history)
  const state = rollbackState(history, id)
  if (!incident || !state) throw new Error('The record knows that rollback no more')
  const lines = added.flatMap((recorded): readonly string[] => {
    const { event, seq } = recorded
    if (event.kind === 'progressed')
      return [
        `  ${event.ready} of ${event.wanted} ready${event.note === '' ? '' : ` · ${event.note}`}`,
      ]
    if (!isShown(event)) return []
    const until = history.slice(0, seq)
    const about = 'rollback' in event ? rollbackState(until, event.rollback) : undefined
    return [textOf(line(recorded, { incident, rollback: about }))]
  })
  return { lines, state }
}

function canaryProgress(
  { textOf }: Parts,
  history: History,
  added: readonly Recorded[],
): CanaryProgress {
  const state = promotionState(history)
  if (!state) throw new Error('The record knows that promotion no more')
  const lines = added.flatMap((recorded): readonly string[] => {
    const { event, seq } = recorded
    if (event.kind === 'canary_progressed')
      return [
        `  ${event.ready} of ${event.wanted} ready${event.note === '' ? '' : ` · ${event.note}`}`,
      ]
    const before = promotionState(history.slice(0, seq))
    if (!isShown(event) || !before) return []
    return [textOf(line(recorded, { incident: before, rollback: undefined, promotion: before }))]
  })
  return { lines, state }
}

/** What the jobs of an incident would do. */
function worksOf(workflows: Parts['workflows'], incident: IncidentId): Works {
  let isMeasured = false
  return {
    advance: (signal) => workflows.advance(incident, signal),
    freeze: (signal) => workflows.reconcileFreezes(incident, signal),
    evidence: (signal) => workflows.captureEvidence(incident, signal),
    async impact(signal) {
      if (isMeasured) return
      isMeasured = true
      await workflows.measureImpact(incident, signal)
    },
  }
}

/**
 * Looks whether a server is alive; while none is, does what its jobs would do, side by side as they would. Two at once do no harm:
 * only one can write the next event.
 */
function carry({ log, tell, isServed }: Parts, works: Works, signal: AbortSignal) {
  let needed = false
  /** A journal that takes nothing more. */
  let closed: NotWritten | undefined
  const isClosed = () => closed !== undefined
  let toldAt = Number.NEGATIVE_INFINITY
  const running = new Map<string, Promise<void>>()
  const unwritten = (error: NotWritten) => {
    if (error.isFinal) closed = error
    else if (performance.now() - toldAt >= tellEveryMs) {
      tell(`  … ${error.message}; trying again`)
      toldAt = performance.now()
    }
  }
  const beside = (name: string, work: () => Promise<void>) => {
    if (running.has(name)) return
    const done = work()
      .catch(async (error: unknown) => {
        if (signal.aborted) return
        log.warn({ error, name }, 'A piece of work failed; it is tried again')
        if (error instanceof NotWritten) unwritten(error)
        await sleep(1_000, undefined, { signal }).catch(() => undefined)
      })
      .finally(() => running.delete(name))
    running.set(name, done)
  }
  const run = async () => {
    while (!signal.aborted && !isClosed()) {
      needed = !(await isServed().catch(() => true))
      if (needed) for (const [name, work] of Object.entries(works)) beside(name, () => work(signal))
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
    }
    await Promise.all(running.values())
  }
  return {
    isNeeded: () => needed,
    ended: run(),
    /** Throws once nothing more can be written by this process. */
    expectWritable() {
      if (closed) throw closed
    },
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Follower, Progress } from '#cli/desk.ts'
import { isShown } from '#domain/communication/milestones.ts'
import type { IncidentId, RollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Log } from '#ports/log.ts'
import type { Timeline } from '#ports/store.ts'
import { line, type Message } from '#slack/views/index.ts'
import type { Workflows } from '#workflows/workflows.ts'

interface Parts {
  readonly timeline: Timeline
  readonly workflows: Workflows
  readonly log: Log
  readonly textOf: (message: Message) => string
  readonly tell: (text: string) => void
  /** Whether a server works on what is queued. */
  readonly isServed: () => Promise<boolean>
}

/** Between two looks, in ms. */
const lookEveryMs = 250

/** Reads on from the end of the history, and does the work where nobody else does. */
export function follower(
  parts: Parts,
  incident: IncidentId,
  rollback: RollbackId,
  from: number,
): Follower {
  const stopping = new AbortController()
  const carrying = carry(parts, incident, stopping.signal)
  let seen = from
  let isAway = false
  /** A record that is away for a moment ends nothing: the rollback goes on, and so does the looking. */
  const look = async (): Promise<History | undefined> => {
    try {
      const history = await parts.timeline.read(incident)
      isAway = false
      return history
    } catch (error) {
      if (!isAway) parts.tell('  … the record does not answer; looking again')
      isAway = true
      parts.log.warn({ error }, 'The record did not answer while a rollback was followed')
      return undefined
    }
  }
  return {
    isCarrying: carrying.isNeeded,
    async next(quietMs) {
      const until = performance.now() + quietMs
      for (;;) {
        const history = await look()
        const added = history?.slice(seen) ?? []
        if (history && (added.length > 0 || performance.now() >= until)) {
          seen = history.length
          return progress(parts, history, added, rollback)
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

/**
 * Looks whether a server is alive; while none is, does what its jobs would do, side by side as they would. Two at once do no harm:
 * only one can write the next event.
 */
function carry({ workflows, log, isServed }: Parts, incident: IncidentId, signal: AbortSignal) {
  let needed = false
  let isMeasured = false
  const running = new Map<string, Promise<void>>()
  const beside = (name: string, work: () => Promise<void>) => {
    if (running.has(name)) return
    const done = work()
      .catch(async (error: unknown) => {
        if (signal.aborted) return
        log.warn({ error, name }, 'A piece of work failed; it is tried again')
        await sleep(1_000, undefined, { signal }).catch(() => undefined)
      })
      .finally(() => running.delete(name))
    running.set(name, done)
  }
  const run = async () => {
    while (!signal.aborted) {
      needed = !(await isServed().catch(() => true))
      if (needed) {
        beside('advance', () => workflows.advance(incident, signal))
        beside('freeze', () => workflows.reconcileFreezes(incident, signal))
        beside('evidence', () => workflows.captureEvidence(incident, signal))
        if (!isMeasured) beside('impact', () => workflows.measureImpact(incident, signal))
        isMeasured = true
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
    }
    await Promise.all(running.values())
  }
  return { isNeeded: () => needed, ended: run() }
}

import type { IncidentId } from '#domain/ids.ts'
import type { Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { isPassing, refusalOf, retryAfterOf, whyOf } from '../failure.ts'
import { NoRoom } from './room.ts'
import { type Showing, showNotice } from './show-notice.ts'

/** Waits between tries while Slack is away: 1 s, 2 s, 4 s … at most a minute. Nothing is given up for it (threat T121). */
const firstWaitMs = 1_000
const longestWaitMs = 60_000
/** Faults of our own are tried again too, but not for ever. */
const mostFaults = 10

export interface Chat {
  /**
   * Shows what is waiting for an incident, in order; what is left of a long backlog is still due. Calls for the same incident wait for each
   * other. Never throws for Slack's sake: what is postponed is due again when the outbox says so.
   */
  show(incident: IncidentId, signal: AbortSignal): Promise<void>
}

export function createChat(edge: Edge): Chat {
  const busy = new Map<IncidentId, Promise<unknown>>()
  const pace = new Map<string, number>()

  return {
    async show(incident, signal) {
      const before = busy.get(incident) ?? Promise.resolve()
      const mine = before.then(() => drain({ edge, pace, signal }, incident))
      const settled = mine.catch(() => undefined)
      busy.set(incident, settled)
      try {
        await mine
      } finally {
        if (busy.get(incident) === settled) busy.delete(incident)
        if (pace.size > 1_000) pace.clear()
      }
    },
  }
}

/** Notices in a row before others have their turn: a backlog of one incident must not hold up the card of another. */
const mostAtOnce = 20
/** Notices between two looks at what has become due: what is written meanwhile may be more urgent than the rest. */
const betweenLooks = 5

async function drain(showing: Showing, incident: IncidentId): Promise<void> {
  const { outbox } = showing.edge
  for (let shown = 0; shown < mostAtOnce && !showing.signal.aborted; ) {
    const due = await outbox.waiting(incident)
    let isAllShown = due.length <= betweenLooks
    for (const waiting of due.toSorted(byPlace).slice(0, betweenLooks)) {
      shown += 1
      if (await settle(showing, waiting)) continue
      // The outbox knows what may go ahead of what was postponed.
      isAllShown = false
      break
    }
    // What was written meanwhile has a job of its own.
    if (isAllShown) return
  }
}

/** A channel before what is said in it, a card before the lines of its thread; among themselves as they were written. */
const places = {
  channel: 0,
  card: 1,
  line: 2,
  mention: 2,
  announcement: 2,
  evidence: 2,
  'post-mortem': 2,
  assessment: 1,
  reply: 2,
  owner: 2,
  automation: 2,
  configuration: 2,
  gate: 2,
  'on-call': 2,
  overdue: 2,
} as const satisfies Record<Waiting['notice']['kind'], number>
const byPlace = (a: Waiting, b: Waiting): number => places[a.notice.kind] - places[b.notice.kind]

/** Shows one notice and writes down what became of it; `false` when it was postponed. */
async function settle(showing: Showing, waiting: Waiting): Promise<boolean> {
  const { outbox, log, meter } = showing.edge
  const { id, notice, attempts } = waiting
  try {
    const where = await showNotice(showing, waiting)
    await outbox.delivered(id, where)
    meter.noticed(notice.kind, 'shown')
    return true
  } catch (error) {
    const why = whyOf(error)
    if (isHopeless(error, attempts)) {
      log.error({ notice: notice.kind, why }, 'a notice cannot be shown')
      await outbox.abandoned(id, why)
      meter.noticed(notice.kind, 'abandoned')
      return true
    }
    const wait = retryAfterOf(error) ?? Math.min(longestWaitMs, firstWaitMs * 2 ** attempts)
    log.warn({ notice: notice.kind, why, attempts }, 'a notice is shown later')
    await outbox.failed(id, why, wait)
    meter.noticed(notice.kind, 'postponed')
    return false
  }
}

const isHopeless = (error: unknown, attempts: number): boolean =>
  error instanceof NoRoom ||
  (!isPassing(error) && (refusalOf(error) !== undefined || attempts >= mostFaults))

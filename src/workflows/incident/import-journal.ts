import type { IncidentId, RevisionId, RollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { type RollbackState, rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import { instant } from '#domain/time.ts'
import { StaleSequence, WorkloadTaken } from '#ports/store.ts'
import { changeOfPast } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'revisions'>

/** A journal as it was read: the history of one incident, and a name for exactly this state of it. */
export interface Journal {
  readonly incident: IncidentId
  readonly history: History
  readonly digest: string
}

export type Imported =
  | {
      readonly kind: 'imported' | 'already'
      readonly incident: IncidentId
      readonly entries: number
      /** Why it could not be marked as added; it is offered again until it is. */
      readonly unsealed?: string
    }
  /** The record has that incident, and not from this state of the journal. */
  | { readonly kind: 'differs'; readonly incident: IncidentId }
  /** It is not finished, and another rollback has its workload. */
  | {
      readonly kind: 'taken'
      readonly incident: IncidentId
      readonly other: { readonly incident: IncidentId; readonly rollback: RollbackId }
    }

/** Adds what a journal tells to the record, in one transaction and once: its events with their own times, and a note that they came later. */
export async function importJournal(ports: Ports, journal: Journal): Promise<Imported> {
  const { timeline, policy } = ports
  const { incident, history, digest } = journal
  const [first, last] = [history[0], history.at(-1)]
  if (!first || !last) return { kind: 'already', incident, entries: 0 }
  const entries = history.length
  const note = {
    kind: 'journal_imported',
    journal: digest,
    first: 1,
    entries,
    from: first.at,
    to: last.at,
  } as const
  try {
    const now = await timeline.now()
    await timeline.append(incident, 0, changeOfPast(history, note, { now, policy }))
  } catch (error) {
    if (error instanceof WorkloadTaken)
      return {
        kind: 'taken',
        incident,
        other: { incident: error.incident, rollback: error.rollback },
      }
    if (!(error instanceof StaleSequence)) throw error
    const known = (await timeline.read(incident)).some((one) => isNote(one, digest))
    if (!known) return { kind: 'differs', incident }
    // Whoever added it may have died right behind that.
    await remember(ports, incident)
    return { kind: 'already', incident, entries }
  }
  await remember(ports, incident)
  return { kind: 'imported', incident, entries }
}

const isNote = ({ event }: Recorded, digest: string): boolean =>
  event.kind === 'journal_imported' && event.journal === digest

/**
 * What would have been remembered of the versions, had there been a database; by what the record says now, for much may have been
 * decided since it was added. Safe to repeat: what is remembered already stays as it is.
 */
async function remember(ports: Ports, incident: IncidentId): Promise<void> {
  const { timeline, revisions } = ports
  for (const rollback of rollbacksOf(await timeline.read(incident))) {
    const { id, workload, plan, hold, reason, verifiedAt } = rollback
    if (!plan) continue
    const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
    const isHeld = hold && !hold.lifted && !(await wasReturnedTo(ports, rollback, plan.from.id))
    if (isHeld && !known.get(plan.from.id)?.bad)
      await revisions.markBad(workload, plan.from, reason, id)
    if (verifiedAt !== undefined && known.get(plan.to.id)?.verifiedAt === undefined)
      await revisions.markVerified(workload, plan.to)
  }
}

/** Whoever goes back to a version that is marked takes the mark away, and no more than that in the record of another incident. */
async function wasReturnedTo(
  { timeline }: Ports,
  { workload, completedAt = instant(0) }: RollbackState,
  version: RevisionId,
): Promise<boolean> {
  for (const { incident, rollback } of await timeline.rollbacksOn(workload, mostLater)) {
    const other = rollbackState(await timeline.read(incident), rollback)
    if (other?.plan?.to.id === version && (other.completedAt ?? 0) > completedAt) return true
  }
  return false
}
/** Rollbacks of one workload that are looked at, the newest first. */
const mostLater = 20

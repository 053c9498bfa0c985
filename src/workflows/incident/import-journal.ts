import type { IncidentId, RollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
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
    return known ? { kind: 'already', incident, entries } : { kind: 'differs', incident }
  }
  await remember(ports, history)
  return { kind: 'imported', incident, entries }
}

const isNote = ({ event }: Recorded, digest: string): boolean =>
  event.kind === 'journal_imported' && event.journal === digest

/** What would have been remembered of the versions, had there been a database. */
async function remember({ revisions }: Ports, history: History): Promise<void> {
  for (const { id, workload, plan, hold, reason, verifiedAt } of rollbacksOf(history)) {
    if (!plan) continue
    if (hold && !hold.lifted) await revisions.markBad(workload, plan.from.id, reason, id)
    if (verifiedAt !== undefined) await revisions.markVerified(workload, plan.to.id)
  }
}

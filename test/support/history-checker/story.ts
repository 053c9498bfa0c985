import { type IncidentId, incidentId, type RollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { fromDate, type Instant, instant } from '#domain/time.ts'
import type { TimelineExport } from '#postgres/export.ts'
import { recordedFrom } from '#postgres/timeline/read.ts'
import type { Breach } from '../history-checker.ts'

/** An exported timeline, read. */
export interface Story {
  readonly incident: IncidentId
  readonly history: History
}

export const storyOf = ({ incident, events }: TimelineExport): Story => ({
  incident: incidentId(incident),
  history: events.map(({ seq, at, kind, actor, payload }) =>
    recordedFrom({ seq, at: instantOf(at), kind, actor, payload: Object(payload) }),
  ),
})

/** The events of each rollback of a story, in order. */
export function rollbacks({
  history,
}: Story): ReadonlyMap<RollbackId, readonly Recorded<RollbackEvent>[]> {
  return Map.groupBy(history.filter(isOfRollback), ({ event }) => event.rollback)
}

const isOfRollback = (recorded: Recorded): recorded is Recorded<RollbackEvent> =>
  'rollback' in recorded.event

export const breach = (
  broken: Breach['broken'],
  { incident }: Story,
  seq: number,
  why: string,
): Breach => ({ broken, where: `${incident}#${seq}`, why })

/** `at` has six decimals, a `Date` three. */
const instantOf = (at: string): Instant =>
  instant(fromDate(new Date(`${at.slice(0, 19)}Z`)) + Number(at.slice(20, 26)))

import type { History } from '#domain/incident/events.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { IncidentId } from '#domain/ids.ts'
import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'

/** What a message of an incident is about. */
export interface Scene {
  readonly incidentId: IncidentId
  readonly history: History
  readonly incident: IncidentState
  readonly service: Service
}

/** The card that a message belongs under: of its rollback, else of the newest, else the incident's own. */
export async function thread(
  { outbox }: Edge,
  { incidentId, history }: Scene,
  id: RollbackState['id'] | undefined,
): Promise<Surface | undefined> {
  const rollback = id ?? rollbacksOf(history).at(-1)?.id
  const card = rollback === undefined ? undefined : await outbox.surface(`card:${rollback}`)
  return card ?? outbox.surface(`card:${incidentId}`)
}

/** What was posted is posted: that it could not be written down is no reason to post it again. */
export async function reported({ log }: Edge, report: () => Promise<void>): Promise<void> {
  try {
    await report()
  } catch (error) {
    log.error({ error }, 'what people were told is not on the timeline')
  }
}

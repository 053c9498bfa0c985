import { isMachine } from '#domain/alerts/alert.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { IncidentId, PersonId, ServiceId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, earliest } from '#domain/time.ts'
import type { Directory } from '#ports/directory.ts'
import type { Timeline } from '#ports/store.ts'

/** The start that authority is reckoned from: the earliest of every open incident of the service (policy §5: the strictest applies). */
export async function strictestStart(
  timeline: Pick<Timeline, 'openIncidents' | 'read'>,
  service: ServiceId,
): Promise<Instant | undefined> {
  const starts = await Promise.all(
    (await timeline.openIncidents(service)).map(
      async (incident: IncidentId) => incidentState(await timeline.read(incident))?.authorityStart,
    ),
  )
  const [first, ...rest] = starts.filter((start) => start !== undefined)
  return first === undefined ? undefined : earliest(first, ...rest)
}

/** Whoever asks for a rollback: a person as the directory sees them; a source of alerts may ask, and holds nothing. */
export const standingOf = async (
  directory: Pick<Directory, 'standing'>,
  by: PersonId,
  service: Service,
  signal: AbortSignal,
): Promise<Standing> =>
  isMachine(by)
    ? { kind: 'member', person: by, identity: by, roles: [], unknown: [] }
    : directory.standing(by, service, signal)

/** How long the directory may take to say who somebody is. */
export const directoryDeadlineMs = 1_500

import { isMachine } from '#domain/alerts/alert.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { IncidentId, PersonId, ServiceId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, earliest } from '#domain/time.ts'
import type { Directory } from '#ports/directory.ts'
import type { Timeline } from '#ports/store.ts'

/** What authority is reckoned from: the earliest start of the incident and of every other open one of its service (policy §5: the strictest applies). */
export async function strictestStart(
  timeline: Pick<Timeline, 'openIncidentsAbout' | 'read'>,
  service: ServiceId,
  own: { readonly incident: IncidentId; readonly start: Instant },
): Promise<Instant> {
  const open = await timeline.openIncidentsAbout(service)
  const others = await Promise.all(
    open
      .filter((incident) => incident !== own.incident)
      .map(async (incident) => incidentState(await timeline.read(incident))?.authorityStart),
  )
  return earliest(own.start, ...others.filter((start) => start !== undefined))
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

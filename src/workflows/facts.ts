import type { IncidentId, ServiceId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type Instant, earliest } from '#domain/time.ts'
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

/** How long the directory may take to say who somebody is. */
export const directoryDeadlineMs = 1_500

import type { IncidentId, ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { instant } from '#domain/time.ts'
import type { Window } from '#ports/metrics.ts'
import type { Timeline } from '#ports/store.ts'

/** Enough for the week that is looked back, unless a service breaks oftener than daily. */
const mostIncidents = 10

/** When the service was in trouble, by its other incidents: from the earliest start that was told until it was seen to have recovered, or was closed. */
export async function brokenTimes(
  timeline: Pick<Timeline, 'recentIncidents' | 'read'>,
  service: ServiceId,
  except?: IncidentId,
): Promise<readonly Window[]> {
  const recent = await timeline.recentIncidents(service, mostIncidents)
  const others = recent.filter((incident) => incident !== except)
  const times = await Promise.all(
    others.map(async (incident) => brokenIn(await timeline.read(incident))),
  )
  return times.flat()
}

/** The same by one incident. */
export function brokenIn(history: History): readonly Window[] {
  const incident = incidentState(history)
  if (!incident) return []
  const restoredAt = rollbacksOf(history).findLast(
    ({ verifiedAt }) => verifiedAt !== undefined,
  )?.verifiedAt
  const to = restoredAt ?? incident.closed?.at ?? instant(Number.MAX_SAFE_INTEGER)
  return [{ from: incident.startedAt, to }]
}

import type { IncidentId } from '#domain/ids.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy'>

/**
 * Several open incidents of one service: the strictest start applies to all of them (policy §5). Writes it on the record of each
 * that began later, so that its card, its escalation and every decision reckon from the same moment.
 */
export async function shareStart(
  { timeline, policy }: Ports,
  { service, closed }: IncidentState,
): Promise<void> {
  const open = closed ? [] : await timeline.openIncidents(service)
  if (open.length < 2) return
  const starts = (
    await Promise.all(
      open.map(async (incident) => {
        const state = incidentState(await timeline.read(incident))
        return state ? [{ incident, start: state.authorityStart }] : []
      }),
    )
  ).flat()
  const [first, ...later] = starts.toSorted((a, b) => a.start - b.start)
  if (!first) return
  await Promise.all(later.map(({ incident }) => inherit({ timeline, policy }, incident, first)))
}

async function inherit(
  { timeline, policy }: Ports,
  incident: IncidentId,
  {
    incident: from,
    start: startedAt,
  }: { incident: IncidentId; start: IncidentState['authorityStart'] },
): Promise<void> {
  await timeline.decide(incident, (history, now) => {
    const state = incidentState(history)
    const isStricter = state && !state.closed && startedAt < state.authorityStart
    return {
      change: isStricter
        ? changeOf([{ kind: 'stricter_start_found', incident: from, startedAt }], {
            history,
            now,
            policy,
          })
        : undefined,
      answer: undefined,
    }
  })
}

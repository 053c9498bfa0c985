import type { IncidentId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { Instant } from '#domain/time.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

/** Writes down what came of a move, if it is still to be said by then. */
export async function note(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  incident: IncidentId,
  eventOf: (history: History, now: Instant) => TimelineEvent | undefined,
): Promise<void> {
  await timeline.decide(incident, (history, now) => {
    const event = eventOf(history, now)
    if (!event) return { change: undefined, answer: undefined }
    const change = changeOf([event], { history, now, policy })
    // Whoever writes this is at it already.
    const jobs = change.jobs.filter((job) => job !== 'freeze')
    return { change: { ...change, jobs }, answer: undefined }
  })
}

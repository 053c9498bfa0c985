import type { Crew } from '../crash/crew.ts'
import { incidentId } from '#domain/ids.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, declared } from '../postgres/builders.ts'
import { everyEvent } from '../support/every-event.ts'

/** More events than a process keeps of what it has read. */
const incidents = 80
const eventsEach = 60

/** Has a process read as much of the past as it keeps: what it reads from then on takes the place of what it had read before. */
export async function fillCaches({ database, keys }: Crew): Promise<void> {
  const store = timeline(database.pools.work, keys)
  for (let at = 0; at < incidents; at += 1)
    await store.append(
      incidentId(`inc-past-${at}`),
      0,
      aChange({
        events: [
          declared('past'),
          ...Array.from({ length: eventsEach }, () => everyEvent.impact_measured),
          everyEvent.incident_closed,
        ],
        jobs: ['advance'],
      }),
    )
  for (let left = 1; left > 0; ) {
    const { rows } = await database.owner.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM graphile_worker.jobs WHERE key LIKE 'advance:inc-past-%'`,
    )
    left = rows[0]?.left ?? 0
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { type IncidentId, incidentId } from '#domain/ids.ts'
import { timeline } from '#postgres/timeline.ts'
import type { Crew } from '../crash/crew.ts'
import { aChange } from '../postgres/builders.ts'

/** More events than a process keeps of what it has read (`#postgres/timeline/histories.ts`). */
const enough = 5_000

/**
 * Has the process read as much of the past as it keeps, so that what it reads from then on takes the place of the same: copies, under
 * other names, of what has just been lived through.
 */
export async function fillCaches({ database, keys }: Crew): Promise<void> {
  const store = timeline(database.pools.work, keys)
  const { rows: streams } = await database.owner.query<{ id: IncidentId }>(
    `SELECT stream_id AS id FROM timeline_events WHERE kind = 'incident_closed'`,
  )
  const lived = await Promise.all(
    streams.map(async ({ id }) => (await store.read(id)).map(({ event }) => event)),
  )
  if (lived.length === 0) throw new Error('no incident has ended yet')
  for (let round = 0, events = 0; events < enough; round += 1)
    for (const [at, history] of lived.entries()) {
      const name = `past-${round}-${at}`
      const copy = JSON.parse(
        JSON.stringify(history).replaceAll(/\brb_/g, `rb_${round}_`),
      ) as readonly TimelineEvent[]
      await store.append(
        incidentId(`inc-${name}`),
        0,
        aChange({ events: copy, jobs: ['advance'], actor: 'countermand' }),
      )
      events += copy.length
    }
  for (let isRead = false; !isRead; await sleep(100)) {
    const { rows } = await database.owner.query(
      `SELECT FROM graphile_worker.jobs WHERE key LIKE 'advance:inc-past-%' LIMIT 1`,
    )
    isRead = rows.length === 0
  }
}

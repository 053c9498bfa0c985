import type { Pool } from 'pg'
import type { DeliveryId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import { instant, micros } from '#domain/time.ts'
import type { Inbox } from '#ports/store.ts'
import { cleanJson } from './clean.ts'
import { together } from './together.ts'

/**
 * Deliveries in PostgreSQL: what is acknowledged is written and queued, so it is never forgotten. What is not urgent comes in through
 * `intake`: a flood of it leaves the other connections alone. What somebody waits for goes before what machines send.
 */
export function inbox(
  pool: Pool,
  intake: Pool = pool,
  mustHold: () => void = () => undefined,
): Inbox {
  const admitted = { urgent: admitting(pool), other: admitting(intake) }
  const acknowledging = together(acknowledgedBy(pool))
  return {
    admit: (given) => (given.urgent ? admitted.urgent : admitted.other)(given),
    acknowledged: acknowledging,

    async abandon(id) {
      const { rowCount } = await pool.query(
        `UPDATE inbox SET acknowledged = false
          WHERE id = $1 AND acknowledged IS NOT TRUE AND done_at IS NULL`,
        [id],
      )
      return rowCount === 1
    },

    async load(id) {
      const { rows } = await pool.query<Loaded>({
        name: 'load-delivery',
        text: `SELECT body, acknowledged, micros(admitted_at) AS admitted,
                      micros(countermand_now()) - micros(admitted_at) AS waited,
                      (SELECT count(*) FROM inbox o
                        WHERE o.person = i.person
                          AND (o.admitted_at, o.id) <= (i.admitted_at, i.id)
                          AND o.admitted_at > i.admitted_at - interval '1 minute') AS recent
                 FROM inbox i WHERE id = $1 AND done_at IS NULL`,
        values: [id],
      })
      const [row] = rows
      return row?.body
        ? {
            body: row.body,
            isAcknowledged: row.acknowledged === true,
            admittedAt: instant(Number(row.admitted)),
            waited: micros(Number(row.waited)),
            withinMinute: Number(row.recent),
          }
        : undefined
    },

    async done(id) {
      // Carried out by half, it would never be carried out whole.
      mustHold()
      // What was said in it is not needed any more; that it came is remembered against replays.
      await pool.query({
        name: 'done',
        text: `UPDATE inbox SET done_at = countermand_now(), body = NULL WHERE id = $1 AND done_at IS NULL`,
        values: [id],
      })
    },
  }
}

type Given = Parameters<Inbox['admit']>[0]

/** Those that come at once are written by one statement: it waits for the disk once. */
const admitting = (pool: Pool): ((given: Given) => Promise<boolean>) =>
  together(async (all) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'admit',
      text: `WITH admitted AS (
               INSERT INTO inbox (id, source, urgent, body, person, acknowledged, admitted_at)
               SELECT id, source, urgent, body, person, CASE WHEN held THEN NULL ELSE true END,
                      countermand_now()
                 FROM unnest($1::text[], $2::text[], $3::boolean[], $4::jsonb[], $5::text[],
                             $6::boolean[]) AS given (id, source, urgent, body, person, held)
                -- In one order, so that two replicas with the same ones never wait for each other.
                ORDER BY id
               ON CONFLICT DO NOTHING
               RETURNING id, urgent, acknowledged
             )
             SELECT id, CASE WHEN acknowledged THEN graphile_worker.add_job(
                      CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END,
                      json_build_object('delivery', id),
                      job_key := 'deliver:' || id, max_attempts := 1000) END
               FROM admitted`,
      values: [
        all.map(({ id }) => id),
        all.map(({ source }) => source),
        all.map(({ urgent }) => urgent),
        all.map(({ body }) => JSON.stringify(cleanJson(body, (text) => text))),
        all.map(({ person }) => person ?? null),
        all.map(({ held }) => held ?? false),
      ],
    })
    const fresh = new Set(rows.map(({ id }) => id))
    // The same one twice at once is admitted once.
    return all.map(({ id }) => fresh.delete(id))
  })

const acknowledgedBy = (pool: Pool) => async (ids: readonly DeliveryId[]) => {
  await pool.query({
    name: 'acknowledged',
    text: `WITH known AS (
             UPDATE inbox SET acknowledged = true
              WHERE id = ANY ($1::text[]) AND acknowledged IS NULL AND done_at IS NULL
             RETURNING id, urgent
           )
           SELECT graphile_worker.add_job(
                    CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END,
                    json_build_object('delivery', id),
                    job_key := 'deliver:' || id, max_attempts := 1000, priority := -5)
             FROM known`,
    values: [ids],
  })
  return ids.map(() => undefined)
}

interface Loaded {
  readonly body: Json | null
  readonly acknowledged: boolean | null
  readonly admitted: string
  readonly waited: string
  readonly recent: string
}

/** Forgets deliveries that were handled more than a day ago: no sender repeats itself that late. */
export async function tidyInbox(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM inbox WHERE done_at < countermand_now() - interval '1 day'`)
}

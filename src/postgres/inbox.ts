import type { Pool } from 'pg'
import type { Json } from '#domain/json.ts'
import { micros } from '#domain/time.ts'
import type { Inbox } from '#ports/store.ts'
import { cleanJson } from './clean.ts'

/**
 * Deliveries in PostgreSQL: what is acknowledged is written and queued, so it is never forgotten. What is not urgent comes in through
 * `intake`: a flood of it leaves the other connections alone. What somebody waits for goes before what machines send.
 */
export function inbox(pool: Pool, intake: Pool = pool): Inbox {
  return {
    async admit({ id, source, urgent, body, person, held = false }) {
      const { rowCount } = await (urgent ? pool : intake).query({
        name: 'admit',
        text: `WITH admitted AS (
                 INSERT INTO inbox (id, source, urgent, body, person, acknowledged, admitted_at)
                 VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN NULL ELSE true END,
                         countermand_now())
                 ON CONFLICT DO NOTHING
                 RETURNING id
               )
               SELECT CASE WHEN NOT $6 THEN graphile_worker.add_job(
                        CASE WHEN $3 THEN 'deliver-urgent' ELSE 'deliver' END,
                        json_build_object('delivery', id),
                        job_key := 'deliver:' || id, max_attempts := 1000) END
                 FROM admitted`,
        values: [
          id,
          source,
          urgent,
          JSON.stringify(cleanJson(body, (text) => text)),
          person ?? null,
          held,
        ],
      })
      return rowCount === 1
    },

    async acknowledged(id) {
      await pool.query({
        name: 'acknowledged',
        text: `WITH known AS (
                 UPDATE inbox SET acknowledged = true
                  WHERE id = $1 AND acknowledged IS NULL AND done_at IS NULL
                 RETURNING id, urgent
               )
               SELECT graphile_worker.add_job(
                        CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END,
                        json_build_object('delivery', id),
                        job_key := 'deliver:' || id, max_attempts := 1000, priority := -5)
                 FROM known`,
        values: [id],
      })
    },

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
        text: `SELECT body, acknowledged,
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
            waited: micros(Number(row.waited)),
            withinMinute: Number(row.recent),
          }
        : undefined
    },

    async done(id) {
      // What was said in it is not needed any more; that it came is remembered against replays.
      await pool.query(
        `UPDATE inbox SET done_at = countermand_now(), body = NULL WHERE id = $1 AND done_at IS NULL`,
        [id],
      )
    },
  }
}

interface Loaded {
  readonly body: Json | null
  readonly acknowledged: boolean | null
  readonly waited: string
  readonly recent: string
}

/** Forgets deliveries that were handled more than a day ago: no sender repeats itself that late. */
export async function tidyInbox(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM inbox WHERE done_at < countermand_now() - interval '1 day'`)
}

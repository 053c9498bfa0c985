import type { Pool } from 'pg'
import type { Inbox } from '#ports/store.ts'
import { cleanJson } from './clean.ts'

/** Deliveries in PostgreSQL: written and queued in one statement, so an acknowledged one is never forgotten. */
export function inbox(pool: Pool): Inbox {
  return {
    async admit({ id, source, urgent, body }) {
      const { rowCount } = await pool.query({
        name: 'admit',
        text: `WITH admitted AS (
                 INSERT INTO inbox (id, source, urgent, body, admitted_at)
                 VALUES ($1, $2, $3, $4, countermand_now())
                 ON CONFLICT DO NOTHING
                 RETURNING id
               )
               SELECT graphile_worker.add_job(
                        CASE WHEN $3 THEN 'deliver-urgent' ELSE 'deliver' END,
                        json_build_object('delivery', id),
                        job_key := 'deliver:' || id, max_attempts := 1000)
                 FROM admitted`,
        values: [id, source, urgent, JSON.stringify(cleanJson(body, (text) => text))],
      })
      return rowCount === 1
    },

    async load(id) {
      const { rows } = await pool.query(
        'SELECT body FROM inbox WHERE id = $1 AND done_at IS NULL',
        [id],
      )
      return rows[0]?.body ?? undefined
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

/** Forgets deliveries that were handled more than a day ago: no sender repeats itself that late. */
export async function tidyInbox(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM inbox WHERE done_at < countermand_now() - interval '1 day'`)
}

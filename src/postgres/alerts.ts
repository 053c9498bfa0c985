import type { Pool } from 'pg'
import { z } from 'zod'
import { tellers, type TakenAlert } from '#domain/alerts/alert.ts'
import { deliveryId, serviceId } from '#domain/ids.ts'
import { severities } from '#domain/incident/severity.ts'
import { instant, isoMicros, micros } from '#domain/time.ts'
import type { AlertInbox, AlertMemory, NewDelivery } from '#ports/alerts.ts'
import { cleanJson, cleanText } from './clean.ts'
import { together } from './together.ts'

/** Deliveries of machines in the inbox. They come in through `intake`: no flood takes the connections of those who decide. */
export function alertInbox(pool: Pool, intake: Pool = pool): AlertInbox {
  const admit = together((all: readonly (readonly NewDelivery[])[]) => admitting(intake, all))
  return {
    admit,

    async waiting(limit, { opens, without }) {
      const { rows } = await pool.query({
        name: 'waiting-alerts',
        text: `SELECT id, body, micros(countermand_now()) - micros(admitted_at) AS waited
                 FROM inbox
                WHERE source = 'webhook' AND done_at IS NULL AND given_up IS NULL
                  AND NOT id = ANY ($2::text[]) AND (body ->> 'opens')::boolean = $3
                ORDER BY admitted_at, id LIMIT $1`,
        values: [limit, without, opens],
      })
      return rows.map((row) => {
        const { id, body, waited } = Row.parse(row)
        return { ...body, id: deliveryId(id), waited: micros(waited) }
      })
    },

    async done(ids) {
      await pool.query({
        name: 'alerts-done',
        text: `UPDATE inbox SET done_at = countermand_now(), body = NULL
                WHERE id = ANY ($1::text[]) AND done_at IS NULL`,
        values: [ids],
      })
    },

    async giveUp(id, why) {
      await pool.query('UPDATE inbox SET given_up = $2 WHERE id = $1 AND done_at IS NULL', [
        id,
        cleanText(why),
      ])
    },

    async backlog(most) {
      const { rows } = await pool.query<{ waiting: string }>({
        name: 'alerts-backlog',
        text: `SELECT count(*) AS waiting FROM (
                 SELECT FROM inbox
                  WHERE source = 'webhook' AND done_at IS NULL AND given_up IS NULL LIMIT $1) few`,
        values: [most],
      })
      return Number(rows[0]?.waiting)
    },
  }
}

/**
 * Those that come at once are written by one statement, and one job is queued for all that may open something and one for the rest,
 * unless it waits already: word of new work wakes every process, and the commits that give it wait for each other. Where that one was begun too early to find these, the sweep does.
 */
async function admitting(
  pool: Pool,
  all: readonly (readonly NewDelivery[])[],
): Promise<readonly number[]> {
  const given = all.flat()
  const { rows } = await pool.query<{ id: string }>({
    name: 'admit-alerts',
    text: `WITH admitted AS (
             INSERT INTO inbox (id, source, urgent, body, acknowledged, admitted_at)
             SELECT id || coalesce('#' || micros(countermand_now()) / once_in, ''), 'webhook', false, body,
                    true, countermand_now()
               FROM unnest($1::text[], $2::jsonb[], $3::bigint[]) AS given (id, body, once_in)
              -- In one order, so that two replicas with the same ones never wait for each other.
              ORDER BY id
             ON CONFLICT DO NOTHING
             RETURNING id, CASE WHEN (body ->> 'opens')::boolean THEN 'alerts' ELSE 'suggest' END AS task
           ), queued AS (
             SELECT key FROM graphile_worker.jobs
              WHERE key IN ('alerts', 'suggest') AND locked_at IS NULL AND run_at <= clock_timestamp()
                AND attempts < max_attempts
           )
           SELECT id, CASE WHEN id = min(id) OVER (PARTITION BY task) AND NOT EXISTS (SELECT FROM queued WHERE key = task)
                           THEN graphile_worker.add_job(task, '{}'::json, queue_name := task,
                                                        job_key := task, max_attempts := 1000) END
             FROM admitted`,
    values: [
      given.map(({ id }) => id),
      given.map(({ id: _id, onceIn: _once, ...body }) =>
        JSON.stringify(cleanJson(body, (text) => text)),
      ),
      given.map(({ onceIn }) => onceIn),
    ],
  })
  const fresh = new Set(rows.map(({ id }) => id.replace(/#\d+$/, '')))
  // The same one twice at once is new once.
  return all.map((its) => its.filter(({ id }) => fresh.delete(id)).length)
}

const Alert = z.object({
  key: z.string(),
  source: z.enum(tellers),
  status: z.enum(['firing', 'resolved']),
  startsAt: z.number().transform(instant),
  name: z.string(),
  summary: z.string(),
  severity: z.enum(severities).nullable(),
  rollback: z.string().nullable(),
  service: z.string().transform(serviceId),
}) satisfies z.ZodType<TakenAlert>
const Row = z.object({
  id: z.string(),
  waited: z.coerce.number(),
  body: z.object({
    service: z.string().transform(serviceId),
    opens: z.boolean(),
    alerts: z.array(Alert),
  }),
})

/** One row for each condition that was ever heard of. */
export function alertMemory(pool: Pool): AlertMemory {
  return {
    async heard(keys) {
      const { rows } = await pool.query({
        name: 'alerts-heard',
        text: 'SELECT key, status, micros(starts_at) AS starts FROM alerts WHERE key = ANY ($1::text[])',
        values: [keys],
      })
      return new Map(
        rows.map((row) => {
          const { key, status, starts } = HeardRow.parse(row)
          return [key, { key, status, startsAt: instant(starts) }]
        }),
      )
    },

    async remember(service, heard) {
      await pool.query({
        name: 'remember-alerts',
        text: `INSERT INTO alerts AS a (key, service, status, starts_at, seen_at, times)
               SELECT key, $1, status, starts_at, countermand_now(), times
                 FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
                   AS h (key, status, starts_at, times)
                ORDER BY key
               ON CONFLICT (key) DO UPDATE
                  SET service = excluded.service, status = excluded.status,
                      starts_at = excluded.starts_at, seen_at = excluded.seen_at,
                      times = a.times + excluded.times`,
        values: [
          service,
          heard.map(({ key }) => key),
          heard.map(({ status }) => status),
          heard.map(({ startsAt }) => isoMicros(startsAt)),
          heard.map(({ times }) => times),
        ],
      })
    },
  }
}

const HeardRow = z.object({
  key: z.string(),
  status: z.enum(['firing', 'resolved']),
  starts: z.coerce.number(),
})

/** Forgets what nobody has spoken of for a month: an old message that is sent again is known until then. */
export async function tidyAlerts(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM alerts WHERE seen_at < countermand_now() - interval '30 days'`)
}

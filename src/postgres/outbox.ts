import type { Pool } from 'pg'
import { z } from 'zod'
import type { Notice } from '#domain/communication/notice.ts'
import type { Outbox, Surface } from '#ports/surfaces.ts'
import { fromDate, micros } from '#domain/time.ts'
import { cleanText } from './clean.ts'
import { together } from './together.ts'

/**
 * What is still to be shown. Settling a card settles the older rows of the same card with it; a newer
 * one, written while it was being shown, stays. After `failed` ask `waiting` again: it knows what may go ahead.
 */
export function outbox(
  pool: Pool,
  /**
   * Throws when whoever calls may have been taken over. What it then wrote would make the other one forget that the message was
   * tried before, and post it again.
   */
  mustHold: () => void = () => undefined,
): Outbox {
  const surfaces = together(surfacesIn(pool))
  return {
    async waiting(incident) {
      const { rows } = await pool.query({
        name: 'waiting',
        text: `SELECT id, key, notice, attempts FROM outbox_due
                WHERE stream_id = $1 ORDER BY place LIMIT 100`,
        values: [incident],
      })
      return rows.map((row) => ({ ...WaitingRow.parse(row), incident }))
    },

    async delivered(id, where) {
      mustHold()
      await pool.query({
        name: 'delivered',
        text: `WITH ours AS (
           UPDATE outbox o SET state = 'delivered', settled_at = countermand_now()
             FROM outbox this
            WHERE this.id = $1 AND o.stream_id = this.stream_id AND o.key = this.key
              AND o.id <= $1 AND o.state = 'waiting'
         ), known AS (
           DELETE FROM postings p USING outbox this WHERE this.id = $1 AND p.key = this.key
         )
         INSERT INTO surfaces (key, channel, ts, posted_at)
         SELECT key, $2, $3, countermand_now() FROM outbox WHERE id = $1 AND $2::text IS NOT NULL
         ON CONFLICT (key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts`,
        values: [id, where?.channel ?? null, where?.ts ?? null],
      })
    },

    async failed(id, why, retryAfterMs) {
      mustHold()
      await pool.query(
        `UPDATE outbox o
            SET attempts = this.attempts + 1, last_error = $2,
                retry_at = countermand_now() + $3 * interval '1 millisecond'
           FROM outbox this
          WHERE this.id = $1 AND o.stream_id = this.stream_id AND o.key = this.key
            AND o.id <= $1 AND o.state = 'waiting'`,
        [id, cleanText(why), retryAfterMs],
      )
    },

    async abandoned(id, why) {
      mustHold()
      await pool.query(
        `WITH known AS (
           DELETE FROM postings p USING outbox this WHERE this.id = $1 AND p.key = this.key
         )
         UPDATE outbox o
            SET state = 'abandoned', last_error = $2, settled_at = countermand_now()
           FROM outbox this
          WHERE this.id = $1 AND o.stream_id = this.stream_id AND o.key = this.key
            AND o.id <= $1 AND o.state = 'waiting'`,
        [id, cleanText(why)],
      )
    },

    surface: surfaces,

    async posting(key, channel, thread) {
      mustHold()
      const { rows } = await pool.query({
        name: 'posting',
        text: `WITH noted AS (
           INSERT INTO postings AS p (key, channel, begun_at) VALUES ($1, $2, countermand_now())
           ON CONFLICT (key, channel) DO UPDATE SET tries = p.tries + 1
           RETURNING tries > 1 AS again, begun_at
         ), before AS (
           SELECT channel, begun_at FROM noted, (SELECT $2::text) AS here (channel) WHERE again
            UNION ALL
           SELECT channel, begun_at FROM postings WHERE key = $1 AND channel <> $2
         ), doubted AS (
           INSERT INTO perhaps_twice AS t (key, channel, thread, begun_at, look_at)
           SELECT $1, channel, $3, begun_at, clock_timestamp() + interval '10 seconds' FROM before
           ON CONFLICT (key, channel) DO UPDATE
              SET thread = coalesce(excluded.thread, t.thread), looks = 0, look_at = excluded.look_at
         )
         SELECT again, begun_at,
                round(extract(epoch FROM countermand_now() - begun_at) * 1000000)::float8 AS waited
           FROM noted`,
        values: [key, channel, thread ?? null],
      })
      const { again, begun_at: begun, waited } = PostingRow.parse(rows[0])
      return again ? { begunAt: fromDate(begun), waited: micros(waited) } : undefined
    },

    async notPosted(key, channel) {
      mustHold()
      await pool.query('DELETE FROM postings WHERE key = $1 AND channel = $2', [key, channel])
    },

    async perhapsTwice() {
      const { rows } = await pool.query({
        name: 'perhaps-twice',
        text: `SELECT t.key, t.channel, t.thread, t.begun_at, s.channel AS in, s.ts
                 FROM perhaps_twice t LEFT JOIN surfaces s ON s.key = t.key
                WHERE t.look_at <= clock_timestamp() ORDER BY t.look_at LIMIT 100`,
      })
      return rows.map((row) => {
        const { key, channel, thread, begun_at: begun, in: standsIn, ts } = TwiceRow.parse(row)
        const stands = standsIn !== null && ts !== null ? { channel: standsIn, ts } : undefined
        return { key, channel, thread: thread ?? undefined, begunAt: fromDate(begun), stands }
      })
    },

    async looked(key, channel) {
      mustHold()
      await pool.query(
        `WITH done AS (
           DELETE FROM perhaps_twice WHERE key = $1 AND channel = $2 AND looks >= 2
         )
         UPDATE perhaps_twice
            SET looks = looks + 1,
                look_at = clock_timestamp() + CASE looks WHEN 0 THEN interval '50 seconds'
                                                         ELSE interval '9 minutes' END
          WHERE key = $1 AND channel = $2 AND looks < 2`,
        [key, channel],
      )
    },

    async redraw() {
      const { rowCount } = await pool.query(
        `INSERT INTO outbox (stream_id, key, kind, notice, written_at)
         SELECT DISTINCT ON (o.stream_id, o.key) o.stream_id, o.key, o.kind, o.notice, countermand_now()
           FROM streams s
           JOIN outbox o ON o.stream_id = s.id AND o.kind = 'card'
           JOIN surfaces f ON f.key = o.key
          WHERE (s.closed_at IS NULL OR s.closed_at > countermand_now() - interval '15 minutes')
            AND NOT EXISTS (SELECT FROM outbox w
                             WHERE w.stream_id = o.stream_id AND w.key = o.key AND w.state = 'waiting')
          ORDER BY o.stream_id, o.key, o.id DESC`,
      )
      return rowCount ?? 0
    },
  }
}

const surfacesIn = (pool: Pool) => async (keys: readonly string[]) => {
  const { rows } = await pool.query<Surface & { readonly key: string }>({
    name: 'surfaces',
    text: 'SELECT key, channel, ts FROM surfaces WHERE key = ANY ($1)',
    values: [keys],
  })
  const found = new Map(rows.map(({ key, channel, ts }) => [key, { channel, ts }]))
  return keys.map((key) => found.get(key))
}

const TwiceRow = z.object({
  key: z.string(),
  channel: z.string(),
  thread: z.string().nullable(),
  begun_at: z.date(),
  in: z.string().nullable(),
  ts: z.string().nullable(),
})
const PostingRow = z.object({ again: z.boolean(), begun_at: z.date(), waited: z.number() })

const kinds = {
  channel: true,
  card: true,
  line: true,
  mention: true,
  announcement: true,
  evidence: true,
  'post-mortem': true,
  assessment: true,
  reply: true,
  owner: true,
  automation: true,
  configuration: true,
  gate: true,
  'on-call': true,
  overdue: true,
} as const satisfies Record<Notice['kind'], true>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Notices are written by us; only their kind can be one that a newer version knows. */
const WaitingRow = z.object({
  id: z.string(),
  key: z.string(),
  attempts: z.number(),
  notice: z.custom<Notice>(
    (value) => isObject(value) && Object.hasOwn(kinds, String(value['kind'])),
    { error: 'a notice of a kind that this version does not know' },
  ),
})

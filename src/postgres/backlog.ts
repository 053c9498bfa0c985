import type { Pool } from 'pg'
import { z } from 'zod'

/** What waits in the database, for everybody alike: ages in seconds, 0 where nothing waits. */
export type Backlog = z.infer<typeof Backlog>

const count = z.number().int().nonnegative()
const age = z.number().nonnegative()
const Backlog = z.object({
  replicas: count,
  incidents: count,
  outbox: z.object({ waiting: count, oldest: age }),
  inbox: z.object({ waiting: count, oldest: age, abandoned: count }),
  /** How long the incident that needs attention most has waited for it. */
  overdue: age,
  jobs: z.array(z.object({ task: z.string(), waiting: count, running: count, oldest: age })),
})

/** One statement, and one moment; it reads what is still to be done, never what is done. */
export async function backlog(pool: Pool): Promise<Backlog> {
  const { rows } = await pool.query<{ backlog: unknown }>({
    name: 'backlog',
    text: `
WITH due AS (
  -- What was put off by Slack or by an earlier failure waits as well.
  SELECT count(*) AS waiting, coalesce(extract(epoch FROM countermand_now() - min(written_at)), 0) AS oldest
    FROM outbox WHERE state = 'waiting'
), undone AS (
  SELECT count(*) FILTER (WHERE given_up IS NULL) AS waiting,
         count(*) FILTER (WHERE given_up IS NOT NULL) AS abandoned,
         coalesce(extract(epoch FROM countermand_now() - min(admitted_at) FILTER (WHERE given_up IS NULL)), 0) AS oldest
    FROM inbox WHERE done_at IS NULL
), queue AS (
  SELECT task_identifier AS task,
         count(*) FILTER (WHERE locked_at IS NULL) AS waiting,
         count(*) FILTER (WHERE locked_at IS NOT NULL) AS running,
         greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(run_at) FILTER (WHERE locked_at IS NULL)), 0)) AS oldest
    FROM graphile_worker.jobs WHERE attempts < max_attempts GROUP BY 1
)
SELECT json_build_object(
  'replicas', (SELECT count(*) FROM living_replicas),
  'incidents', (SELECT count(*) FROM streams WHERE closed_at IS NULL AND service IS NOT NULL),
  'outbox', (SELECT json_build_object('waiting', waiting, 'oldest', greatest(0, oldest)) FROM due),
  'inbox', (SELECT json_build_object('waiting', waiting, 'oldest', greatest(0, oldest), 'abandoned', abandoned) FROM undone),
  'overdue', (SELECT greatest(0, coalesce(extract(epoch FROM countermand_now() - min(wake_at)), 0)) FROM streams),
  'jobs', coalesce((SELECT json_agg(queue) FROM queue), '[]')) AS backlog`,
  })
  return Backlog.parse(rows[0]?.backlog)
}

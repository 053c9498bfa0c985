import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { TestDatabase } from '../support/database.ts'

type Kind = TimelineEvent['kind']

/** Its incidents, its assessments, and what happened to it by itself. */
const streams = `SELECT s.id, s.wake_at FROM streams s JOIN timeline_events e ON e.stream_id = s.id AND e.seq = 1
                  WHERE e.payload ->> 'service' = $1`

/** What the database holds of one service. */
export function recordOf({ owner }: TestDatabase, name: string) {
  const incident = async (): Promise<string | undefined> => {
    const { rows } = await owner.query<{ id: string }>(
      "SELECT id FROM streams WHERE service = $1 AND starts_with(id, 'inc-')",
      [name],
    )
    return rows[0]?.id
  }
  const kinds = async (): Promise<readonly Kind[]> => {
    const { rows } = await owner.query<{ kind: Kind }>(
      `SELECT e.kind FROM timeline_events e JOIN (${streams}) s ON s.id = e.stream_id
        ORDER BY e.stream_id, e.seq`,
      [name],
    )
    return rows.map((row) => row.kind)
  }
  /** Whether such an event was on the record then, or a moment later. */
  const writtenBefore = async (kind: string, on: Date): Promise<boolean> => {
    const { rows } = await owner.query<{ was: boolean }>(
      `SELECT EXISTS (SELECT FROM timeline_events e JOIN (${streams}) s ON s.id = e.stream_id
                       WHERE e.kind = $2
                         AND e.at < $3::timestamptz + interval '1 second') AS was`,
      [name, kind, on],
    )
    return rows[0]?.was ?? false
  }
  const heardAll = async (): Promise<boolean> => {
    const { rowCount } = await owner.query(
      'SELECT FROM inbox WHERE done_at IS NULL AND given_up IS NULL',
    )
    return rowCount === 0
  }
  /** For whoever looks for what went wrong. */
  const ending = async (): Promise<string> => {
    const { rows } = await owner.query<{ told: string }>(
      `SELECT e.kind || ' ' || left(e.payload::text, 420) AS told
         FROM timeline_events e JOIN (${streams}) s ON s.id = e.stream_id
        ORDER BY e.seq DESC LIMIT 14`,
      [name],
    )
    const { rows: jobs } = await owner.query<{ job: string }>(
      `SELECT concat_ws(' ', key, task_identifier, run_at - clock_timestamp(), locked_by,
                        clock_timestamp() - locked_at, attempts, last_error) AS job
         FROM graphile_worker.jobs LIMIT 5`,
    )
    return [...jobs.map(({ job }) => job), ...rows.map(({ told }) => told)].join('\n')
  }
  /** What keeps it from being over. */
  const unfinished = async (): Promise<readonly string[]> => {
    const { rows } = await owner.query<Record<string, boolean>>(
      `SELECT EXISTS (SELECT FROM outbox o JOIN (${streams}) s ON s.id = o.stream_id
                     WHERE o.state = 'waiting') AS untold,
            EXISTS (SELECT FROM (${streams}) s WHERE s.wake_at <= countermand_now()) AS due,
            EXISTS (SELECT FROM inbox WHERE done_at IS NULL AND given_up IS NULL) AS unheard,
            EXISTS (SELECT FROM graphile_worker.jobs
                     WHERE (key LIKE '%:inc-' || $1 || '-%' OR key LIKE '%:au-' || $1 OR key LIKE '%:pr-' || $1 || '-%' OR key LIKE '%:as-%'
                            OR key LIKE 'deliver:%' OR key IN ('alerts', 'suggest'))
                       AND (locked_at IS NOT NULL OR attempts < max_attempts)) AS queued`,
      [name],
    )
    return Object.entries(rows[0] ?? {}).flatMap(([what, is]) => (is ? what : []))
  }

  /** Has every workload looked at, as it is once a minute. */
  const lookAround = async (): Promise<void> => {
    await owner.query(`SELECT graphile_worker.add_job('observe', job_key := 'look-${name}')`)
    const isOver = async () =>
      (await owner.query('SELECT FROM graphile_worker.jobs WHERE key = $1', [`look-${name}`]))
        .rowCount === 0
    while (!(await isOver())) await sleep(50)
  }

  return { incident, kinds, writtenBefore, heardAll, ending, unfinished, lookAround }
}

import type { Job } from 'graphile-worker'
import type { Pool } from 'pg'
import type { DeliveryId } from '#domain/ids.ts'

interface Again {
  readonly task: string
  readonly key: string
  readonly payload: object
  readonly queue: string | undefined
  readonly priority: number
  readonly inMs: number
}

/** A job as it was taken: who took it, and when. */
export type Taken = Pick<Job, 'id' | 'locked_by' | 'locked_at' | 'attempts'>

/** Who has a job now that was taken under a name of ours; `ours anew` when we have taken it again meanwhile. */
type Holder = 'ours' | 'ours anew' | 'theirs' | 'nobody'

/**
 * Queues work again that is ours still, or nobody's any more; says whose it was, and nothing when it was gone. What is nobody's is
 * queued under another number: whoever ends it here ends it by its number, and might hit what another has just taken. Work of the
 * same key that arrived meanwhile keeps its earlier time.
 */
export async function queueAgain(
  pool: Pool,
  { task, payload, queue, key, priority, inMs }: Again,
  { id, locked_by, locked_at, attempts }: Taken,
): Promise<Holder | undefined> {
  const { rows } = await pool.query<{ holder: Holder }>(
    `WITH taken AS MATERIALIZED (
       SELECT id, key IS NOT NULL AS is_awaited,
              CASE WHEN locked_by IS NULL THEN 'nobody'
                   WHEN locked_by <> $8 THEN 'theirs'
                   -- Each time it is taken counts; what is asked for again meanwhile sets it to the last one.
                   WHEN attempts IN ($10, max_attempts)
                   -- What we are told has milliseconds only. Whoever takes it again takes it seconds later.
                        AND abs(extract(epoch FROM locked_at - $9::timestamptz)) < 0.01 THEN 'ours'
                   ELSE 'ours anew'
              END AS holder
         FROM graphile_worker._private_jobs
        WHERE id = $7
          FOR UPDATE
     ), removed AS (
       DELETE FROM graphile_worker._private_jobs jobs
        USING taken
        WHERE jobs.id = taken.id AND holder = 'nobody'
       RETURNING jobs.id
     )
     SELECT holder,
            CASE WHEN holder = 'ours' OR removed.id IS NOT NULL AND is_awaited
                 THEN graphile_worker.add_job($1, $2::json, queue_name := $3, job_key := $4,
                        priority := $5, max_attempts := 1000, job_key_mode := 'preserve_run_at',
                        run_at := clock_timestamp() + $6 * interval '1 millisecond')
            END AS queued
       FROM taken LEFT JOIN removed USING (id)`,
    [
      task,
      JSON.stringify(payload),
      queue ?? null,
      key,
      priority,
      inMs,
      id,
      locked_by,
      locked_at,
      attempts,
    ],
  )
  return rows[0]?.holder
}

/** Queues a delivery that a replica had taken up by itself, unless it is done, or another replica's by now. Safe to repeat. */
export async function giveBack(
  pool: Pool,
  {
    delivery,
    by,
    failures,
    inMs,
  }: {
    readonly delivery: DeliveryId
    readonly by: string
    readonly failures: number
    readonly inMs: number
  },
): Promise<void> {
  await pool.query(
    `WITH given_back AS (
       UPDATE inbox SET taken_by = NULL
        WHERE id = $1 AND taken_by = $2 AND done_at IS NULL AND given_up IS NULL
       RETURNING id
     )
     SELECT graphile_worker.add_job('deliver-urgent',
              json_build_object('delivery', id, 'failures', $3::int), job_key := 'deliver:' || id,
              max_attempts := 1000, run_at := clock_timestamp() + $4 * interval '1 millisecond')
       FROM given_back`,
    [delivery, by, failures, inMs],
  )
}

/** Has every workload looked at now rather than at the next full minute: once, however many processes start together. */
export async function queueFirstLook(pool: Pool): Promise<void> {
  await pool.query(
    `SELECT graphile_worker.add_job('observe', job_key := 'first-look', max_attempts := 1)`,
  )
}

/** What this process carries out that was never queued, and under which name. */
interface AtHand {
  readonly name: string
  readonly held: readonly DeliveryId[]
}

/**
 * Queues what is due and has no job: streams to wake, notices to show, deliveries that nobody handled, those that a replica had taken up
 * which is gone or, longer ago than a statement can take, has lost them, and later those of which nobody knows whether they were acknowledged. Wakes the workers for what
 * had been put off until now, such as a retry.
 */
export async function sweep(pool: Pool, atHand: () => AtHand): Promise<void> {
  const client = await pool.connect()
  try {
    // Now, and not before it waited for a connection: what was taken up meanwhile would look like lost.
    await client.query(sweeping(atHand()))
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

const sweeping = ({ name, held }: AtHand) => ({
  name: 'sweep',
  text: `
WITH due AS (
  SELECT CASE kind WHEN 'assessment' THEN 'assess'
                   WHEN 'automation' THEN 'automate' ELSE 'advance' END AS job, id AS stream
    FROM streams WHERE wake_at <= countermand_now()
   UNION
  SELECT 'show', stream_id FROM outbox_due
), keyed AS (
  SELECT job, job || ':' || stream AS key, json_build_object('incident', stream) AS payload,
         job || ':' || stream AS queue, CASE job WHEN 'advance' THEN -5 ELSE 0 END AS priority
    FROM due
   UNION ALL
  SELECT CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END, 'deliver:' || id,
         json_build_object('delivery', id), NULL, 0
    FROM inbox
   WHERE source = 'slack' AND done_at IS NULL AND given_up IS NULL
     AND CASE WHEN taken_by IS NULL
              THEN admitted_at < countermand_now() - CASE WHEN acknowledged IS NULL
                                                          THEN interval '15 seconds' ELSE interval '5 seconds' END
              WHEN taken_by = $1
              THEN NOT id = ANY ($2) AND taken_at < countermand_now() - interval '15 seconds'
              ELSE NOT taken_by IN (SELECT id FROM living_replicas) END
   UNION ALL
  SELECT 'alerts', 'alerts', '{}'::json, 'alerts', 0
   WHERE EXISTS (SELECT FROM inbox
                  WHERE source = 'webhook' AND done_at IS NULL AND given_up IS NULL
                    AND admitted_at < countermand_now() - interval '0.5 seconds'
                    AND (body ->> 'opens')::boolean)
   UNION ALL
  SELECT 'suggest', 'suggest', '{}'::json, 'suggest', 0
   WHERE EXISTS (SELECT
                   -- Behind more than these it waits until they are fewer: this is looked for four times a second.
                   FROM (SELECT body FROM inbox
                          WHERE source = 'webhook' AND done_at IS NULL AND given_up IS NULL
                            AND admitted_at < countermand_now() - interval '0.5 seconds'
                          ORDER BY admitted_at, id LIMIT 1000) AS oldest
                  WHERE NOT (body ->> 'opens')::boolean)
   UNION ALL
  SELECT 'twice', 'twice', '{}'::json, 'twice', 0
   WHERE EXISTS (SELECT FROM perhaps_twice WHERE look_at <= clock_timestamp())
), put_off AS (
  SELECT count(*) AS jobs FROM graphile_worker.jobs j
   WHERE j.locked_at IS NULL AND j.run_at <= clock_timestamp() AND j.attempts < j.max_attempts
     -- What waits for its turn is taken by whoever has the turn. Looked up once, and not for each of a backlog.
     AND (j.queue_name IS NULL
          OR j.queue_name NOT IN (SELECT queue_name FROM graphile_worker.jobs
                                   WHERE locked_at IS NOT NULL AND queue_name IS NOT NULL))
)
SELECT pg_notify('jobs:insert', json_build_object('r', random(), 'count', jobs)::text)::text
  FROM put_off WHERE jobs > 0
 UNION ALL
SELECT graphile_worker.add_job(job, payload, queue_name := queue, job_key := key,
                               priority := priority, max_attempts := 1000)::text
  FROM keyed k
 WHERE NOT EXISTS (
         SELECT FROM graphile_worker.jobs j
          WHERE j.key = k.key AND (j.locked_at IS NOT NULL OR j.attempts < j.max_attempts))`,
  values: [name, held],
})

/**
 * Opens queues that are locked for no job: those of replicas that are gone, and our own in which nobody works any more. A job and its
 * queue are locked and freed together, except where a replica is given up in the moment in which it ends a job, and ends it under the
 * hands of whoever has it then: jobs are ended by their number alone, queues by their holder's name. Who still works there keeps the
 * queue. Names how many.
 */
export async function openForsakenQueues(
  pool: Pool,
  ours: readonly string[],
  atWork: readonly number[],
): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'open-forsaken-queues',
    text: `
UPDATE graphile_worker._private_job_queues q
   SET locked_by = NULL, locked_at = NULL
 WHERE q.locked_by IS NOT NULL
   AND NOT EXISTS (SELECT FROM graphile_worker._private_jobs j
                    WHERE j.job_queue_id = q.id AND j.locked_by IS NOT NULL)
   AND CASE WHEN q.locked_by = ANY ($1) THEN NOT q.id = ANY ($2::int[])
            ELSE q.locked_at < clock_timestamp() - interval '10 seconds'
                 AND NOT EXISTS (SELECT FROM living_replicas r WHERE q.locked_by = ANY (r.worker_pools))
       END`,
    values: [ours, atWork],
  })
  return rowCount ?? 0
}

/** Names what is queued, running or due, for whoever has waited in vain for its end. */
export async function unsettled(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ what: string }>(`
SELECT concat_ws(' ', 'job', task_identifier, 'tried', attempts, left(last_error, 200)) AS what
  FROM graphile_worker.jobs WHERE locked_at IS NOT NULL OR attempts < max_attempts
UNION ALL SELECT 'due ' || id FROM streams WHERE wake_at <= countermand_now()
UNION ALL SELECT 'message' FROM outbox_due
UNION ALL SELECT 'delivery ' || id FROM inbox WHERE done_at IS NULL AND given_up IS NULL`)
  return rows.map(({ what }) => what).join('; ')
}

/** True when nothing is queued, running or due. One statement, so one moment. */
export async function isSettled(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ settled: boolean }>({
    name: 'is-settled',
    text: `
SELECT NOT (
  EXISTS (SELECT FROM graphile_worker.jobs WHERE locked_at IS NOT NULL OR attempts < max_attempts)
  OR EXISTS (SELECT FROM streams WHERE wake_at <= countermand_now())
  OR EXISTS (SELECT FROM outbox_due)
  OR EXISTS (SELECT FROM inbox WHERE done_at IS NULL AND given_up IS NULL)
) AS settled`,
  })
  return rows[0]?.settled ?? false
}

/** Stops trying to handle a delivery; it stays, with the reason, for people to look at. */
export async function giveUp(pool: Pool, delivery: string, why: string): Promise<void> {
  await pool.query('UPDATE inbox SET given_up = $2 WHERE id = $1 AND done_at IS NULL', [
    delivery,
    why.replaceAll('\0', ' ').toWellFormed(),
  ])
}

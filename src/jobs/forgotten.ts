import type { WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'

/** Longer than a statement may take, in ms: by then whoever took a job knows that it did, and whoever ended it has said so. */
const sureAfterMs = 15_000

/**
 * Jobs that are locked in our name and that nobody here works on: the answer was lost when they were taken, or when they were
 * ended. They would stay locked as long as this process lives. Gives the function that frees them and says how many they were.
 */
export function forgottenJobs(
  pool: Pool,
  events: WorkerEvents,
  workerPools: readonly string[],
): () => Promise<number> {
  const held = new Map<string, { endedAt?: number }>()
  events.on('job:start', ({ job }) => held.set(job.id, {}))
  events.on('job:complete', ({ job }) => held.set(job.id, { endedAt: performance.now() }))

  return async () => {
    for (const [id, { endedAt = Number.POSITIVE_INFINITY }] of held)
      if (performance.now() - endedAt > sureAfterMs) held.delete(id)
    const { rowCount } = await pool.query({
      name: 'free-forgotten',
      text: `
WITH freed AS (
  UPDATE graphile_worker._private_jobs
     SET locked_by = NULL, locked_at = NULL
   WHERE locked_by = ANY ($1) AND NOT id = ANY ($2::bigint[])
     AND locked_at < clock_timestamp() - $3 * interval '1 millisecond'
  RETURNING job_queue_id
), queues AS (
  UPDATE graphile_worker._private_job_queues q
     SET locked_by = NULL, locked_at = NULL
    FROM freed WHERE q.id = freed.job_queue_id AND q.locked_by = ANY ($1)
)
SELECT FROM freed`,
      values: [workerPools, [...held.keys()], sureAfterMs],
    })
    return rowCount ?? 0
  }
}

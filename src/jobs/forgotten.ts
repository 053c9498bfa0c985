import type { Pool } from 'pg'
import type { HeldJobs } from './held-jobs.ts'

/**
 * Jobs that are locked in our name and that nobody here works on: the answer was lost when they were taken, or when they were
 * ended. They would stay locked as long as this process lives. Gives the function that frees them and says how many they were; call
 * it while nothing is being taken or ended.
 */
export function forgottenJobs(
  pool: Pool,
  held: HeldJobs,
  workerPools: readonly string[],
): () => Promise<number> {
  return async () => {
    const { rowCount } = await pool.query({
      name: 'free-forgotten',
      text: `
WITH freed AS (
  UPDATE graphile_worker._private_jobs
     SET locked_by = NULL, locked_at = NULL
   WHERE locked_by = ANY ($1) AND NOT id = ANY ($2::bigint[])
  RETURNING job_queue_id
), queues AS (
  UPDATE graphile_worker._private_job_queues q
     SET locked_by = NULL, locked_at = NULL
    FROM freed WHERE q.id = freed.job_queue_id AND q.locked_by = ANY ($1)
)
SELECT FROM freed`,
      values: [workerPools, held.jobs()],
    })
    return rowCount ?? 0
  }
}

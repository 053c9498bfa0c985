import { DatabaseError, type Pool } from 'pg'

/** Whoever would have to wait longer for its turn leaves it to the next hour: everybody else waits behind it. */
const patienceMs = 500

/**
 * Removes the queues in which nothing waits or is worked on. Alone with them: work that is being added to a queue is not seen until it
 * is there, and would then be in a queue that is gone, where nobody ever takes it. Whoever adds or takes work touches this table
 * first and to the end of its transaction; they are waited for, and wait a moment. Resolves with `false` when it did not come to that.
 */
export async function removeIdleQueues(pool: Pool): Promise<boolean> {
  const client = await pool.connect()
  let isUsable = false
  try {
    await client.query('BEGIN')
    await client.query(`SELECT set_config('lock_timeout', $1, true)`, [`${patienceMs}ms`])
    await client.query('LOCK TABLE graphile_worker._private_job_queues IN SHARE ROW EXCLUSIVE MODE')
    await client.query(`
DELETE FROM graphile_worker._private_job_queues queues
 WHERE locked_at IS NULL
   AND NOT EXISTS (SELECT FROM graphile_worker._private_jobs jobs WHERE jobs.job_queue_id = queues.id)`)
    await client.query('COMMIT')
    isUsable = true
    return true
  } catch (error) {
    if (!isTooBusy(error)) throw error
    await client.query('ROLLBACK')
    isUsable = true
    return false
  } finally {
    client.release(!isUsable)
  }
}

/** lock_not_available */
const isTooBusy = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === '55P03'

import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'

/** Whether the database takes what is written to it: a row is written for good, and taken away again. Throws when it does not. */
export async function provesWritable(pool: Pool): Promise<void> {
  const id = `probe-${randomUUID()}`
  await pool.query(
    `INSERT INTO replicas (id, worker_pools, lock_key, started_at, lease_until)
     VALUES ($1, '{}', 0, clock_timestamp(), clock_timestamp())`,
    [id],
  )
  await pool.query('DELETE FROM replicas WHERE id = $1', [id])
}

import type { Pool } from 'pg'
import { latestOf, migrations } from './migrate.ts'

/** Whether the database has every table this version works with. A newer version may have added some. */
export function isMigrated(pool: Pool): () => Promise<boolean> {
  const wanted = latestOf(migrations)
  let isSo = false
  return async () => {
    // What was applied stays applied.
    if (isSo) return true
    const { rows } = await pool.query<{ last: number }>('SELECT max(id) AS last FROM migrations')
    isSo = (rows[0]?.last ?? 0) >= wanted
    return isSo
  }
}

/** Whether this process is one of those that work on what is queued: its lease has not run out. */
export async function isAtWork(pool: Pool, replica: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'is-at-work',
    text: 'SELECT FROM replicas WHERE id = $1 AND lease_until > clock_timestamp()',
    values: [replica],
  })
  return rowCount === 1
}

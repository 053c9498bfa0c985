import type { Pool } from 'pg'

/** How many processes work on what is queued: they hold their lock, and their lease has not run out. */
export async function liveReplicas(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ alive: number }>({
    name: 'live-replicas',
    text: `
WITH held AS (
  SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
   WHERE locktype = 'advisory' AND objsubid = 1 AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT count(*)::int AS alive FROM replicas
 WHERE lease_until > clock_timestamp() AND lock_key IN (SELECT key FROM held)`,
  })
  return rows[0]?.alive ?? 0
}

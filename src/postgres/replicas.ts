import type { Pool } from 'pg'

/** How many processes work on what is queued: they hold their lock, and their lease has not run out. */
export async function liveReplicas(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ alive: number }>({
    name: 'live-replicas',
    text: 'SELECT count(*)::int AS alive FROM living_replicas',
  })
  return rows[0]?.alive ?? 0
}

import type { Pool } from 'pg'

/** Has incidents looked at in which a rollback holds a workload of a service that is not among `services` any more. Says how many. */
export async function wakeFormer(pool: Pool, services: readonly string[]): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE streams s SET wake_at = countermand_now()
      WHERE s.service <> ALL ($1::text[])
        AND (s.wake_at IS NULL OR s.wake_at > countermand_now())
        AND EXISTS (SELECT FROM workload_claims c WHERE c.stream_id = s.id AND c.released_at IS NULL)`,
    [services],
  )
  return rowCount ?? 0
}

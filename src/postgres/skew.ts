import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'

/** More than this, in ms, and what a machine shows or signs by its own clock misleads. */
const mostSkewMs = 2_000

/**
 * Warns when this machine's clock and the database's are apart (threat T051). Nothing is decided by a machine's clock; but
 * Slack's requests are refused as stale by one that is five minutes off.
 */
export async function warnOfSkew(pool: Pool, log: Log): Promise<void> {
  const asked = Date.now()
  const { rows } = await pool.query<{ at: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at',
  )
  const answered = Date.now()
  const at = rows[0]?.at ?? Number.NaN
  // The database read its clock at some moment in between.
  const aheadMs = Math.round(at < asked ? asked - at : at > answered ? answered - at : 0)
  if (Math.abs(aheadMs) > mostSkewMs)
    log.warn({ aheadMs }, 'the clock of this machine and that of the database are apart')
}

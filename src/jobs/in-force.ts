import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'
import { repeat } from './repeat.ts'

/** Work that is begun and ended as a whole. */
export interface Shift {
  begin(): Promise<void>
  /** Resolves when nothing of it goes on. */
  end(): Promise<void>
}

/**
 * Works only while the configuration of this process is in force: that of the living process which began last. The others hand over
 * what they do and stand by, or who may decide would hang on which of them hears it (threat T155). When the last one is gone, they go
 * on: nobody is left alone for a configuration.
 */
export async function whileInForce(
  pool: Pool,
  replica: () => string,
  log: Log,
  shift: Shift,
): Promise<{ isStandingBy(): boolean; stop(): Promise<void> }> {
  let isAtWork = false
  const look = async () => {
    const isDue = await isInForce(pool, replica())
    if (isDue === isAtWork) return
    if (isDue) await shift.begin()
    else {
      log.error(
        { replica: replica() },
        'Another configuration is in force: this process does nothing until it is started with that one',
      )
      await shift.end()
    }
    isAtWork = isDue
  }
  await look()
  const loop = repeat(500, 'Looking whose configuration is in force failed', log, look)
  return {
    isStandingBy: () => !isAtWork,
    async stop() {
      await loop.stop()
      await shift.end()
    },
  }
}

async function isInForce(pool: Pool, replica: string): Promise<boolean> {
  const { rows } = await pool.query<{ inForce: boolean }>({
    name: 'is-in-force',
    text: `
SELECT coalesce((SELECT configuration FROM replicas WHERE id = $1)
              = (SELECT configuration FROM living_replicas
                  WHERE configuration IS NOT NULL ORDER BY configured_at DESC, id LIMIT 1),
                true) AS "inForce"`,
    values: [replica],
  })
  return rows[0]?.inForce ?? true
}

import type { Pool } from 'pg'
import { type Instant, isoMicros, type Micros } from '#domain/time.ts'

/**
 * Replaces the database's clock by one that can be moved forward; for the sandbox and tests only.
 * Takes the owner: the role the bot works as cannot do it.
 */
export async function installShiftableClock(owner: Pool): Promise<void> {
  await owner.query(`
    CREATE TABLE IF NOT EXISTS clock_shift (
      sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
      by interval NOT NULL DEFAULT '0',
      frozen_at timestamptz
    );
    INSERT INTO clock_shift DEFAULT VALUES ON CONFLICT DO NOTHING;
    GRANT SELECT ON clock_shift TO countermand_runtime;
    CREATE OR REPLACE FUNCTION countermand_now() RETURNS timestamptz
      LANGUAGE sql VOLATILE
      AS 'SELECT coalesce(frozen_at, clock_timestamp()) + by FROM clock_shift'`)
}

/** Moves the clock forward for everybody at once. */
export async function shiftClock(owner: Pool, by: Micros): Promise<void> {
  if (by < 0) throw new RangeError('time only moves forward')
  await owner.query(`UPDATE clock_shift SET by = by + $1::bigint * interval '1 microsecond'`, [by])
}

/** Stops the clock at a moment; it then moves only when it is moved. For tests that compare times to the microsecond. */
export async function freezeClock(owner: Pool, at: Instant): Promise<void> {
  await owner.query(`UPDATE clock_shift SET frozen_at = $1::timestamptz, by = '0'`, [isoMicros(at)])
}

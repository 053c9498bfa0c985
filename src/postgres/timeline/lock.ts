import type { PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import { type Instant, instant } from '#domain/time.ts'

/** A stream whose row we hold until the end of the transaction. */
export interface Stream {
  readonly seq: number
  readonly head: string
  /** The database's clock after the lock was ours; never before the stream's last event. */
  readonly now: Instant
  readonly created: boolean
}

/** Waits for the stream's row and takes it. `undefined` when there is no such stream and none was to be made. */
export async function lockStream(
  client: PoolClient,
  incident: IncidentId,
  keyId: string,
  create: boolean,
): Promise<Stream | undefined> {
  const found = await lock(client, incident)
  if (found || !create) return found && { ...found, created: false }
  const { rowCount } = await client.query(
    `INSERT INTO streams (id, key_id, opened_at, last_at)
     SELECT $1, $2, at, at FROM countermand_now() AS at
     ON CONFLICT DO NOTHING`,
    [incident, keyId],
  )
  const made = await lock(client, incident)
  return made && { ...made, created: rowCount === 1 }
}

/** The clock stands outside the materialised lock: it is read when the row has been handed over, not when waiting began. */
async function lock(
  client: PoolClient,
  incident: IncidentId,
): Promise<Omit<Stream, 'created'> | undefined> {
  const { rows } = await client.query<{ seq: number; head: string; now: string }>({
    name: 'lock-stream',
    text: `WITH mine AS MATERIALIZED (
             SELECT seq, head, last_at FROM streams WHERE id = $1 FOR UPDATE
           )
           SELECT seq, encode(head, 'hex') AS head,
                  micros(greatest(countermand_now(), last_at)) AS now
             FROM mine`,
    values: [incident],
  })
  const row = rows[0]
  return row && { seq: row.seq, head: row.head, now: instant(Number(row.now)) }
}

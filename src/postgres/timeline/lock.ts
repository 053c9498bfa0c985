import type { PoolClient } from 'pg'
import { type IncidentId, incidentId } from '#domain/ids.ts'
import { type Instant, instant } from '#domain/time.ts'

/** A stream whose row we hold until the end of the transaction. */
export interface Stream {
  readonly incident: IncidentId
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
  const [found] = await lock(client, [incident], 'wait')
  if (found || !create) return found
  const { rowCount } = await client.query(
    `INSERT INTO streams (id, key_id, opened_at, last_at)
     SELECT $1, $2, at, at FROM countermand_now() AS at
     ON CONFLICT DO NOTHING`,
    [incident, keyId],
  )
  const [made] = await lock(client, [incident], 'wait')
  return made && { ...made, created: rowCount === 1 }
}

/** Takes those of the streams that exist and that nobody else holds now; waits for none. */
export const lockFree = (
  client: PoolClient,
  incidents: readonly IncidentId[],
): Promise<readonly Stream[]> => lock(client, incidents, 'skip')

/** The clock stands outside the materialised lock: it is read when the rows have been handed over, not when waiting began. */
const statements = {
  wait: `WITH mine AS MATERIALIZED (
           SELECT id, seq, head, last_at FROM streams WHERE id = ANY ($1) FOR UPDATE
         )
         SELECT id, seq, encode(head, 'hex') AS head,
                micros(greatest(countermand_now(), last_at)) AS now
           FROM mine`,
  skip: `WITH mine AS MATERIALIZED (
           SELECT id, seq, head, last_at FROM streams WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED
         )
         SELECT id, seq, encode(head, 'hex') AS head,
                micros(greatest(countermand_now(), last_at)) AS now
           FROM mine`,
} as const

async function lock(
  client: PoolClient,
  incidents: readonly IncidentId[],
  held: keyof typeof statements,
): Promise<readonly Stream[]> {
  const { rows } = await client.query<{ id: string; seq: number; head: string; now: string }>({
    name: `lock-${held}`,
    text: statements[held],
    values: [incidents],
  })
  return rows.map(({ id, seq, head, now }) => ({
    incident: incidentId(id),
    seq,
    head,
    now: instant(Number(now)),
    created: false,
  }))
}

import type { Pool, PoolClient } from 'pg'
import { type IncidentId, personId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Json } from '#domain/json.ts'
import { instant } from '#domain/time.ts'
import { StoredEvent } from '../schema.ts'

interface Row {
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly actor: string
  readonly payload: { readonly [key: string]: Json }
}

export async function readHistory(
  client: Pool | PoolClient,
  incident: IncidentId,
): Promise<History> {
  const { rows } = await client.query<Row>({
    name: 'read-history',
    text: `SELECT seq, micros(at) AS at, kind, actor, payload
             FROM timeline_events WHERE stream_id = $1 ORDER BY seq`,
    values: [incident],
  })
  return rows.map(recorded)
}

function recorded({ seq, at, kind, actor, payload }: Row): Recorded {
  return {
    seq,
    at: instant(Number(at)),
    actor: actorOf(actor),
    event: StoredEvent.parse({ kind, ...payload }),
  }
}

export const actorOf = (text: string): Recorded['actor'] =>
  text === 'countermand' ? text : personId(text)

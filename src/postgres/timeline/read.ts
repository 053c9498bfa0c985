import type { Pool, PoolClient } from 'pg'
import { type IncidentId, personId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Json } from '#domain/json.ts'
import { instant } from '#domain/time.ts'
import { StoredEvent } from '../schema.ts'

interface Row {
  readonly incident: string
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
  return (await readHistories(client, [incident])).get(incident) ?? []
}

/** Streams without events are not in the answer. */
export async function readHistories(
  client: Pool | PoolClient,
  incidents: readonly IncidentId[],
): Promise<ReadonlyMap<string, History>> {
  const { rows } = await client.query<Row>({
    name: 'read-histories',
    text: `SELECT stream_id AS incident, seq, micros(at) AS at, kind, actor, payload
             FROM timeline_events WHERE stream_id = ANY ($1) ORDER BY stream_id, seq`,
    values: [incidents],
  })
  const histories = Map.groupBy(rows, ({ incident }) => incident)
  return new Map([...histories].map(([incident, of]) => [incident, of.map(recorded)]))
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

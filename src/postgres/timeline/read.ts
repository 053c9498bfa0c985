import type { Pool, PoolClient } from 'pg'
import { type IncidentId, personId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Json } from '#domain/json.ts'
import { type Instant, instant } from '#domain/time.ts'
import { Past, StoredEvent } from '../schema.ts'

export interface Row {
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

export const recorded = ({ at, ...row }: Row): Recorded =>
  recordedFrom({ ...row, at: instant(Number(at)) })

/** A row as the rest of the house reads it. What came from a journal has the time and the person it names; when it was added stands beside. */
export function recordedFrom({
  seq,
  at,
  kind,
  actor,
  payload: { past, ...fields },
}: Pick<Row, 'seq' | 'kind' | 'actor' | 'payload'> & { readonly at: Instant }): Recorded {
  const event = StoredEvent.parse({ kind, ...fields })
  const before = past === undefined ? undefined : Past.parse(past)
  return before
    ? { seq, at: instant(before.at), actor: actorOf(before.actor), event, addedAt: at }
    : { seq, at, actor: actorOf(actor), event }
}

const actorOf = (text: string): Recorded['actor'] =>
  text === 'countermand' ? text : personId(text)

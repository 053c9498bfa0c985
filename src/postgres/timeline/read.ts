import { personId } from '#domain/ids.ts'
import type { Recorded } from '#domain/incident/events.ts'
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

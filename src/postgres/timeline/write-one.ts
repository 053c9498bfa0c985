import type { QueryConfig } from 'pg'
import { isoMicros } from '#domain/time.ts'
import type { ChainKey } from '../chain.ts'
import type { Sealed } from './write.ts'

/** One event behind one stream, as most changes are: the database takes half as long for it as for rows made of arrays. */
export function writingOne(
  { stream: { incident }, at, seq, head, actor, change: { wakeAt } }: Sealed,
  { kind, payload, prev }: Sealed['entries'][number],
  { service, closes }: { readonly service: string | null; readonly closes: boolean },
  key: ChainKey,
): QueryConfig {
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
  return {
    name: 'add-event',
    text: addEvent,
    values: [
      incident,
      at,
      seq,
      bytes(head),
      key.id,
      wakeAt === null ? null : isoMicros(wakeAt),
      service,
      closes,
      kind,
      actor,
      JSON.stringify(payload),
      bytes(prev),
    ],
  }
}

const addEvent = `
WITH moved AS (
  UPDATE streams
     SET seq = $3, head = $4, key_id = $5, last_at = $2::timestamptz, wake_at = $6::timestamptz,
         service = coalesce(service, $7),
         closed_at = CASE WHEN $8 THEN coalesce(closed_at, $2::timestamptz) ELSE closed_at END
   WHERE id = $1
)
INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
VALUES ($1, $3, $2::timestamptz, $9, $10, $11, $12, $4, $5)`

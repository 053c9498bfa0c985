import type { QueryConfig } from 'pg'
import { isoMicros } from '#domain/time.ts'
import type { Tenure } from '#ports/tenure.ts'
import type { ChainKey } from '../chain.ts'
import type { Scrub } from '../clean.ts'
import { followsFrom, type Sealed, writing } from './write.ts'

/**
 * The statements that write a change behind the end that it was sealed for, to be sent together. The first of them fails, and takes
 * the others along, unless the stream still ends there, nobody else holds it, its time has just passed and whoever writes still may.
 */
export function following(
  sealed: Sealed,
  tenure: Tenure | undefined,
  key: ChainKey,
  scrub: Scrub,
): readonly QueryConfig[] {
  const { stream, at, entries, change, actor, seq, head } = sealed
  const { incident } = stream
  const found = [incident, stream.seq, Buffer.from(stream.head, 'hex'), at, tenure?.id ?? null]
  const all = writing([sealed], key, scrub)
  const { service, closes } = followsFrom(change)
  const [entry, ...further] = entries
  if (!entry || service !== null || closes || further.length > 0 || all.length > 1)
    return [{ name: 'still-holds', text: stillHolds, values: found }, ...all]
  const own = [
    seq,
    Buffer.from(head, 'hex'),
    key.id,
    change.wakeAt === null ? null : isoMicros(change.wakeAt),
    entry.kind,
    actor,
    JSON.stringify(entry.payload),
  ]
  return [{ name: 'follow-with-one', text: followWithOne, values: [...found, ...own] }]
}

/** The clock stands outside the materialised lock: it is looked at when the row has been handed over. */
const still = `
WITH mine AS MATERIALIZED (
  SELECT id, last_at FROM streams WHERE id = $1 AND seq = $2 AND head = $3 FOR UPDATE SKIP LOCKED
), still AS MATERIALIZED (
  SELECT id FROM (SELECT id, last_at, countermand_now() AS now FROM mine) AS looked
   WHERE $4::timestamptz BETWEEN last_at AND now AND now - $4::timestamptz < interval '250 ms'
     AND ($5::text IS NULL
          OR EXISTS (SELECT FROM replicas WHERE id = $5 AND lease_until > clock_timestamp()))
)`

const stillHolds = `${still} SELECT refuse_unless(count(*) = 1) FROM still`

/** One event and nothing else: a statement by itself, which needs no BEGIN and no COMMIT. */
const followWithOne = `${still}, moved AS (
  UPDATE streams s
     SET seq = $6, head = $7, key_id = $8, last_at = $4::timestamptz, wake_at = $9::timestamptz
    FROM still WHERE s.id = still.id
)
INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
SELECT $1, $6, $4::timestamptz, $10, $11, $12, $3, $7, $8
  FROM (SELECT refuse_unless(count(*) = 1) FROM still) AS held`

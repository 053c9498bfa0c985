import type { PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { Json } from '#domain/json.ts'
import { isoMicros } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { type ChainKey, chainHash } from '../chain.ts'
import { cleanJson, cleanText, type Scrub } from '../clean.ts'
import { StoredEvent } from '../schema.ts'
import { claimWorkload } from './claims.ts'
import type { Stream } from './lock.ts'
import { noticeKey } from './notice-key.ts'
import { actorOf } from './read.ts'

/** Where the stream ends now. */
export interface Written {
  readonly seq: number
  readonly head: string
  readonly recorded: History
}

interface Entry {
  readonly seq: number
  readonly kind: TimelineEvent['kind']
  readonly payload: Json
  readonly prev: string
  readonly hash: string
}

/** Adds everything a change holds to a locked stream; the caller commits. */
export async function writeChange(
  client: PoolClient,
  to: {
    readonly incident: IncidentId
    readonly stream: Stream
    readonly change: Change
    readonly key: ChainKey
    readonly scrub: Scrub
  },
): Promise<Written> {
  const { incident, stream, change, key } = to
  const actor = cleanText(change.actor)
  const entries = chained(to, actor)
  const last = entries.at(-1) ?? { seq: stream.seq, hash: stream.head }
  if (change.claim) await claimWorkload(client, incident, change.claim, stream.now)
  await client.query({
    name: 'write-change',
    text: write,
    values: [
      incident,
      isoMicros(stream.now),
      actor,
      key.id,
      entries.map(({ seq }) => seq),
      entries.map(({ kind }) => kind),
      entries.map(({ payload }) => JSON.stringify(payload)),
      entries.map(({ prev }) => prev),
      entries.map(({ hash }) => hash),
      change.notices.map((notice, at) => noticeKey(notice, incident, last.seq, at)),
      change.notices.map((notice) => JSON.stringify(cleanJson(notice, to.scrub))),
      change.release ?? null,
      last.seq,
      last.hash,
      change.wakeAt === null ? null : isoMicros(change.wakeAt),
      serviceOf(change.events),
      change.events.some(({ kind }) => kind === 'incident_closed'),
      [...new Set([...change.jobs, ...(change.notices.length > 0 ? ['show'] : [])])],
    ],
  })
  return {
    seq: last.seq,
    head: last.hash,
    recorded: entries.map(({ seq, kind, payload }) => ({
      seq,
      at: stream.now,
      actor: actorOf(actor),
      event: StoredEvent.parse({ kind, ...Object(payload) }),
    })),
  }
}

/** One statement for all that is written. Only `advance` and `show` of one incident must not overlap with themselves. */
const write = `
WITH added AS (
  INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
  SELECT $1, e.seq, $2::timestamptz, e.kind, $3, e.payload,
         decode(e.prev, 'hex'), decode(e.hash, 'hex'), $4
    FROM unnest($5::int[], $6::text[], $7::jsonb[], $8::text[], $9::text[])
      AS e(seq, kind, payload, prev, hash)
), told AS (
  INSERT INTO outbox (stream_id, key, kind, notice, written_at)
  SELECT $1, n.key, n.notice ->> 'kind', n.notice, $2::timestamptz
    FROM unnest($10::text[], $11::jsonb[]) WITH ORDINALITY AS n(key, notice, at)
   ORDER BY n.at
  ON CONFLICT (key) WHERE kind <> 'card' DO NOTHING
), freed AS (
  UPDATE workload_claims SET released_at = $2::timestamptz
   WHERE rollback = $12 AND released_at IS NULL
), moved AS (
  UPDATE streams
     SET seq = $13, head = decode($14, 'hex'), key_id = $4, last_at = $2::timestamptz,
         wake_at = $15::timestamptz, service = coalesce(service, $16),
         closed_at = CASE WHEN $17 THEN coalesce(closed_at, $2::timestamptz) ELSE closed_at END
   WHERE id = $1
)
SELECT graphile_worker.add_job(
         job, json_build_object('incident', $1::text),
         queue_name := CASE WHEN job IN ('advance', 'show') THEN job || ':' || $1 END,
         job_key := job || ':' || $1, max_attempts := 1000,
         priority := CASE job WHEN 'advance' THEN -5 ELSE 0 END)
  FROM unnest($18::text[]) AS job`

function chained(
  {
    incident,
    stream,
    change,
    key,
    scrub,
  }: {
    readonly incident: IncidentId
    readonly stream: Stream
    readonly change: Change
    readonly key: ChainKey
    readonly scrub: Scrub
  },
  actor: string,
): readonly Entry[] {
  const at = isoMicros(stream.now)
  const entries: Entry[] = []
  let prev = stream.head
  for (const { kind, ...fields } of change.events) {
    const seq = stream.seq + entries.length + 1
    const payload = cleanJson(fields, scrub)
    const hash = chainHash(key, { stream: incident, seq, at, kind, actor, payload, prev })
    entries.push({ seq, kind, payload, prev, hash })
    prev = hash
  }
  return entries
}

const serviceOf = (events: readonly TimelineEvent[]): string | null =>
  events.find((event) => event.kind === 'incident_declared')?.service ?? null

import type { PoolClient, QueryConfig } from 'pg'
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
  /** Sends the statements that write it. */
  readonly write: () => readonly Promise<unknown>[]
}

interface Entry {
  readonly seq: number
  readonly kind: TimelineEvent['kind']
  readonly payload: Json
  readonly prev: string
  readonly hash: string
}

/** Adds everything a change holds to a locked stream; the caller commits. Waits for nothing but a claim. */
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
  const at = isoMicros(stream.now)
  const entries = chained(to, actor)
  const { seq, hash: head } = entries.at(-1) ?? { seq: stream.seq, hash: stream.head }
  if (change.claim) await claimWorkload(client, incident, change.claim, stream.now)
  const statements: QueryConfig[] = []
  const send = (name: string, text: string, values: unknown[]) =>
    statements.push({ name, text, values })

  send('add-events', addEvents, [
    incident,
    at,
    key.id,
    seq,
    head,
    change.wakeAt === null ? null : isoMicros(change.wakeAt),
    serviceOf(change.events),
    change.events.some(({ kind }) => kind === 'incident_closed'),
    actor,
    entries.map((entry) => entry.seq),
    entries.map(({ kind }) => kind),
    entries.map(({ payload }) => JSON.stringify(payload)),
    entries.map(({ prev }) => prev),
    entries.map(({ hash }) => hash),
  ])
  if (change.release !== undefined) send('free-workload', freeWorkload, [change.release, at])
  if (change.notices.length > 0)
    send('tell', tell, [
      incident,
      at,
      change.notices.map((notice, place) => noticeKey(notice, incident, seq, place)),
      change.notices.map((notice) => JSON.stringify(cleanJson(notice, to.scrub))),
    ])
  const jobs = new Set([...change.jobs, ...(change.notices.length > 0 ? ['show'] : [])])
  if (jobs.size > 0) send('queue-jobs', queueJobs, [incident, [...jobs]])
  return {
    seq,
    head,
    write: () => statements.map((statement) => client.query(statement)),
    recorded: entries.map(({ seq: place, kind, payload }) => ({
      seq: place,
      at: stream.now,
      actor: actorOf(actor),
      event: StoredEvent.parse({ kind, ...Object(payload) }),
    })),
  }
}

const addEvents = `
WITH moved AS (
  UPDATE streams
     SET seq = $4, head = decode($5, 'hex'), key_id = $3, last_at = $2::timestamptz,
         wake_at = $6::timestamptz, service = coalesce(service, $7),
         closed_at = CASE WHEN $8 THEN coalesce(closed_at, $2::timestamptz) ELSE closed_at END
   WHERE id = $1
)
INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
SELECT $1, e.seq, $2::timestamptz, e.kind, $9, e.payload,
       decode(e.prev, 'hex'), decode(e.hash, 'hex'), $3
  FROM unnest($10::int[], $11::text[], $12::jsonb[], $13::text[], $14::text[])
    AS e(seq, kind, payload, prev, hash)`

const freeWorkload = `
UPDATE workload_claims SET released_at = $2::timestamptz
 WHERE rollback = $1 AND released_at IS NULL`

const tell = `
INSERT INTO outbox (stream_id, key, kind, notice, written_at)
SELECT $1, n.key, n.notice ->> 'kind', n.notice, $2::timestamptz
  FROM unnest($3::text[], $4::jsonb[]) WITH ORDINALITY AS n(key, notice, place)
 ORDER BY n.place
ON CONFLICT (key) WHERE kind <> 'card' DO NOTHING`

/** Only `advance`, `freeze` and `show` of one incident must not overlap with themselves. */
const queueJobs = `
SELECT graphile_worker.add_job(
         job, json_build_object('incident', $1::text),
         queue_name := CASE WHEN job IN ('advance', 'freeze', 'show') THEN job || ':' || $1 END,
         job_key := job || ':' || $1, max_attempts := 1000,
         priority := CASE job WHEN 'advance' THEN -5 ELSE 0 END)
  FROM unnest($2::text[]) AS job`

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

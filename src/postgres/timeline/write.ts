import type { QueryConfig } from 'pg'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { Json } from '#domain/json.ts'
import { isoMicros } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { type ChainKey, chainHash } from '../chain.ts'
import { cleanJson, cleanText, type Scrub } from '../clean.ts'
import type { Stream } from './lock.ts'
import { noticeKey } from './notice-key.ts'
import { recordedFrom } from './read.ts'
import { writingOne } from './write-one.ts'

/** A change with its hashes: where the stream ends with it, and what `read` will give. */
export interface Sealed {
  readonly stream: Stream
  readonly change: Change
  readonly at: string
  readonly actor: string
  readonly entries: readonly Entry[]
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

/** Puts a change behind the end of a locked stream, without writing anything yet. */
export function seal(stream: Stream, change: Change, key: ChainKey, scrub: Scrub): Sealed {
  const actor = cleanText(change.actor)
  const entries = chained(stream, change, actor, key, scrub)
  const { seq, hash: head } = entries.at(-1) ?? { seq: stream.seq, hash: stream.head }
  const recorded = entries.map(({ seq: place, kind, payload }) =>
    recordedFrom({ seq: place, at: stream.now, kind, actor, payload: Object(payload) }),
  )
  return { stream, change, at: isoMicros(stream.now), actor, entries, seq, head, recorded }
}

/** The statements that write sealed changes of different streams, to be sent together; whoever sends them commits. */
export function writing(
  sealed: readonly Sealed[],
  key: ChainKey,
  scrub: Scrub,
): readonly QueryConfig[] {
  const told = sealed.flatMap(({ stream: { incident }, change, at, seq }) =>
    change.notices.map((notice, place) => ({
      incident,
      at,
      key: noticeKey(notice, incident, seq, place),
      notice: JSON.stringify(cleanJson(notice, scrub)),
    })),
  )
  const freed = sealed.flatMap(({ change: { releases = [] }, at }) =>
    releases.map(({ rollback, workload = null }) => ({ rollback, at, workload })),
  )
  const jobs = sealed.flatMap(({ stream: { incident }, change }) =>
    [...new Set([...change.jobs, ...(change.notices.length > 0 ? ['show'] : [])])].map((job) => ({
      incident,
      job,
    })),
  )
  return [
    adding(sealed, key),
    ...(freed.length > 0
      ? [
          {
            name: 'free-workloads',
            text: freeWorkloads,
            values: columns(freed, 'rollback', 'at', 'workload'),
          },
        ]
      : []),
    ...(told.length > 0
      ? [{ name: 'tell', text: tell, values: columns(told, 'incident', 'at', 'key', 'notice') }]
      : []),
    ...(jobs.length > 0
      ? [{ name: 'queue-jobs', text: queueJobs, values: columns(jobs, 'incident', 'job') }]
      : []),
  ]
}

function adding(sealed: readonly Sealed[], key: ChainKey): QueryConfig {
  const [first, ...others] = sealed
  const [entry, ...further] = first?.entries ?? []
  return first && entry && others.length + further.length === 0
    ? writingOne(first, entry, followsFrom(first.change), key)
    : { name: 'add-events', text: addEvents, values: [...moves(sealed), ...rows(sealed), key.id] }
}

const moves = (sealed: readonly Sealed[]) =>
  columns(
    sealed.map(({ stream, at, seq, head, change }) => ({
      incident: stream.incident,
      at,
      seq,
      head,
      wakeAt: change.wakeAt === null ? null : isoMicros(change.wakeAt),
      ...followsFrom(change),
    })),
    'incident',
    'at',
    'seq',
    'head',
    'wakeAt',
    'service',
    'closes',
  )

const rows = (sealed: readonly Sealed[]) =>
  columns(
    sealed.flatMap(({ stream: { incident }, at, actor, entries }) =>
      entries.map(({ payload, ...entry }) => ({
        ...entry,
        incident,
        at,
        actor,
        payload: JSON.stringify(payload),
      })),
    ),
    'incident',
    'seq',
    'at',
    'kind',
    'actor',
    'payload',
    'prev',
    'hash',
  )

/** One array for each column: what `unnest` makes rows of again. */
const columns = <Row>(from: readonly Row[], ...names: readonly (keyof Row)[]) =>
  names.map((name) => from.map((row) => row[name]))

const addEvents = `
WITH moved AS (
  UPDATE streams s
     SET seq = m.seq, head = decode(m.head, 'hex'), key_id = $16, last_at = m.at,
         wake_at = m.wake_at, service = coalesce(s.service, m.service),
         closed_at = CASE WHEN m.closes THEN coalesce(s.closed_at, m.at) ELSE s.closed_at END
    FROM unnest($1::text[], $2::timestamptz[], $3::int[], $4::text[], $5::timestamptz[],
                $6::text[], $7::boolean[]) AS m(id, at, seq, head, wake_at, service, closes)
   WHERE s.id = m.id
)
INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
SELECT e.stream_id, e.seq, e.at, e.kind, e.actor, e.payload,
       decode(e.prev, 'hex'), decode(e.hash, 'hex'), $16
  FROM unnest($8::text[], $9::int[], $10::timestamptz[], $11::text[], $12::text[], $13::jsonb[],
              $14::text[], $15::text[]) AS e(stream_id, seq, at, kind, actor, payload, prev, hash)`

const freeWorkloads = `
UPDATE workload_claims c SET released_at = f.at
  FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS f(rollback, at, workload)
 WHERE c.rollback = f.rollback AND c.released_at IS NULL AND c.workload = coalesce(f.workload, c.workload)`

const tell = `
INSERT INTO outbox (stream_id, key, kind, notice, written_at)
SELECT n.stream_id, n.key, n.notice ->> 'kind', n.notice, n.at
  FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::jsonb[])
    WITH ORDINALITY AS n(stream_id, at, key, notice, place)
 ORDER BY n.place
ON CONFLICT (key) WHERE kind <> 'card' DO NOTHING`

const queueJobs = 'SELECT queue_all($1::text[], $2::text[])'

function chained(
  { incident, seq: end, head, now }: Stream,
  { events, past }: Change,
  actor: string,
  key: ChainKey,
  scrub: Scrub,
): readonly Entry[] {
  const at = isoMicros(now)
  const entries: Entry[] = []
  let prev = head
  for (const [place, { kind, ...fields }] of events.entries()) {
    const seq = end + entries.length + 1
    const before = past?.[place]
    const payload = cleanJson(before ? { ...fields, past: before } : fields, scrub)
    const hash = chainHash(key, incident, { seq, at, kind, actor, payload, prev })
    entries.push({ seq, kind, payload, prev, hash })
    prev = hash
  }
  return entries
}

/** What the stream's own row says of its events. */
export const followsFrom = ({ events }: Change) => ({
  service: events.find((event) => event.kind === 'incident_declared')?.service ?? null,
  closes: events.some(({ kind }) => kind === 'incident_closed' || kind === 'promotion_ended'),
})

import type { Pool } from 'pg'
import { incidentId, personId, serviceId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { instant } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { chainKey } from '#postgres/chain.ts'
import { timeline } from '#postgres/timeline.ts'
import { compare, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { each, perSecond } from './harness/timing.ts'

const key = chainKey('a bench key of more than thirty-two characters')
const onCall = personId('T1:UONCALL')

/** An append against bare inserts of the same rows: one at a time, and 64 incidents at once. */
export async function append(): Promise<readonly Result[]> {
  return withDatabase(async ({ pools: { work }, owner }) => {
    await owner.query(bareTables)
    const results: Result[] = []
    for (const { words, extra, bare, notes } of kinds) {
      const ours = (lanes: number) => appends(work, lanes, extra)
      const theirs = (lanes: number) => bareInserts(work, lanes, bare)
      results.push(
        await compare({
          what: `append ${words}`,
          unit: 'ms',
          goal: { atMost: 2 },
          rounds: 20,
          ours: { name: 'append', round: async () => each(50, await ours(1)) },
          theirs: { name: 'bare insert', round: () => each(50, theirs(1)) },
          ...(notes ? { notes } : {}),
        }),
        await compare({
          what: `append ${words}, 64 incidents at once`,
          unit: 'per second',
          goal: { atLeast: 0.85 },
          rounds: 10,
          ours: { name: 'append', round: async () => perSecond(64, 10, await ours(64)) },
          theirs: { name: 'bare insert', round: () => perSecond(64, 10, theirs(64)) },
        }),
      )
    }
    return results
  })
}

interface Kind {
  readonly words: string
  readonly extra: Partial<Change>
  readonly bare: { readonly name: string; readonly text: string }
  readonly notes?: readonly string[]
}

const insertEvent = `
INSERT INTO bare_events VALUES ($1, $2, clock_timestamp(), $3, $4, $5, $6, $7, $8)`

const kinds: readonly Kind[] = [
  { words: 'of one event', extra: {}, bare: { name: 'bare-event', text: insertEvent } },
  {
    words: 'with a line to show',
    extra: { notices: [{ kind: 'line', seq: 1, rollback: undefined, broadcast: false }] },
    bare: {
      name: 'bare-event-with-line',
      text: `WITH event AS (${insertEvent}), told AS (
               INSERT INTO bare_outbox (stream_id, notice) VALUES ($1, '{"kind": "line"}')
             )
             SELECT graphile_worker.add_job('show', json_build_object('incident', $1::text),
                      queue_name := 'show:' || $1, job_key := 'show:' || $1)`,
    },
    notes: ['the bare statement also adds a row to an outbox and queues the job'],
  },
]

/** Comparable: the same columns, types and key, and nothing that keeps a promise. */
const bareTables = `
  CREATE TABLE bare_events (
    stream_id text NOT NULL, seq integer NOT NULL, at timestamptz(6) NOT NULL, kind text NOT NULL,
    actor text NOT NULL, payload jsonb NOT NULL, prev_hash bytea NOT NULL, hash bytea NOT NULL,
    key_id text NOT NULL, PRIMARY KEY (stream_id, seq)
  );
  CREATE TABLE bare_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream_id text NOT NULL, notice jsonb NOT NULL
  );
  GRANT INSERT, SELECT ON bare_events, bare_outbox TO countermand_runtime`

let made = 0

function bareInserts(pool: Pool, lanes: number, statement: Kind['bare']) {
  const streams = Array.from({ length: lanes }, () => ({ id: `bare-${(made += 1)}`, seq: 0 }))
  return async (lane = 0) => {
    const stream = streams[lane] ?? { id: '', seq: 0 }
    stream.seq += 1
    const { kind, ...payload } = event
    await pool.query({
      ...statement,
      values: [stream.id, stream.seq, kind, onCall, payload, hash, hash, key.id],
    })
  }
}

const hash = Buffer.alloc(32, 7)

const event: TimelineEvent = {
  kind: 'note_added',
  text: 'Payments answer again, the queue is draining; looking at the retries of the last ten minutes.',
  by: onCall,
}

/** Streams are opened first: an incident is opened once and appended to a hundred times. */
async function appends(pool: Pool, lanes: number, extra: Partial<Change>) {
  const store = timeline(pool, [key])
  const streams = Array.from({ length: lanes }, () => ({
    id: incidentId(`inc-bench-${(made += 1)}`),
    seq: 1,
  }))
  const change: Change = {
    events: [event],
    actor: onCall,
    notices: [],
    wakeAt: null,
    jobs: [],
    ...extra,
  }
  for (const { id } of streams) await store.append(id, 0, { ...change, events: [declared] })
  return async (lane = 0) => {
    const stream = streams[lane] ?? { id: incidentId(''), seq: 0 }
    await store.append(stream.id, stream.seq, change)
    stream.seq += 1
  }
}

const declared: TimelineEvent = {
  kind: 'incident_declared',
  service: serviceId('checkout'),
  severity: 'critical',
  startedAt: instant(1_795_000_000_000_000),
  detectedBy: 'monitoring',
  title: 'checkout answers with errors',
  by: onCall,
}

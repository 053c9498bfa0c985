import type { Pool } from 'pg'
import { canonicalJson } from '#domain/json.ts'
import { incidentId, personId } from '#domain/ids.ts'
import { instant, isoMicros } from '#domain/time.ts'
import { chainHash, chainKey, genesis } from '#postgres/chain.ts'
import { timeline } from '#postgres/timeline.ts'
import { page, verifyTimeline } from '#postgres/verify.ts'
import { createHmac } from 'node:crypto'
import { compare, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { each, once } from './harness/timing.ts'

const key = chainKey('a bench key of more than thirty-two characters')
const onCall = personId('T1:UONCALL')
const small = incidentId('inc-bench-small')
const large = incidentId('inc-bench-large')
const million = 1_000_000
const perStatement = 20_000

/** A record of ten thousand rows against one of a million, in one table: appending, reading a page, checking the chain. */
export async function scale(): Promise<readonly Result[]> {
  return withDatabase(async ({ pools: { work }, owner }) => {
    const length = { [small]: 10_000, [large]: million }
    for (const id of [small, large]) await fill(owner, id, length[id] ?? 0)
    await owner.query('VACUUM ANALYZE timeline_events, streams')
    const store = timeline(work, [key])
    const appending = (id: typeof small) => async () => {
      const seq = length[id] ?? 0
      const change = { events: [event], actor: onCall, notices: [], wakeAt: null, jobs: [] }
      await store.append(id, seq, change)
      length[id] = seq + 1
    }
    const reading = (id: typeof small) => async () => {
      const last = length[id] ?? 0
      const rows = await page(work, id, Math.floor(Math.random() * (last - 1_000)), last)
      if (rows.length !== 1_000) throw new Error('a page has a thousand rows')
    }
    const against = (what: string, act: (id: typeof small) => () => Promise<void>, times: number) =>
      compare({
        what,
        unit: 'ms',
        goal: { atMost: 1.2 },
        rounds: 20,
        ours: { name: '1 000 000 rows', round: () => each(times, act(large)) },
        theirs: { name: '10 000 rows', round: () => each(times, act(small)) },
      })
    return [
      await against('append to a long record', appending, 50),
      await against('read a page of a long record', reading, 10),
      await verifying(work, length[large] ?? 0),
    ]
  })
}

/** Every row read and checked, against hashing texts as long as the rows in this process. */
function verifying(pool: Pool, rows: number): Promise<Result> {
  const text = canonicalJson({ ...rowOf(1), stream: large, prev: genesis })
  return compare({
    what: 'verify a million events',
    unit: 'ms',
    goal: { atMost: 5 },
    rounds: 3,
    warmUp: 0,
    ours: {
      name: 'verifyTimeline',
      round: async () => [
        await once(async () => {
          const { events, faults } = await verifyTimeline(pool, [key], large)
          if (events !== rows || faults.length > 0) throw new Error('the record does not verify')
        }),
      ],
    },
    theirs: {
      name: 'raw HMACs',
      round: async () => [
        await once(async () => {
          for (let row = 0; row < rows; row += 1)
            createHmac('sha256', key.secret).update(text).digest('hex')
        }),
      ],
    },
  })
}

const event = {
  kind: 'note_added',
  text: 'Payments answer again, the queue is draining; looking at the retries of the last ten minutes.',
  by: onCall,
} as const

function rowOf(seq: number) {
  const { kind, ...payload } = event
  const at = isoMicros(instant(1_795_000_000_000_000 + seq * 1_000))
  return { seq, at, kind, actor: onCall, payload }
}

/** As the product would have written it, but many rows at once. */
async function fill(owner: Pool, stream: typeof small, length: number): Promise<void> {
  await owner.query(
    `INSERT INTO streams (id, key_id, opened_at, last_at) VALUES ($1, $2, now(), now())`,
    [stream, key.id],
  )
  let prev = genesis
  for (let seq = 1; seq <= length; ) {
    const rows: { readonly at: string; readonly prev: string; readonly hash: string }[] = []
    for (; rows.length < perStatement && seq <= length; seq += 1) {
      const row = rowOf(seq)
      const hash = chainHash(key, stream, { ...row, prev })
      rows.push({ at: row.at, prev, hash })
      prev = hash
    }
    const { kind, actor, payload } = rowOf(1)
    await owner.query(
      `INSERT INTO timeline_events (stream_id, seq, at, kind, actor, payload, prev_hash, hash, key_id)
       SELECT $1, $2 + e.place, e.at, $3, $4, $5, decode(e.prev, 'hex'), decode(e.hash, 'hex'), $6
         FROM unnest($7::timestamptz[], $8::text[], $9::text[]) WITH ORDINALITY
           AS e(at, prev, hash, place)`,
      [
        stream,
        seq - rows.length - 1,
        kind,
        actor,
        payload,
        key.id,
        rows.map(({ at }) => at),
        rows.map((row) => row.prev),
        rows.map(({ hash }) => hash),
      ],
    )
  }
  await owner.query(`UPDATE streams SET seq = $2, head = decode($3, 'hex') WHERE id = $1`, [
    stream,
    length,
    prev,
  ])
}

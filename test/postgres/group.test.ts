import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IncidentId } from '#domain/ids.ts'
import { StaleSequence } from '#ports/store.ts'
import { openPools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { verifyTimeline } from '#postgres/verify.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { aChange, anIncident, aNote, aRollback, declared, key, requested } from './builders.ts'

let database: TestDatabase
let store: ReturnType<typeof timeline>
beforeAll(async () => {
  database = await freshDatabase()
  store = timeline(database.pools.work, [key])
})
afterAll(() => database.close())

/** Streams that exist: only they share a transaction. */
async function incidents(count: number): Promise<readonly IncidentId[]> {
  const ids = Array.from({ length: count }, anIncident)
  for (const id of ids) await store.append(id, 0, aChange({ events: [declared()] }))
  return ids
}

test('changes of many incidents at once share transactions, and each keeps its own chain', async () => {
  const ids = await incidents(64)
  const before = await commits()

  await Promise.all(
    ids.flatMap((id) => [
      store.append(id, 1, aChange({ events: [aNote('a'), aNote('b')], jobs: ['advance'] })),
      store.decide(id, (history) => ({
        change: aChange({ notices: [{ kind: 'channel' }], events: [aNote(`${history.length}`)] }),
        answer: undefined,
      })),
    ]),
  )

  expect((await commits()) - before).toBeLessThan(32)
  for (const id of ids) {
    const kinds = (await store.read(id)).map(({ event }) => 'text' in event && event.text)
    expect(kinds).toEqual([false, 'a', 'b', '3'])
  }
  expect((await verifyTimeline(database.pools.work, [key])).faults).toEqual([])
  expect(await jobs()).toEqual({ advance: 64, show: 64 })
})

test('one that is stale, or whose deciding fails, leaves the others alone', async () => {
  const ids = await incidents(6)

  const results = await Promise.allSettled(
    ids.map((id, at) => {
      if (at === 2) return store.append(id, 7, aChange())
      if (at === 4)
        return store.decide(id, () => {
          throw new Error('cannot')
        })
      return store.append(id, 1, aChange())
    }),
  )

  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(results[2]).toMatchObject({ reason: expect.any(StaleSequence) })
  expect(results[4]).toMatchObject({ reason: { message: 'cannot' } })
  expect((await Promise.all(ids.map(store.read))).map((history) => history.length)).toEqual([
    2, 2, 1, 2, 1, 2,
  ])
})

test('one that the database refuses leaves the others alone', async () => {
  const ids = await incidents(5)
  const rollback = aRollback()
  const [first] = ids
  if (first) await store.append(first, 1, aChange({ events: [requested(rollback)] }))

  const results = await Promise.allSettled(
    ids
      .slice(1)
      .map((id, at) =>
        store.append(id, 1, aChange({ events: [at === 2 ? requested(rollback) : aNote()] })),
      ),
  )

  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(results[2]).toMatchObject({ reason: { code: '23505' } })
})

test('a stream that somebody holds delays nobody else', async () => {
  const [held, ...others] = await incidents(8)
  const blocker = await database.owner.connect()
  await blocker.query('BEGIN')
  await blocker.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [held])
  const waiting = held && store.append(held, 1, aChange())

  const answered = await Promise.all(others.map((id) => store.append(id, 1, aChange())))

  expect(answered.flat().map(({ seq }) => seq)).toEqual(others.map(() => 2))
  await blocker.query('COMMIT')
  blocker.release()
  expect(await waiting).toMatchObject([{ seq: 2 }])
})

test('of several at once for one incident, the order of asking is the order of the record', async () => {
  const [id = anIncident()] = await incidents(1)

  await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      store.decide(id, () => ({
        change: aChange({ events: [aNote(String(at))] }),
        answer: undefined,
      })),
    ),
  )

  const texts = (await store.read(id)).slice(1).map(({ event }) => 'text' in event && event.text)
  expect(texts).toEqual(Array.from({ length: 10 }, (_, at) => String(at)))
})

async function commits(): Promise<number> {
  const { rows } = await database.owner.query<{ count: string }>(
    `SELECT count(DISTINCT xmin::text) FROM timeline_events`,
  )
  return Number(rows[0]?.count)
}

async function jobs(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await database.owner.query<{ task: string; count: number }>(
    `SELECT task_identifier AS task, count(*)::int AS count FROM graphile_worker.jobs GROUP BY 1`,
  )
  return Object.fromEntries(rows.map(({ task, count }) => [task, count]))
}

test('T113 however many want one that somebody holds, they wait for it with one connection, and others are not held up', async () => {
  const [held, other] = await incidents(2)
  if (!held || !other) throw new Error('two are wanted')
  const pools = openPools({ url: database.url, log: silent, presses: 3 })
  const few = timeline(pools.presses, [key])
  const holder = await database.owner.connect()
  const noted = (incident: IncidentId, text: string) =>
    few.decide(incident, () => ({ change: aChange({ events: [aNote(text)] }), answer: text }))
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [held])
    const waiting = ['a', 'b', 'c', 'd', 'e'].map((text) => noted(held, text))
    await expect.poll(() => waits(database)).toBe(1)

    expect(await noted(other, 'at once')).toBe('at once')
    expect(await waits(database)).toBe(1)

    await holder.query('COMMIT')
    expect(await Promise.all(waiting)).toEqual(['a', 'b', 'c', 'd', 'e'])
    const texts = (await few.read(held)).map(({ event }) => 'text' in event && event.text)
    expect(texts).toEqual([false, 'a', 'b', 'c', 'd', 'e'])
  } finally {
    holder.release(true)
    await pools.close()
  }
})

/** How many sessions wait for a lock. */
async function waits({ owner }: TestDatabase): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}

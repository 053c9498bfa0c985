import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { instant, millis, minutes, plus } from '#domain/time.ts'
import { StaleSequence } from '#ports/store.ts'
import { type Tenure, TenureOver } from '#ports/tenure.ts'
import { installShiftableClock, shiftClock } from '#postgres/clock.ts'
import { clockBound } from '#postgres/timeline/clock-bound.ts'
import { timeline } from '#postgres/timeline.ts'
import { verifyTimeline } from '#postgres/verify.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, aNote, declared, key } from './builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
  await installShiftableClock(database.owner)
})
afterAll(() => database.close())
afterEach(() => vi.restoreAllMocks())

const another = (current?: () => Tenure | undefined) =>
  timeline(database.pools.work, [key], undefined, current)

/** A stream that its writer knows the end of. */
async function begun(store = another()) {
  const incident = anIncident()
  await store.append(incident, 0, aChange({ events: [declared()] }))
  return { store, incident }
}

/** The names, or texts, of every statement that is sent from now on. */
function sent(): readonly unknown[] {
  const names: unknown[] = []
  const query: (...sending: readonly unknown[]) => unknown = Client.prototype.query
  vi.spyOn(Client.prototype, 'query').mockImplementation(function (
    this: Client,
    ...sending: readonly unknown[]
  ) {
    const [first] = sending
    names.push(first !== null && typeof first === 'object' && 'name' in first ? first.name : first)
    return Reflect.apply(query, this, sending)
  })
  return names
}

test('behind what this process wrote last, an event is one statement, and one with company one packet', async () => {
  const { store, incident } = await begun()
  const statements = sent()

  await store.append(incident, 1, aChange())
  expect(statements).toEqual(['follow-with-one'])
  await store.append(incident, 2, aChange({ events: [aNote('a'), aNote('b')], jobs: ['advance'] }))

  expect(statements.slice(1)).toEqual([
    'BEGIN',
    'still-holds',
    'add-events',
    'queue-jobs',
    'COMMIT',
  ])
  expect((await another().read(incident)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect((await verifyTimeline(database.pools.work, [key])).faults).toEqual([])
})

test.for([
  ['one event', aChange()],
  ['an event with company', aChange({ jobs: ['advance'] })],
] as const)('%s does not overwrite what another process wrote meanwhile', async ([, change]) => {
  const { store, incident } = await begun()
  await another().append(incident, 1, aChange({ events: [aNote('theirs')] }))

  await expect(store.append(incident, 1, change)).rejects.toThrow(StaleSequence)
  await store.append(incident, 2, change)

  const texts = (await another().read(incident)).map(({ event }) => 'text' in event && event.text)
  expect(texts).toEqual([false, 'theirs', 'seen on the dashboard'])
  expect((await verifyTimeline(database.pools.work, [key])).faults).toEqual([])
})

test('T049 T050 where somebody holds the stream it is waited for, and dated when it is free', async () => {
  const { store, incident } = await begun()
  const holder = await database.pools.work.connect()
  await holder.query('BEGIN')
  await holder.query('SET LOCAL idle_in_transaction_session_timeout = 0')
  await holder.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [incident])

  const waiting = store.append(incident, 1, aChange())
  await expect
    .poll(async () => {
      const { rowCount } = await database.owner.query(
        `SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%streams%'`,
      )
      return rowCount
    })
    .toBe(1)
  const freed = await another().now()
  await holder.query('COMMIT')
  holder.release()

  const [added] = await waiting
  expect(added?.at).toBeGreaterThan(freed)
})

test('an event is dated by the database: a clock that was moved is looked at again', async () => {
  const { store, incident } = await begun()
  await store.append(incident, 1, aChange())
  await shiftClock(database.owner, minutes(15))
  const moved = await another().now()

  const [added] = await store.append(incident, 2, aChange())

  expect(added?.at).toBeGreaterThan(moved)
})

test('an event is never dated before a time that was read before', async () => {
  const { store, incident } = await begun()
  for (let seq = 1; seq <= 50; seq += 1) {
    const read = await store.now()
    const [added] = await store.append(incident, seq, aChange())
    expect(added?.at).toBeGreaterThanOrEqual(read)
    expect(await store.now()).toBeGreaterThanOrEqual(added?.at ?? 0)
  }
})

test('T105 whoever may have been taken over writes nothing, although nobody else has written', async () => {
  const tenure: Tenure = { id: 'replica-1', work: 'advance', isOver: () => false }
  const living = (until: string) =>
    database.owner.query(
      `INSERT INTO replicas (id, worker_pools, lock_key, started_at, lease_until)
       VALUES ('replica-1', '{}', 1, clock_timestamp(), clock_timestamp() + $1::interval)
       ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`,
      [until],
    )
  await living('1 minute')
  const { store, incident } = await begun(another(() => tenure))
  const statements = sent()
  await store.append(incident, 1, aChange())
  expect(statements).toEqual(['follow-with-one'])

  await living('-1 second')

  await expect(store.append(incident, 2, aChange())).rejects.toThrow(TenureOver)
  expect(await store.read(incident)).toHaveLength(2)
})

test('the bound of a clock is never ahead of it, and forgets one that was', () => {
  let elapsed = 0
  const clock = clockBound(() => elapsed)
  const noon = instant(Date.UTC(2026, 10, 21, 12) * 1_000)
  expect(clock.now()).toBeUndefined()

  clock.saw(noon)
  elapsed = 20
  expect(clock.now()).toBe(plus(noon, millis(20)))
  // Heard late: it says less than what is known.
  clock.saw(plus(noon, millis(15)))
  expect(clock.now()).toBe(plus(noon, millis(20)))

  clock.forget()
  clock.saw(plus(noon, millis(-2_000)))
  expect(clock.now()).toBe(plus(noon, millis(-2_000)))
})

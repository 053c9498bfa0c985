import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { IncidentId } from '#domain/ids.ts'
import { timeline } from '#postgres/timeline.ts'
import { histories } from '#postgres/timeline/histories.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, aNote, declared, key } from './builders.ts'

let database: TestDatabase
let here: ReturnType<typeof timeline>
let elsewhere: ReturnType<typeof timeline>
const told: object[] = []
beforeAll(async () => {
  database = await freshDatabase()
  const log = { error: (fields: object, message: string) => void told.push({ ...fields, message }) }
  here = timeline(database.pools.work, [key], undefined, undefined, log)
  elsewhere = timeline(database.pools.work, [key])
})
afterAll(() => database.close())

const notes = async (incident: IncidentId) =>
  (await here.read(incident)).flatMap(({ event }) =>
    event.kind === 'note_added' ? [event.text] : [],
  )

test('what another process has added is read, after what was known and after nothing', async () => {
  const incident = anIncident()
  expect(await here.read(incident)).toEqual([])

  await elsewhere.append(incident, 0, aChange({ events: [declared(), aNote('one')] }))
  expect(await notes(incident)).toEqual(['one'])
  await elsewhere.append(incident, 2, aChange({ events: [aNote('two'), aNote('three')] }))

  expect(await notes(incident)).toEqual(['one', 'two', 'three'])
  expect(await here.read(incident)).toEqual(await elsewhere.read(incident))
})

test('one incident is found by its key, however few there are', async () => {
  const incidents = Array.from({ length: 20 }, anIncident)
  const events = [declared(), ...Array.from({ length: 20 }, () => aNote('one of many'))]
  for (const incident of incidents) await here.append(incident, 0, aChange({ events }))
  await database.owner.query('ANALYZE timeline_events')
  const client = await database.pools.work.connect()

  const [incident] = incidents
  const read = incident && (await histories().one(client, incident))
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN EXECUTE "read-histories" (ARRAY['${incident}'], ARRAY[1])`,
  )
  client.release()

  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(read).toHaveLength(21)
  expect(plan).toContain('timeline_events_pkey')
  expect(plan).not.toContain('Seq Scan')
})

test('a decision sees what another process has added since this one read', async () => {
  const incident = anIncident()
  await here.append(incident, 0, aChange({ events: [declared()] }))
  await here.read(incident)
  await elsewhere.append(incident, 1, aChange({ events: [aNote('meanwhile')] }))

  const seen = await here.decide(incident, (history) => ({
    change: undefined,
    answer: history.map(({ event }) => event.kind),
  }))

  expect(seen).toEqual(['incident_declared', 'note_added'])
})

beforeEach(() => void told.splice(0))

test.each([
  ['ends earlier', []],
  ['went on otherwise', ['another two', 'another three']],
])('a record that %s since a standby took over is read anew', async (_, instead) => {
  const incident = anIncident()
  await here.append(incident, 0, aChange({ events: [declared(), aNote('one')] }))
  await here.append(incident, 2, aChange({ events: [aNote('two')] }))
  expect(await notes(incident)).toEqual(['one', 'two'])

  // The standby had not heard of the last row.
  await asStandby(
    `WITH lost AS (DELETE FROM timeline_events WHERE stream_id = $1 AND seq = 3 RETURNING prev_hash)
     UPDATE streams SET seq = 2, head = (SELECT prev_hash FROM lost) WHERE id = $1`,
    incident,
  )
  if (instead.length > 0)
    await elsewhere.append(incident, 2, aChange({ events: instead.map(aNote) }))

  expect(await notes(incident)).toEqual(['one', ...instead])
  const message = expect.stringMatching(
    /no longer in the database.*see what production really runs/,
  )
  expect(told).toEqual([{ incident, last: 3, message }])
})

test('more incidents than are kept are each read right', async () => {
  const incidents = Array.from({ length: 12 }, anIncident)
  for (const [at, incident] of incidents.entries()) {
    const events = [declared(), ...Array.from({ length: 600 }, () => aNote(`of ${at}`))]
    await elsewhere.append(incident, 0, aChange({ events }))
  }

  for (const times of [1, 2])
    for (const [at, incident] of incidents.entries()) {
      const told = await notes(incident)
      expect([times, told.length, new Set(told)]).toEqual([times, 600, new Set([`of ${at}`])])
    }
})

async function asStandby(sql: string, incident: IncidentId): Promise<void> {
  const client = await database.owner.connect()
  await client.query('BEGIN')
  await client.query('SET LOCAL session_replication_role = replica')
  await client.query(sql, [incident])
  await client.query('COMMIT')
  client.release()
}

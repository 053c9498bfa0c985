import { afterAll, beforeAll, expect, test } from 'vitest'
import { revisionId } from '#domain/ids.ts'
import type { Began } from '#domain/rollback/began.ts'
import { hours, type Instant, micros, minutes, plus } from '#domain/time.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aWorkload, key } from './builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const sighting = (name: string, began?: Began) => ({
  revision: revisionId(`sha256:${name}`),
  name,
  template: { image: name },
  running: true,
  healthy: true,
  digests: {},
  servedMicros: 0,
  ...(began ? { began } : {}),
})
const now = (): Promise<Instant> => timeline(database.pools.work, [key]).now()

test('since when a version runs is kept until another one begins', async () => {
  const known = revisions(database.pools.work)
  const workload = aWorkload()
  const at = plus(await now(), micros(-hours(2)))
  const first = await known.saw(workload, sighting('v1', { at, orEarlier: true }))
  await database.moveClock(minutes(10))
  const second = await known.saw(workload, sighting('v1'))
  const before = await now()
  const other = await known.saw(workload, sighting('v2', { at: undefined, orEarlier: false }))

  expect(first).toEqual({ at, orEarlier: true })
  expect(second).toEqual(first)
  expect(other?.at).toBeGreaterThanOrEqual(before)
  expect((await known.known(workload)).map(({ name, running }) => [name, running])).toEqual([
    ['v2', true],
    ['v1', false],
  ])
})

test('a platform whose clock is fast does not date a begin into the future', async () => {
  const known = revisions(database.pools.work)
  const soon = plus(await now(), hours(1))

  const seen = await known.saw(aWorkload(), sighting('v1', { at: soon, orEarlier: false }))

  expect(seen?.at).toBeLessThanOrEqual(await now())
})

test('what began within a time is told for those that are asked about: what runs still, and surely began then', async () => {
  const known = revisions(database.pools.work)
  const [young, old, doubtful, gone, other] = Array.from({ length: 5 }, aWorkload)
  if (!young || !old || !doubtful || !gone || !other) throw new Error('five workloads')
  const at = async (ago: number) => plus(await now(), micros(-ago))
  const lately = await at(minutes(20))
  await known.saw(young, sighting('v2', { at: lately, orEarlier: false }))
  await known.saw(old, sighting('v2', { at: await at(hours(2)), orEarlier: false }))
  await known.saw(doubtful, sighting('v2', { at: await at(minutes(5)), orEarlier: true }))
  await known.saw(gone, sighting('v2', { at: await at(minutes(30)), orEarlier: false }))
  await known.saw(gone, sighting('v3', { at: await at(minutes(10)), orEarlier: false }))
  await known.saw(other, sighting('v2', { at: await at(minutes(1)), orEarlier: false }))

  const begun = await known.begunSince([young, old, doubtful, gone], await at(hours(1)))

  expect(begun.map(({ workload, name }) => [workload, name])).toEqual([
    [gone, 'v3'],
    [young, 'v2'],
  ])
  expect(begun[1]?.at).toBe(lately)
})

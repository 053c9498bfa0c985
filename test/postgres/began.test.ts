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

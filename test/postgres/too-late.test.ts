import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '#domain/time.ts'
import { StaleSequence } from '#ports/store.ts'
import { freezeClock } from '#postgres/clock.ts'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, declared, key } from './builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('what is too late by the clock that is read with the lock is not written, to the microsecond', async () => {
  const store = timeline(database.pools.work, [key])
  const incident = anIncident()
  const noon = instant(Date.UTC(2026, 10, 21, 12) * 1_000)
  await freezeClock(database.owner, noon)
  await store.append(incident, 0, aChange({ events: [declared()] }))

  const late = store.append(incident, 1, aChange({ before: noon }))
  await expect(late).rejects.toThrow(StaleSequence)
  await store.append(incident, 1, aChange({ before: instant(noon + 1) }))

  expect(await store.read(incident)).toHaveLength(2)
})

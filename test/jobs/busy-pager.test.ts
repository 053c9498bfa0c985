import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { PagerBusy } from '#ports/pager.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let jobs: Jobs
const asked: string[] = []
const urgent = anIncident()
beforeEach(async () => {
  database = await freshDatabase()
  jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: {
      ...idleTasks,
      page: async (incident) => {
        asked.push(incident)
        if (incident !== urgent) throw new PagerBusy('answered 429', 3_600_000)
      },
    },
  })
})
afterEach(async () => {
  await jobs.stop()
  await database.close()
})

/** However busy the machine is. */
const patient = { timeout: 30_000 }

test('a pager that asks to come again later holds up no other, and is asked then', async () => {
  const store = timeline(database.pools.decisions, [key])
  const page = (incident: typeof urgent) => store.append(incident, 0, aChange({ jobs: ['page'] }))
  const putOff = async () =>
    (
      await database.owner.query(
        `SELECT FROM graphile_worker.jobs
          WHERE locked_at IS NULL AND run_at > clock_timestamp() + interval '50 minutes'`,
      )
    ).rowCount

  // As many as may run at once.
  for (let n = 0; n < 4; n += 1) await page(anIncident())
  await expect.poll(putOff, patient).toBe(4)
  await page(urgent)

  await expect.poll(() => asked.includes(urgent), patient).toBe(true)
  expect(asked).toHaveLength(5)
  await expect(jobs.settled(50)).rejects.toThrow(/not settled: .*job page tried/)
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let jobs: Jobs
let begun: string[]
beforeEach(async () => {
  database = await freshDatabase()
  begun = []
  jobs = await startJobs({
    pool: database.pools.work,
    decisions: database.pools.decisions,
    log: silent,
    tasks: { ...idleTasks, freeze: async (incident) => void begun.push(incident) },
  })
})
afterEach(async () => {
  await jobs.stop()
  await database.close()
})

test('word of new work comes over one connection, however many kinds of work there are', async () => {
  await jobs.settled()

  expect(await listening()).toHaveLength(1)
})

test('word of new work is heard again after that connection was lost', async () => {
  await jobs.settled()
  const [lost] = await listening()

  await database.owner.query('SELECT pg_terminate_backend($1)', [lost])

  const others = async () => (await listening()).filter((pid) => pid !== lost)
  await expect.poll(others, { timeout: 10_000 }).toHaveLength(1)
  const incident = anIncident()
  const change = aChange({ events: [declared()], jobs: ['freeze'] })
  await timeline(database.pools.work, [key]).append(incident, 0, change)
  await expect.poll(() => begun, { timeout: 10_000 }).toContain(incident)
})

test('nobody listens any more when the work has stopped', async () => {
  await jobs.settled()

  await jobs.stop()

  await expect.poll(listening, { timeout: 10_000 }).toEqual([])
})

async function listening(): Promise<readonly number[]> {
  const { rows } = await database.owner.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  )
  return rows.map(({ pid }) => pid)
}

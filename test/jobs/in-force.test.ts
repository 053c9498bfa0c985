import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { openPools, type Pools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
const running: { readonly jobs: Jobs; readonly pools: Pools }[] = []
/** By which configuration each piece of work was begun, in order. */
const begun: { readonly incident: string; readonly by: string }[] = []
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(async () => {
  for (const one of running.toReversed()) await leaves(one.jobs)
  await database.close()
})

/** However busy the machine is. */
const patient = { timeout: 30_000 }
const long = anIncident()

async function joins(configuration: string): Promise<Jobs> {
  const pools = openPools({ url: database.url, log: silent })
  const jobs = await startJobs({
    pool: pools.work,
    log: silent,
    configuration,
    tasks: {
      ...idleTasks,
      async advance(incident, signal) {
        begun.push({ incident, by: configuration })
        if (incident === long && configuration === 'the former')
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    },
  })
  running.push({ jobs, pools })
  return jobs
}
async function leaves(jobs: Jobs): Promise<void> {
  const at = running.findIndex((one) => one.jobs === jobs)
  await jobs.stop()
  await running[at]?.pools.close()
  running.splice(at, 1)
}
/** Who began it, one after the other. */
const doneBy = (incident: string) =>
  begun.flatMap((one) => (one.incident === incident ? one.by : []))
async function works(incident = anIncident()): Promise<string> {
  const store = timeline(database.pools.decisions, [key])
  await store.append(incident, 0, aChange({ jobs: ['advance'] }))
  await expect.poll(() => doneBy(incident).length, patient).toBeGreaterThan(0)
  return doneBy(incident).join()
}

test('T155 of processes with different configurations only that of the latest works; the others hand over, and go on when it is gone', async () => {
  const former = await joins('the former')
  const before = [await works(), await works(long)]

  const latest = await joins('the latest')
  await expect.poll(() => former.isStandingBy(), patient).toBe(true)
  await expect.poll(() => doneBy(long), patient).toEqual(['the former', 'the latest'])
  const during = [await works(), await works(), await works()]
  const [isStandingBy, again] = [latest.isStandingBy(), await joins('the latest')]

  expect(before).toEqual(['the former', 'the former'])
  expect(during).toEqual(['the latest', 'the latest', 'the latest'])
  expect([isStandingBy, latest.isStandingBy(), again.isStandingBy()]).toEqual([false, false, false])
  expect(former.isStandingBy()).toBe(true)

  await leaves(latest)
  await leaves(again)
  await expect.poll(() => former.isStandingBy(), patient).toBe(false)
  expect(await works()).toBe('the former')
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { openPools, type Pools } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

let database: TestDatabase
let own: Pools
let replicas: Jobs[]
/** Work that has begun, in order, and goes on until it is let go. */
let atWork: PromiseWithResolvers<void>[]
let isEnough: boolean
beforeEach(async () => {
  database = await freshDatabase()
  own = openPools({ url: database.url, log: silent })
  replicas = []
  atWork = []
  isEnough = false
})
afterEach(async () => {
  isEnough = true
  for (const { resolve } of atWork) resolve()
  await Promise.all(replicas.map((one) => one.stop()))
  await own.close()
  await database.close()
})

async function joins(pools: Pools): Promise<void> {
  const nothing = async () => undefined
  const goesOn = async () => {
    const work = Promise.withResolvers<void>()
    atWork.push(work)
    if (isEnough) return
    await work.promise
  }
  const jobs = await startJobs({
    pool: pools.work,
    log: silent,
    tasks: {
      advance: goesOn,
      assess: nothing,
      deliver: goesOn,
      automate: async () => undefined,
      evidence: nothing,
      freeze: nothing,
      page: nothing,
      impact: nothing,
      show: nothing,
      hourly: nothing,
      observe: nothing,
      check: nothing,
      redraw: nothing,
      twice: nothing,
      alerts: nothing,
      suggest: nothing,
      propose: nothing,
    },
  })
  replicas.push(jobs)
}

async function hasBegun(times: number): Promise<void> {
  await expect.poll(() => atWork.length, { timeout: 20_000 }).toBe(times)
}

/** As with one that was frozen: it learns that it was given up, and joins again; what it did is free, for itself or for another. */
async function givenUp(): Promise<void> {
  await replicaIsGivenUp()
  // Only now: whoever takes it from here on has a name that lives.
  await joins(own)
  await database.owner.query(
    'SELECT graphile_worker.force_unlock_workers(worker_pools) FROM replicas',
  )
}

async function replicaIsGivenUp(): Promise<void> {
  const before = replicas[0]?.replica
  await database.owner.query(
    `UPDATE replicas SET lease_until = clock_timestamp() - interval '1 second'`,
  )
  await expect.poll(() => replicas[0]?.replica, { timeout: 20_000 }).not.toBe(before)
}

/** How often it was begun until somebody had it who was not given up as well: whoever took it a moment before lost it again. */
async function takenOver(): Promise<number> {
  await expect.poll(() => atWork.length, { timeout: 20_000 }).toBeGreaterThan(1)
  await looksAround()
  return atWork.length
}

/** Everybody has looked several times for what is to be opened, freed or queued. */
async function looksAround(): Promise<void> {
  const looked = async () => {
    const { rows } = await database.owner.query<{ at: number }>(
      'SELECT extract(epoch FROM min(lease_until))::float8 AS at FROM replicas WHERE id = ANY ($1)',
      [replicas.map(({ replica }) => replica)],
    )
    return rows[0]?.at ?? 0
  }
  const before = await looked()
  await expect.poll(looked, { timeout: 20_000 }).toBeGreaterThan(before + 2)
}

test('T105 what was taken over is worked on by one at a time, although the one that was given up ends it too', async () => {
  const store = timeline(database.pools.decisions, [key])
  const incident = anIncident()
  await joins(database.pools)
  await store.append(incident, 0, aChange({ events: [declared()], jobs: ['advance'] }))
  await hasBegun(1)

  await givenUp()
  const begun = await takenOver()
  await store.append(incident, 1, aChange({ jobs: ['advance'] }))
  atWork[0]?.resolve()
  await looksAround()
  expect(atWork).toHaveLength(begun)
  atWork[begun - 1]?.resolve()

  await hasBegun(begun + 1)
}, 60_000)

test('T105 what one that was given up was doing is not begun a third time while another is at it', async () => {
  await joins(database.pools)
  await database.owner.query(
    `SELECT graphile_worker.add_job('deliver', json_build_object('delivery', 'd1'), job_key := 'deliver:d1')`,
  )
  await hasBegun(1)

  await givenUp()
  const begun = await takenOver()
  atWork[0]?.resolve()
  await looksAround()

  expect(atWork).toHaveLength(begun)
}, 60_000)

test('T105 what nobody has any more is begun again by whoever ends it, under another number', async () => {
  await joins(database.pools)
  await database.owner.query(
    `SELECT graphile_worker.add_job('deliver', json_build_object('delivery', 'd1'), job_key := 'deliver:d1')`,
  )
  await hasBegun(1)
  const first = await numberOfTheJob()

  // Freed, and put off: nobody takes it before it is let go.
  await database.owner.query(
    `UPDATE graphile_worker._private_jobs
        SET locked_by = NULL, locked_at = NULL, run_at = clock_timestamp() + interval '1 hour'`,
  )
  await replicaIsGivenUp()
  atWork[0]?.resolve()

  await hasBegun(2)
  expect(await numberOfTheJob()).not.toBe(first)
}, 60_000)

async function numberOfTheJob(): Promise<string | undefined> {
  const { rows } = await database.owner.query<{ id: string }>(
    'SELECT id FROM graphile_worker._private_jobs WHERE attempts < max_attempts',
  )
  return rows[0]?.id
}

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { inbox } from '#postgres/inbox.ts'
import { openPools, type Pools } from '#postgres/pools.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'

let database: TestDatabase
let proxy: FaultProxy
let pools: Pools
let jobs: Jobs
const ran = new Map<string, number>()

beforeEach(async () => {
  ran.clear()
  database = await freshDatabase()
  proxy = await faultProxy(database.url)
  pools = openPools({ url: proxy.through(database.url), log: silent })
  const box = inbox(pools.decisions)
  const nothing = async () => undefined
  jobs = await startJobs({
    pool: pools.work,
    log: silent,
    tasks: {
      async deliver(id) {
        ran.set(id, (ran.get(id) ?? 0) + 1)
        await box.done(id)
      },
      advance: nothing,
      automate: async () => undefined,
      evidence: nothing,
      impact: nothing,
      assess: nothing,
      freeze: nothing,
      page: nothing,
      show: nothing,
      observe: nothing,
      check: nothing,
      alerts: nothing,
      suggest: nothing,
      propose: nothing,
      redraw: nothing,
      twice: nothing,
      hourly: nothing,
    },
  })
})
afterEach(async () => {
  proxy.set({ kind: 'none' })
  await jobs.stop()
  await pools.close()
  await proxy.close()
  await database.close()
})

/** Written down whatever is between the product and the database. */
const admit = (name: string, urgent: boolean) =>
  inbox(database.pools.decisions).admit({
    id: deliveryId(name),
    source: 'webhook',
    urgent,
    body: {},
  })

const locked = async (): Promise<number> =>
  (
    await database.owner.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL',
    )
  ).rows[0]?.count ?? 0

test('T109 answers that are lost while jobs are taken and ended leave none behind', async () => {
  for (let wave = 0; wave < 6; wave += 1) {
    proxy.set({ kind: 'cut', afterBytes: 700 + 300 * wave })
    for (let n = 0; n < 10; n += 1) await admit(`${wave}-${n}`, n % 2 === 0)
    await sleep(250)
  }
  proxy.set({ kind: 'none' })

  await expect.poll(() => ran.size, { timeout: 10_000 }).toBe(60)
  await expect.poll(locked, { timeout: 10_000 }).toBe(0)
  await jobs.settled()
})

test('T109 work goes on within a moment after the database was away for a while', async () => {
  proxy.set({ kind: 'reset' })
  await sleep(2_500)
  await admit('meanwhile', true)
  proxy.set({ kind: 'none' })
  const back = performance.now()

  await expect.poll(() => ran.size, { timeout: 10_000, interval: 20 }).toBe(1)
  expect(performance.now() - back).toBeLessThan(3_000)
})

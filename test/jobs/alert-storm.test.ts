import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pool } from 'pg'
import { deliveryId, serviceId } from '#domain/ids.ts'
import { instant } from '#domain/time.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { alertInbox, alertMemory } from '#postgres/alerts.ts'
import type { NewDelivery } from '#ports/alerts.ts'
import { takeDeliveries } from '#workflows/take-deliveries.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { aScene } from '../support/scripted-world.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let jobs: Jobs | undefined
beforeEach(async () => {
  jobs = undefined
  database = await freshDatabase()
})
afterEach(async () => {
  await jobs?.stop()
  await database.close()
})

const service = serviceId('checkout')
const aDelivery = (at: number): NewDelivery => ({
  id: deliveryId(`alert-${at}`),
  service,
  onceIn: null,
  opens: true,
  alerts: [
    {
      key: `alert-${at}`,
      source: 'grafana',
      status: 'firing',
      startsAt: instant(1_700_000_000_000_000 + at),
      name: 'Errors',
      summary: 'Errors',
      severity: null,
      rollback: null,
      service,
    },
  ],
})
const someDeliveries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => aDelivery(from + at))

test('while a look at alerts is due already, those that come queue no other and wake nobody', async () => {
  const words: string[] = []
  const listener = await database.owner.connect()
  listener.on('notification', ({ payload = '' }) => words.push(payload))
  await listener.query('LISTEN "jobs:insert"')
  const box = alertInbox(database.pools.work)

  for (const delivery of someDeliveries(0, 20)) await box.admit([delivery])

  const { rows } = await listener.query('SELECT key FROM graphile_worker.jobs')
  listener.release(true)
  expect(rows).toEqual([{ key: 'alerts' }])
  expect(words).toHaveLength(1)
})

test('alerts that were being written down when the look at them began are found by the sweep', async () => {
  const first = alertInbox(database.pools.work)
  const client = await database.pools.intake.connect()
  await first.admit([aDelivery(1)])
  await client.query('BEGIN')
  // Written down, and seen by nobody yet: a look was due when that began.
  await alertInbox(client as unknown as Pool).admit([aDelivery(2)])
  const taken: string[] = []
  jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: {
      ...idleTasks,
      async alerts() {
        const ids = (await first.waiting(10, { opens: true, without: [] })).map(({ id }) => id)
        await first.done(ids)
        taken.push(...ids)
      },
    },
  })
  await expect.poll(() => taken, { timeout: 20_000 }).toEqual(['alert-1'])

  await client.query('COMMIT')
  client.release()

  await expect.poll(() => taken, { timeout: 20_000 }).toEqual(['alert-1', 'alert-2'])
})

test('one alert is taken in at once; what comes during a storm is looked at a tenth of a second later, all together', async () => {
  const { world } = await aScene(database)
  const box = alertInbox(database.pools.work)
  const later = [someDeliveries(10, 30), someDeliveries(30, 40), [aDelivery(40)]]
  const looks: (number | string)[] = []
  const ports = {
    ...world,
    deliveries: {
      ...box,
      async waiting(...asked: Parameters<typeof box.waiting>) {
        const found = await box.waiting(...asked)
        looks.push(found.length)
        return found
      },
    },
    memory: alertMemory(database.pools.work),
    clock: {
      async pause(ms: number) {
        looks.push(`${ms} ms`)
        await box.admit(later.shift() ?? [])
      },
    },
    log: silent,
  }

  await box.admit([aDelivery(0)])
  await takeDeliveries(ports, new AbortController().signal)
  expect(looks.splice(0)).toEqual([1, 0])

  await box.admit(someDeliveries(1, 10))
  await takeDeliveries(ports, new AbortController().signal)
  expect(looks).toEqual([9, '100 ms', 20, '100 ms', 10, '100 ms', 1, 0])
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryId, type ServiceId, serviceId } from '#domain/ids.ts'
import { instant, minutes } from '#domain/time.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { alertInbox, alertMemory } from '#postgres/alerts.ts'
import { inbox } from '#postgres/inbox.ts'
import type { NewDelivery } from '#ports/alerts.ts'
import { deliveriesInTurn } from '#workflows/deliveries-in-turn.ts'
import { passOnSuggestions } from '#workflows/pass-on-suggestions.ts'
import { takeDeliveries } from '#workflows/take-deliveries.ts'
import { aChange, anIncident, declared } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { aScene } from '../support/scripted-world.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let jobs: Jobs | undefined
/** What hangs, until a test is over at the latest. */
let hanging: PromiseWithResolvers<void>
beforeEach(async () => {
  jobs = undefined
  hanging = Promise.withResolvers()
  database = await freshDatabase()
})
afterEach(async () => {
  hanging.resolve()
  await jobs?.stop()
  await database.close()
})

const { signal } = new AbortController()
const checkout = serviceId('checkout')
const payments = serviceId('payments')

const aDelivery = (id: string, service: ServiceId, opens: boolean): NewDelivery => ({
  id: deliveryId(id),
  service,
  onceIn: null,
  opens,
  alerts: [
    {
      key: id,
      source: 'grafana',
      status: 'firing',
      startsAt: instant(1_700_000_000_000_000),
      name: 'Errors',
      summary: 'Errors',
      severity: null,
      rollback: null,
      service,
    },
  ],
})

/** A shop with two services, what machines have sent to it, and what was written into its log. */
async function aShop() {
  const { world, service } = await aScene(database)
  const logged: string[] = []
  const note = (_: object, message: string) => void logged.push(message)
  const box = alertInbox(database.pools.work)
  const catalogue = new Map([
    [checkout, { ...service, id: checkout }],
    [payments, { ...service, id: payments }],
  ])
  const ports = {
    ...world,
    catalogue,
    clock: { pause: async () => undefined },
    deliveries: box,
    memory: alertMemory(database.pools.work),
    log: { ...silent, error: note },
  }
  return { box, ports, logged }
}

test('T113 an alert does not wait behind commands that hang, nor does the rollback that it asks for', async () => {
  const { box, ports } = await aShop()
  const commands = inbox(database.pools.decisions)
  const ran: string[] = []
  jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: {
      ...idleTasks,
      async deliver(delivery) {
        ran.push('command')
        await hanging.promise
        await commands.done(delivery)
      },
      async alerts() {
        const ids = (await box.waiting(10, { opens: true, without: [] })).map(({ id }) => id)
        await box.done(ids)
        ran.push(...ids)
      },
      async propose() {
        ran.push('proposal')
      },
    },
  })
  for (let n = 0; n < 8; n += 1) {
    const id = deliveryId(`command-${n}`)
    await commands.admit({ id, source: 'slack', urgent: false, body: {} })
  }
  await expect.poll(() => ran).toEqual(Array.from({ length: 4 }, () => 'command'))

  await box.admit([aDelivery('alert', checkout, true)])
  const asked = aChange({ events: [declared()], jobs: ['propose'] })
  await ports.timeline.append(anIncident(), 0, asked)

  await expect.poll(() => ran.slice(4).toSorted()).toEqual(['alert', 'proposal'])
})

test('T113 an alert opens its incident while people cannot be told of a suggestion, for Slack hangs', async () => {
  const { box, ports } = await aShop()
  const told: string[] = []
  const suggest = async (service: ServiceId) => {
    told.push(service)
    await hanging.promise
  }
  jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: {
      ...idleTasks,
      alerts: (over) => takeDeliveries(ports, over),
      suggest: (over) => passOnSuggestions({ ...ports, suggest }, over),
    },
  })
  await box.admit([aDelivery('suggestion', checkout, false)])
  await expect.poll(() => told).toEqual([checkout])

  await box.admit([aDelivery('alert', checkout, true)])

  await expect.poll(() => ports.timeline.openIncidents(checkout)).toHaveLength(1)
  hanging.resolve()
  await expect.poll(() => box.backlog(10)).toBe(0)
  expect(told).toEqual([checkout])
})

test('suggestions and alerts that lost their jobs are found again', async () => {
  const { box } = await aShop()
  await box.admit([aDelivery('suggestion', checkout, false), aDelivery('alert', checkout, true)])
  await database.owner.query('DELETE FROM graphile_worker._private_jobs')
  const found: string[] = []
  const taking = (opens: boolean) => async () => {
    const ids = (await box.waiting(10, { opens, without: [] })).map(({ id }) => id)
    await box.done(ids)
    found.push(...ids)
  }
  jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: { ...idleTasks, alerts: taking(true), suggest: taking(false) },
  })

  await database.moveClock(minutes(1))

  await expect.poll(() => found.toSorted()).toEqual(['alert', 'suggestion'])
})

test('an alert of one service does not wait for the platform of another, which does not answer', async () => {
  const { box, ports } = await aShop()
  const taken: string[] = []
  await box.admit([aDelivery('first', checkout, true), aDelivery('second', payments, true)])
  const turns = deliveriesInTurn(
    ports,
    {
      opens: true,
      services: 8,
      async take({ id }) {
        if (id === checkout) await hanging.promise
        taken.push(id)
      },
    },
    signal,
  )

  await expect.poll(() => taken).toEqual([payments])
  hanging.resolve()
  await turns
  expect(taken).toEqual([payments, checkout])
})

test('in a storm what failed once is tried again before the storm is over, apart from what comes later, and the log says that it failed', async () => {
  const { box, ports, logged } = await aShop()
  const storm = 30
  let looks = 0
  let cameBack: number | undefined
  const many = (look: number) =>
    Array.from({ length: 10 }, (_, at) => aDelivery(`${look}-${at}`, checkout, true))
  const taken: string[][] = []
  await box.admit([aDelivery('unlucky', payments, true), ...many(0)])

  await deliveriesInTurn(
    {
      ...ports,
      clock: {
        async pause() {
          looks += 1
          if (looks < storm) await box.admit(many(looks))
        },
      },
    },
    {
      opens: true,
      services: 1,
      async take({ id }, its) {
        if (id === payments && looks === 0) throw new Error('a deadlock')
        if (id === payments) cameBack = looks
        taken.push(its.map((one) => one.id))
      },
    },
    signal,
  )

  expect(cameBack).toBeGreaterThan(0)
  expect(cameBack).toBeLessThan(storm)
  expect(taken.filter((its) => its.includes('unlucky'))).toEqual([['unlucky']])
  expect(taken.flat()).toHaveLength(1 + storm * 10)
  expect(logged).toEqual(['Alerts failed, and are tried again'])
})

test('what fails for ten minutes is given up, which is logged, and is in nobody’s way any more', async () => {
  const { box, ports, logged } = await aShop()
  await box.admit([aDelivery('hopeless', payments, true), aDelivery('fine', checkout, true)])
  const taken: string[] = []
  const turns = () =>
    deliveriesInTurn(
      ports,
      {
        opens: true,
        services: 8,
        async take({ id }) {
          if (id === payments) throw new Error('its record is broken')
          taken.push(id)
        },
      },
      signal,
    )
  await expect(turns()).rejects.toThrow('alerts could not be taken in')
  await database.moveClock(minutes(11))

  await turns()

  expect(taken).toEqual([checkout])
  expect(logged.filter((message) => message === 'An alert was given up')).toHaveLength(1)
  expect(await box.waiting(10, { opens: true, without: [] })).toEqual([])
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { healthProbe } from '#metrics/health-probe.ts'
import { alertInbox, alertMemory } from '#postgres/alerts.ts'
import { checkDeeply } from '#workflows/check-deeply.ts'
import { takeDeliveries } from '#workflows/take-deliveries.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { aScene } from '../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** What the shop says to whoever reads and writes as a test user: one answer after the other, the last one for ever. */
let answers: number[]
let asked: number
let server: Server
beforeEach(async () => {
  asked = 0
  server = createServer((_request, response) => {
    asked += 1
    const [status = 200] = answers.length > 1 ? answers.splice(0, 1) : answers
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const never = new AbortController().signal

/** A service with a deep check, or without; `minute` is one round of every replica. */
async function aShop(replicas = 1, isConfigured = true) {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const scene = await aScene(database, isConfigured ? { deepCheck: `http://${host}/deep` } : {})
  const { world, service } = scene
  const ports = {
    ...world,
    probe: healthProbe({ hosts: new Set([host]) }),
    clock: { pause: async () => undefined },
    deliveries: alertInbox(database.pools.work),
    memory: alertMemory(database.pools.work),
    log: silent,
  }
  return {
    async minute(...next: readonly number[]) {
      answers = [...next]
      await Promise.all(Array.from({ length: replicas }, () => checkDeeply(ports, never)))
      await takeDeliveries(ports, never)
      await database.moveClock(minutes(1))
    },
    async told() {
      const [incident] = await world.timeline.recentIncidents(service.id, 10)
      return incident === undefined ? [] : (await world.timeline.read(incident)).map((e) => e.event)
    },
    incidents: () => world.timeline.recentIncidents(service.id, 10),
  }
}
const kinds = (events: readonly { readonly kind: string }[]) => events.map(({ kind }) => kind)

test('a deep check that fails twice opens an incident once, calls people, and asks for no rollback; its end is told', async () => {
  const shop = await aShop()

  await shop.minute(200)
  expect(await shop.incidents()).toEqual([])
  await shop.minute(503, 503)
  await shop.minute(500)
  await shop.minute(500)
  const failing = await shop.told()
  await shop.minute(200)
  await shop.minute(200)

  expect(failing[0]).toMatchObject({
    kind: 'incident_declared',
    detectedBy: 'probe',
    severity: 'medium',
    title: 'Deep check: reading and writing as a test user fails: answered 503',
  })
  expect(kinds(failing).filter((kind) => kind === 'alert_fired')).toHaveLength(1)
  expect(kinds(await shop.told())).toEqual([...kinds(failing), 'alert_resolved'])
  expect(kinds(await shop.told()).some((kind) => kind.startsWith('rollback'))).toBe(false)
  expect(await shop.incidents()).toHaveLength(1)
})

test('one answer that was lost wakes nobody', async () => {
  const shop = await aShop()

  await shop.minute(503, 200)

  expect(asked).toBe(2)
  expect(await shop.incidents()).toEqual([])
})

test('what fails again later is another round of the same condition', async () => {
  const shop = await aShop()

  for (const status of [500, 200, 500]) await shop.minute(status)

  expect(kinds(await shop.told()).filter((kind) => kind.startsWith('alert'))).toEqual([
    'alert_fired',
    'alert_resolved',
    'alert_fired',
  ])
})

test('several replicas in the same minute are one round', async () => {
  const shop = await aShop(3)

  await shop.minute(500)
  await shop.minute(500)

  expect(kinds(await shop.told()).filter((kind) => kind === 'alert_fired')).toHaveLength(1)
  expect(await shop.incidents()).toHaveLength(1)
})

test('a service without an address for it is asked nothing', async () => {
  const shop = await aShop(1, false)

  await shop.minute(500)

  expect(asked).toBe(0)
  expect(await shop.incidents()).toEqual([])
})

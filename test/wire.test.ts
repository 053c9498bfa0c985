import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SandboxWorld, startWorld } from '#sandbox/world.ts'
import { freshDatabase, type TestDatabase } from './support/database.ts'

let database: TestDatabase
let world: SandboxWorld
const told = Promise.withResolvers<readonly [object, string]>()
beforeAll(async () => {
  database = await freshDatabase()
  world = await startWorld({
    port: 0,
    database: { ownerUrl: database.ownerUrl, url: database.url },
    key: randomBytes(32),
    log: {
      info: () => undefined,
      warn: (fields, message) => {
        if (message.includes('rolled back')) told.resolve([fields, message])
      },
      error: () => undefined,
    },
    podStartMs: 20,
    configured: (yaml) => yaml.replace('deployment: cart }', 'deployment: crat }'),
  })
})
afterAll(async () => {
  await world.close()
  await database.close()
})

test('the sandbox is reached from this machine alone; its start names what cannot be rolled back, and nothing waits for that', async () => {
  const ready = await fetch(`${world.app.url}/readyz`)
  const [fields, message] = await told.promise
  // Another address of this machine: what listens everywhere answers there, too.
  const elsewhere = world.app.url.replace('127.0.0.1', '127.0.0.2')

  await expect(fetch(`${elsewhere}/readyz`)).rejects.toThrow('fetch failed')
  expect(ready.status).toBe(200)
  expect(message).toBe('a service cannot be rolled back')
  expect(fields).toEqual({
    service: 'cart',
    what: 'there is no deployment crat in production of prod',
    remedy: 'correct the target in the configuration',
  })
})

test('T154: a start writes down the configuration that it works by', async () => {
  const { rows } = await database.owner.query(
    `SELECT e.kind, e.payload ->> 'hash' = r.configuration AS "isOurs"
       FROM timeline_events e, replicas r WHERE e.stream_id = 'configuration'`,
  )

  expect(rows).toEqual([{ kind: 'configuration_changed', isOurs: true }])
})

test('T014: connections for what comes in are open before anything comes in', async () => {
  const open = async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `SELECT DISTINCT application_name AS name FROM pg_stat_activity
        WHERE datname = current_database() ORDER BY 1`,
    )
    return rows.map(({ name }) => name)
  }

  await expect
    .poll(open)
    .toEqual(expect.arrayContaining(['countermand-decisions', 'countermand-intake']))
})

import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { startWorld } from '#sandbox/world.ts'
import { freshDatabase } from './support/database.ts'

test('the sandbox is reached from this machine alone; its start names what cannot be rolled back, and nothing waits for that', async () => {
  const database = await freshDatabase()
  const told = Promise.withResolvers<readonly [object, string]>()
  const world = await startWorld({
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
  try {
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
  } finally {
    await world.close()
    await database.close()
  }
})

import { afterEach, expect, test } from 'vitest'
import { alertSources } from '#domain/alerts/alert.ts'
import { flaggerRoutes } from '#http/flagger.ts'
import { createGate } from '#http/gate.ts'
import { createServer } from '#http/server.ts'
import { testRoutes } from '#http/tests.ts'
import { webhookRoutes } from '#http/webhooks.ts'
import { silent } from '../support/database-server.ts'
import { secret } from './senders.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const post = async (url: string, body: unknown, key: string) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  })
  await response.text()
  return response.status
}
const version = { cluster: 'prod', namespace: 'production', name: 'checkout', checksum: 'c1' }
const question = { ...version, phase: 'Progressing', metadata: {} }

test('T133 whoever has no secret takes no turn from those who have, and no place, however often they come', async () => {
  let turns = 0
  const gate = createGate(
    { backlog: async () => 0 },
    async () => {
      turns += 1
    },
    { recentMs: () => 0, close: () => undefined },
  )
  const server = createServer({ log: silent })
  const common = { catalogue: new Map(), gate, log: silent, counted: () => undefined }
  const inbox = { admit: async () => 1 }
  webhookRoutes(server, {
    ...common,
    inbox,
    secrets: { alertmanager: [secret] },
    settings: {
      rules: [],
      unauthenticated: [],
      grafana: { signature: 'x-signature', timestamp: 'x-timestamp' },
    },
  })
  testRoutes(server, { ...common, secrets: [secret], reports: { keep: async () => true } })
  flaggerRoutes(server, {
    ...common,
    inbox,
    secretsOf: () => [secret],
    gates: { ask: async () => true, lastAsked: async () => [] },
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  const paths = ['alertmanager', 'tests', 'flagger/prod/rollback']
  const at = (path: string, key: string) => post(`${url}/webhooks/${path}`, question, key)

  const forged = await Promise.all(
    Array.from({ length: 100 }, () => paths.map((path) => at(path, `${secret}x`))).flat(),
  )
  const unknown = await at('nagios', secret)
  const notSetUp = await Promise.all(
    alertSources.filter((source) => source !== 'alertmanager').map((source) => at(source, secret)),
  )

  expect(new Set(forged)).toEqual(new Set([401]))
  expect(unknown).toBe(404)
  expect(new Set(notSetUp)).toEqual(new Set([403]))
  expect(turns).toBe(0)
  expect(await at('flagger/prod/rollback', secret)).toBe(200)
  expect(turns).toBe(1)
})

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { healthRoutes, readiness } from '#http/health.ts'
import { createMeasures, createMetricsServer } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { createLog } from '#log.ts'
import type { Log } from '#ports/log.ts'
import { silent } from '../support/database-server.ts'

let server: FastifyInstance | undefined
afterEach(() => server?.close())

async function started(
  prepare: (fresh: FastifyInstance) => void,
  log: Log = silent,
): Promise<string> {
  server = createServer({ log })
  prepare(server)
  return listening(server)
}
async function listening(fresh: FastifyInstance): Promise<string> {
  server = fresh
  await fresh.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(fresh.server.address() as AddressInfo).port}`
}

test('T141 what failed inside is told by an id, by which the log says why', async () => {
  let logged = ''
  const url = await started(
    (fresh) =>
      fresh.get('/broken', async () => {
        throw new Error('the database is away', {
          cause: new Error('no answer from postgres://bot:hunter22@host'),
        })
      }),
    createLog({ to: { write: (line) => void (logged += line) } }),
  )

  const response = await fetch(`${url}/broken`)
  const said = (await response.json()) as { readonly id: string }

  expect(response.status).toBe(500)
  expect(said).toEqual({ error: 'something failed', id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(JSON.parse(logged)).toMatchObject({
    id: said.id,
    route: '/broken',
    error: { message: 'the database is away', stack: expect.stringContaining('server.test.ts') },
  })
  expect(logged).toContain('no answer from postgres://bot:[secret]@host')
  expect(logged).not.toContain('hunter22')
})

test('T141 an address that leads nowhere says no more than that', async () => {
  const url = await started(() => undefined)

  const response = await fetch(`${url}/../../etc/passwd`)

  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: 'not found' })
})

test('every answer carries the security headers, and a page may set its own', async () => {
  const url = await started((fresh) => {
    fresh.get('/page', async (_request, reply) =>
      reply.header('content-security-policy', "default-src 'self'").send('page'),
    )
  })

  const [nowhere, page] = await Promise.all([fetch(`${url}/nowhere`), fetch(`${url}/page`)])

  expect(nowhere.headers.get('x-content-type-options')).toBe('nosniff')
  expect(nowhere.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('content-security-policy')).toBe("default-src 'self'")
})

test('a body arrives as the bytes it was sent as, whatever its type says', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x7b, 0x22])
  const url = await started((fresh) => {
    fresh.post('/echo', (request, reply) => reply.send(request.body))
  })

  const answers = await Promise.all(
    ['application/json', 'application/x-www-form-urlencoded', 'made/up'].map(async (type) => {
      const response = await fetch(`${url}/echo`, {
        method: 'POST',
        body: bytes,
        headers: { 'content-type': type },
      })
      return Buffer.from(await response.arrayBuffer())
    }),
  )

  expect(answers).toEqual([bytes, bytes, bytes])
})

test('healthz speaks for the process, readyz for all it needs, by name', async () => {
  const url = await started((fresh) =>
    healthRoutes(
      fresh,
      readiness([
        { name: 'database', isReady: async () => true },
        { name: 'slack', isReady: async () => false },
        { name: 'cluster', isReady: () => Promise.reject(new Error('away')) },
      ]),
    ),
  )

  const [healthy, ready] = await Promise.all([fetch(`${url}/healthz`), fetch(`${url}/readyz`)])

  expect(healthy.status).toBe(200)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toEqual({ ok: false, waitingFor: ['slack', 'cluster'] })
})

test('a thousand probes at once ask each dependency once, and no probe waits for one that hangs', async () => {
  let asked = 0
  const ready = readiness([
    {
      name: 'database',
      isReady: () => {
        asked += 1
        return new Promise(() => undefined)
      },
    },
  ])

  const answers = await Promise.all(Array.from({ length: 1_000 }, () => ready.missing()))

  expect(asked).toBe(1)
  expect(new Set(answers.flat())).toEqual(new Set(['database']))
})

test('whoever stops is not ready from that moment on, although everything is there', async () => {
  const ready = readiness([{ name: 'database', isReady: async () => true }])
  const before = await ready.missing()

  ready.retire()

  expect(before).toEqual([])
  expect(await ready.missing()).toEqual(['stopping'])
})

test('figures are served by a server of their own', async () => {
  const measures = createMeasures()
  measures.admitted('admitted', 0.012)
  measures.noticed('card', 'shown')
  const url = await listening(createMetricsServer(measures.registry, silent))

  const text = await (await fetch(`${url}/metrics`)).text()

  expect(text).toContain('countermand_slack_requests_total{outcome="admitted"} 1')
  expect(text).toContain('countermand_notices_total{kind="card",outcome="shown"} 1')
  expect(text).toContain('process_cpu_seconds_total')
})

test('T017 connections that carry no request are closed before they keep others out', async () => {
  server = createServer({ log: silent, maxConnections: 20 })
  server.get('/idle', async () => 'nothing')
  server.post('/press', async () => 'acknowledged')
  const url = await listening(server)
  const { port } = new URL(url)
  let closed = 0
  const sockets = Array.from({ length: 20 }, () =>
    connect(Number(port), '127.0.0.1')
      .on('error', () => undefined)
      .on('close', () => (closed += 1)),
  )
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))

  const answered = sockets.map((socket) => once(socket, 'data'))
  for (const socket of sockets) socket.write('GET /idle HTTP/1.1\r\nhost: x\r\n\r\n')
  await Promise.allSettled(answered)

  await expect.poll(() => closed, { timeout: 20_000 }).toBeGreaterThan(0)
  expect((await fetch(`${url}/press`, { method: 'POST', body: 'x' })).status).toBe(200)
})

test('T017 one that waits for its answer is not closed, however full it is', async () => {
  server = createServer({ log: silent, maxConnections: 1 })
  const [asked, late] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  server.get('/late', () => {
    asked.resolve()
    return late.promise
  })
  const answer = fetch(`${await listening(server)}/late`)
  await asked.promise

  // It is looked at ten times a second.
  await sleep(250)
  late.resolve('late')

  expect(await (await answer).text()).toBe('late')
})

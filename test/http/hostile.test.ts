import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { healthRoutes, readiness } from '#http/health.ts'
import { createMeasures, createMetricsServer } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { silent } from '../support/database-server.ts'

const servers: FastifyInstance[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function listening(server: FastifyInstance): Promise<string> {
  servers.push(server)
  await server.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
}
/** Answers with the bytes that a handler was given. */
async function counting(): Promise<string> {
  const server = createServer({ log: silent })
  server.post('/count', (request, reply) => reply.send({ bytes: (request.body as Buffer).length }))
  return listening(server)
}

test('T138 what is packed is not unpacked: a bomb stays as small as it came', async () => {
  const url = await counting()
  const bomb = gzipSync(Buffer.alloc(50_000_000))

  const response = await fetch(`${url}/count`, {
    method: 'POST',
    body: bomb,
    headers: { 'content-encoding': 'gzip' },
  })

  expect(await response.json()).toEqual({ bytes: bomb.length })
  expect(bomb.length).toBeLessThan(100_000)
})

test('T138 a body in pieces without an end is cut off at 256 KB', async () => {
  const url = new URL(await counting())
  const socket = connect(Number(url.port), '127.0.0.1')
  let said = ''
  socket.on('data', (data) => (said += data))
  // Cut off in the middle of a write, which is an error to whoever writes.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.write('POST /count HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`
  let sent = 0
  const timer = setInterval(() => {
    if (socket.writable && socket.write(piece)) sent += 0x4000
  }, 1)

  await closed
  clearInterval(timer)

  expect(said).toContain('413')
  expect(sent).toBeLessThan(5_000_000)
})

test('T138 a request that says it has two lengths is refused', async () => {
  const url = new URL(await counting())
  const socket = connect(Number(url.port), '127.0.0.1')
  let said = ''
  socket.on('data', (data) => (said += data))
  socket.end(
    'POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  )
  await once(socket, 'close')

  expect(said).toMatch(/^HTTP\/1\.1 400/)
})

test('T151 figures stand on a server of their own, and health says no more than names', async () => {
  const front = createServer({ log: silent })
  healthRoutes(
    front,
    readiness([
      {
        name: 'database',
        isReady: () => Promise.reject(new Error('postgres://u:secret@db.internal is away')),
      },
    ]),
  )
  const [url, figures] = await Promise.all([
    listening(front),
    listening(createMetricsServer(createMeasures().registry, silent)),
  ])

  const [metrics, ready, elsewhere] = await Promise.all([
    fetch(`${url}/metrics`),
    fetch(`${url}/readyz`),
    fetch(`${figures}/slack/events`, { method: 'POST' }),
  ])

  expect(metrics.status).toBe(404)
  expect(elsewhere.status).toBe(404)
  expect(await ready.text()).toBe('{"ok":false,"waitingFor":["database"]}')
})

test('T141 a request that cannot be read is refused without a word about the program', async () => {
  const url = new URL(await counting())
  const socket = connect(Number(url.port), '127.0.0.1')
  let said = ''
  socket.on('data', (data) => (said += data))
  socket.end('GET / HTTP/1.1\r\nbad header\r\n\r\n')
  await once(socket, 'close')

  expect(said).toMatch(/^HTTP\/1\.1 400/)
  expect(said).not.toMatch(/fastify|node|stack|HPE_/i)
})

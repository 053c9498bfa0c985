import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { healthRoutes, readiness } from '#http/health.ts'
import { createMeasures, createMetricsServer } from '#http/metrics.ts'
import { createServer, type ServerOptions } from '#http/server.ts'
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
async function counting(options: Partial<ServerOptions> = {}): Promise<string> {
  const server = createServer({ log: silent, ...options })
  // A busy machine may be slower than whoever sends half a request is allowed to be.
  if (options.mostBytes !== undefined) server.server.requestTimeout = 0
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

test('T138 large bodies are read as long as there is room for them, whoever sends them; small ones always', async () => {
  const url = new URL(await counting({ mostBytes: 400 * 1_024 }))
  const count = (body: string | ReadableStream, more = {}) =>
    fetch(`${url.origin}/count`, { method: 'POST', body, ...more })
  const large = 'x'.repeat(200 * 1_024)
  // Each takes what it says that it will send, and sends no end.
  const slow = [1, 2].map(() => {
    const socket = connect(Number(url.port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: ${256 * 1_024}\r\n\r\nxxx`)
    onTestFinished(() => void socket.destroy())
    return socket
  })
  const statusOf = async (...sent: Parameters<typeof count>) => (await count(...sent)).status
  await expect.poll(() => statusOf(large)).toBe(503)

  const refused = await count(large)
  const unmeasured = await statusOf(new Blob(['x']).stream(), { duplex: 'half' })
  const small = await count('x'.repeat(64 * 1_024))
  for (const socket of slow) socket.destroy()

  expect(refused.headers.get('retry-after')).toBe('5')
  expect(unmeasured).toBe(503)
  expect(await small.json()).toEqual({ bytes: 64 * 1_024 })
  await expect.poll(() => statusOf(large)).toBe(200)
})

test('T138 what has been answered takes no room any more', async () => {
  const url = await counting({ mostBytes: 400 * 1_024 })
  const large = { method: 'POST', body: 'x'.repeat(256 * 1_024) }
  const statuses: number[] = []

  for (let n = 0; n < 20; n += 1) {
    const response = await fetch(`${url}/count`, large)
    await response.text()
    statuses.push(response.status)
  }

  expect(new Set(statuses)).toEqual(new Set([200]))
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

import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { healthProbe } from '#metrics/health-probe.ts'

const never = new AbortController().signal
let server: Server
let url: string
let paths: string[]
let answer: (response: ServerResponse, path: string) => void

beforeEach(async () => {
  paths = []
  server = createServer((request, response) => {
    paths.push(request.url ?? '')
    answer(response, request.url ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers)
    response.end('ok')
  }

test('2xx is healthy', async () => {
  answer = status(204)
  const health = await healthProbe().get(`${url}/health`, never)
  expect(health).toMatchObject({ ok: true, status: 204, why: undefined })
  expect(health.tookMs).toBeLessThan(5_000)
})

test.each([500, 503, 404, 401, 304])('%i is not healthy and says so', async (code) => {
  answer = status(code)
  expect(await healthProbe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: code,
    why: `answered ${code}`,
  })
})

test('a redirect on the same host is followed', async () => {
  answer = (response, path) =>
    path === '/health' ? status(302, { location: '/healthz' })(response) : status(200)(response)
  expect(await healthProbe().get(`${url}/health`, never)).toMatchObject({ ok: true, status: 200 })
  expect(paths).toEqual(['/health', '/healthz'])
})

test('a redirect to another host is not followed: a login page is no health', async () => {
  answer = status(302, { location: 'http://localhost:1/login' })
  expect(await healthProbe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: 302,
    why: 'answered 302, a redirect to another host',
  })
})

test('a circle of redirects ends', async () => {
  answer = status(307, { location: '/health' })
  expect(await healthProbe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    why: 'redirected more than 3 times',
  })
  expect(paths).toHaveLength(4)
})

test('an endless body does not hold the answer up', async () => {
  answer = (response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'.repeat(16_384)), 1)
    response.on('close', () => clearInterval(timer))
  }
  const health = await healthProbe({ timeoutMs: 5_000 }).get(`${url}/health`, never)
  expect(health).toMatchObject({ ok: true, status: 200 })
})

test('silence is unhealthy when the time is up', async () => {
  answer = () => undefined
  expect(await healthProbe({ timeoutMs: 50 }).get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: undefined,
    why: 'no answer within 0.05 s',
  })
})

test('an address nobody listens on, and one that is none', async () => {
  await new Promise((resolve) => server.close(resolve))
  expect(await healthProbe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    why: 'the connection was refused',
  })
  expect(await healthProbe().get('not an address', never)).toMatchObject({
    ok: false,
    status: undefined,
    why: 'the address is malformed',
  })
})

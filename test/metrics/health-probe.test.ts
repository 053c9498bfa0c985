import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { healthProbe } from '#metrics/health-probe.ts'
import { pinnedRequest } from '#pinned-request.ts'

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

const probe = (more: Partial<Parameters<typeof healthProbe>[0]> = {}) =>
  healthProbe({ hosts: new Set([new URL(url).host]), timeoutMs: 30_000, ...more })

const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers)
    response.end('ok')
  }

test('2xx is healthy', async () => {
  answer = status(204)
  const health = await probe().get(`${url}/health`, never)
  expect(health).toMatchObject({ ok: true, status: 204, why: undefined })
  expect(health.tookMs).toBeGreaterThanOrEqual(0)
})

test.each([500, 503, 404, 401, 304])('%i is not healthy and says so', async (code) => {
  answer = status(code)
  expect(await probe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: code,
    why: `answered ${code}`,
  })
})

test('a redirect on the same host is followed', async () => {
  answer = (response, path) =>
    path === '/health' ? status(302, { location: '/healthz' })(response) : status(200)(response)
  expect(await probe().get(`${url}/health`, never)).toMatchObject({ ok: true, status: 200 })
  expect(paths).toEqual(['/health', '/healthz'])
})

test('T139 a redirect to another host is not followed: a login page is no health', async () => {
  answer = status(302, { location: 'http://localhost:1/login' })
  expect(await probe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: 302,
    why: 'answered 302, a redirect to another host',
  })
})

test('a circle of redirects ends', async () => {
  answer = status(307, { location: '/health' })
  expect(await probe().get(`${url}/health`, never)).toMatchObject({
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
  const health = await probe().get(`${url}/health`, never)
  expect(health).toMatchObject({ ok: true, status: 200 })
})

test('T139 a host that is not configured is not asked', async () => {
  answer = status(200)

  const health = await probe({ hosts: new Set(['shop.example']) }).get(`${url}/health`, never)

  expect(health).toMatchObject({
    ok: false,
    why: 'the host is not one of the configured health checks',
  })
  expect(paths).toEqual([])
})

test('T139 a redirect to another port of the host is to another host', async () => {
  answer = status(302, { location: 'http://127.0.0.1:1/health' })

  expect(await probe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    why: 'answered 302, a redirect to another host',
  })
})

describe('T139 a name is asked at the addresses that were checked', () => {
  const leadingTo = (...addresses: readonly string[]) => {
    const { port } = new URL(url)
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    return probe({ hosts: new Set([`shop.example:${port}`]), resolve }).get(
      `http://shop.example:${port}/health`,
      never,
    )
  }

  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
    '0.0.0.0',
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
  ])('never at %s', async (address) => {
    answer = status(200)

    expect(await leadingTo('10.0.0.1', address)).toMatchObject({
      ok: false,
      why: 'the host name leads to an address that must not be asked',
    })
    expect(paths).toEqual([])
  })

  test('nor at one that the name gets a moment later', async () => {
    // localhost may lead here; the second answer is one the system would connect to, too.
    const { port } = new URL(url)
    let asked = 0
    const resolve = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    }
    answer = (response, path) => {
      const from = response.socket?.localAddress ?? ''
      if (path === '/health') status(302, { location: `/${from}` })(response)
      else status(from === '127.0.0.1' ? 200 : 500)(response)
    }

    const health = await probe({ hosts: new Set([`localhost:${port}`]), resolve }).get(
      `http://localhost:${port}/health`,
      never,
    )

    expect(health).toMatchObject({ ok: true, status: 200 })
    expect(asked).toBe(1)
    expect(paths).toEqual(['/health', '/127.0.0.1'])
  })

  test('and a name that is not found in time is said to be silent', async () => {
    const { port } = new URL(url)
    const resolve = () => new Promise<never>(() => undefined)
    const hosts = new Set([`shop.example:${port}`])

    expect(
      await probe({ hosts, resolve, timeoutMs: 50 }).get(`http://shop.example:${port}/`, never),
    ).toMatchObject({ ok: false, why: 'no answer within 0.05 s' })
  })
})

test('silence is unhealthy when the time is up', async () => {
  answer = () => undefined
  expect(await probe({ timeoutMs: 50 }).get(`${url}/health`, never)).toMatchObject({
    ok: false,
    status: undefined,
    why: 'no answer within 0.05 s',
  })
})

test('an address nobody listens on, and one that is none', async () => {
  await new Promise((resolve) => server.close(resolve))
  expect(await probe().get(`${url}/health`, never)).toMatchObject({
    ok: false,
    why: 'the connection was refused',
  })
  expect(await probe().get('not an address', never)).toMatchObject({
    ok: false,
    status: undefined,
    why: 'the address is malformed',
  })
})

test('T139 a request goes to the address that was checked, whatever the name means elsewhere', async () => {
  answer = status(200)
  const named = new URL(url)
  named.hostname = 'nobody-knows-this.invalid'

  const answered = await pinnedRequest(named, [{ address: '127.0.0.1', family: 4 }], {
    signal: AbortSignal.timeout(30_000),
    limit: 100,
    headers: {},
  })

  expect(answered).toMatchObject({ status: 200, text: 'ok' })
})

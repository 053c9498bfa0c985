import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { instant } from '#domain/time.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { aService } from '../support/builders.ts'

/** 2026-11-21 05:13:09 UTC and the five minutes before. */
const to = instant(1_795_237_989_000_000)
const window = { from: instant(to - 300_000_000), to }
const never = new AbortController().signal

let server: Server
let url: string
let asked: { path: string; authorization: string | undefined; form: URLSearchParams }[]
let answer: (response: ServerResponse, form: URLSearchParams) => void

beforeEach(async () => {
  asked = []
  server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body)
      const { authorization } = request.headers
      asked.push({ path: request.url ?? '', authorization, form })
      answer(response, form)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const captured = async (name: string, status = 200) =>
  json(
    await readFile(
      new URL(`../fixtures/prometheus/prom-query-${name}.json`, import.meta.url),
      'utf8',
    ),
    status,
  )
const vector = (...values: string[]) =>
  json({
    status: 'success',
    data: {
      resultType: 'vector',
      result: values.map((value) => ({ metric: {}, value: [1_795_237_989, value] })),
    },
  })

const errorRate = 'sum(rate(e{app="checkout"}[$window])) / sum(rate(r{app="checkout"}[$window]))'
const measure = (timeoutMs?: number) =>
  prometheus({ url, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).measure(
    aService({ signals: { errorRate } }),
    'errorRate',
    window,
    never,
  )
const query = errorRate.replaceAll('$window', '300s')

describe('what is asked', () => {
  test('every $window becomes the length of the window, evaluated at its end', async () => {
    answer = await captured('vector')

    await measure()

    expect(asked).toHaveLength(1)
    expect(asked[0]?.path).toBe('/api/v1/query')
    expect(asked[0]?.form.get('query')).toBe(query)
    expect(asked[0]?.form.get('time')).toBe('1795237989.000')
  })

  test('a path and credentials in the address are kept, the credentials only as a header', async () => {
    answer = await captured('vector')
    const address = `${url.replace('://', '://reader:s%3Acret@')}/prometheus`

    await prometheus({ url: address }).measure(
      aService({ signals: { errorRate } }),
      'errorRate',
      window,
      never,
    )

    expect(asked[0]?.path).toBe('/prometheus/api/v1/query')
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('reader:s:cret').toString('base64')}`)
  })

  test('nothing is asked for a signal that has no query', async () => {
    answer = await captured('vector')

    const measured = await prometheus({ url }).measure(
      aService({ signals: {} }),
      'p95',
      window,
      never,
    )

    expect(measured).toEqual({ kind: 'not_configured' })
    expect(asked).toHaveLength(0)
  })

  test('an empty window is no data and asks nothing', async () => {
    answer = await captured('vector')

    const measured = await prometheus({ url }).measure(
      aService({ signals: { errorRate: 'e[$window]' } }),
      'errorRate',
      { from: to, to },
      never,
    )

    expect(measured).toEqual({ kind: 'no_data', query: 'e[1s]' })
    expect(asked).toHaveLength(0)
  })
})

describe('answers of a real Prometheus', () => {
  test('one series is its value', async () => {
    answer = await captured('vector')
    expect(await measure()).toEqual({
      kind: 'value',
      value: 0.089_285_714_285_714_29,
      requests: undefined,
      query,
    })
  })

  test('a scalar is its value', async () => {
    answer = await captured('scalar')
    expect(await measure()).toMatchObject({ kind: 'value', value: 1 })
  })

  test('no series is no data, never zero', async () => {
    answer = await captured('empty')
    expect(await measure()).toEqual({ kind: 'no_data', query })
  })

  test('NaN is said to be no number', async () => {
    answer = await captured('nan')
    expect(await measure()).toEqual({
      kind: 'unavailable',
      why: 'the answer is not a number (NaN)',
      query,
    })
  })

  test('a bad expression is named with the position that Prometheus gives', async () => {
    answer = await captured('badexpr', 400)
    expect(await measure()).toMatchObject({
      kind: 'unavailable',
      why: 'answered 400: bad_data: invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
    })
  })

  test('a range is no number', async () => {
    answer = await captured('range')
    expect(await measure()).toMatchObject({
      kind: 'unavailable',
      why: 'the query returns a range, not a number',
    })
  })
})

describe('answers that cannot be used', () => {
  test.each<[string, (response: ServerResponse) => void, string]>([
    ['several series', vector('0.1', '0.2'), 'the query returns 2 series; it must return one'],
    ['an infinite value', vector('+Inf'), 'the answer is infinite (+Inf)'],
    ['an empty text', vector(''), 'the answer is not a number (NaN)'],
    ['words', vector('many'), 'the answer is not a number (NaN)'],
    ['a negative share', vector('-0.5'), 'the answer -0.5 is negative'],
    [
      'requests per second instead of a share',
      vector('41.7'),
      'the answer 41.7 is not a share between 0 and 1: divide errors by requests',
    ],
    [
      'a text',
      json({ status: 'success', data: { resultType: 'string', result: [1, 'x'] } }),
      'the query returns a text, not a number',
    ],
    [
      'a login page',
      json('<html>Sign in</html>', 200),
      "answered 200 with something that is not Prometheus' format",
    ],
    [
      'a proxy error',
      json('<html>Bad gateway</html>', 502),
      "answered 502 with something that is not Prometheus' format",
    ],
    ['an endless answer', json(' '.repeat(1_100_000)), 'the answer is longer than 1 MB'],
  ])('%s', async (_name, respond, why) => {
    answer = respond
    expect(await measure()).toEqual({ kind: 'unavailable', why, query })
  })

  test('a redirect, to a login page most likely, is not followed', async () => {
    answer = (response) => {
      response.writeHead(302, { location: '/login' })
      response.end()
    }

    expect(await measure()).toMatchObject({
      kind: 'unavailable',
      why: "answered 302 with something that is not Prometheus' format",
    })
    expect(asked).toHaveLength(1)
  })

  test('a server that is not there', async () => {
    await new Promise((resolve) => server.close(resolve))
    expect(await measure()).toMatchObject({
      kind: 'unavailable',
      why: 'the connection was refused',
    })
  })

  test('a server that cuts the line', async () => {
    answer = (response) => response.destroy()
    expect(await measure()).toMatchObject({ kind: 'unavailable', why: 'the connection was cut' })
  })

  test('a server that takes too long', async () => {
    answer = () => undefined
    expect(await measure(60)).toMatchObject({
      kind: 'unavailable',
      why: 'no answer within 0.06 s',
    })
  })

  test('a caller that gives up gets an answer too', async () => {
    const caller = new AbortController()
    answer = () => caller.abort()

    const measured = await prometheus({ url }).measure(
      aService({ signals: { errorRate } }),
      'errorRate',
      window,
      caller.signal,
    )

    expect(measured).toMatchObject({
      kind: 'unavailable',
      why: 'given up before an answer came',
    })
  })
})

test.each(['169.254.169.254', '127.0.0.1', '::ffff:169.254.169.254'])(
  'T139 a name that leads to %s, to us or to a machine’s credentials, is not asked',
  async (address) => {
    answer = vector('1')
    const named = new URL(url)
    named.hostname = 'prometheus.example'

    const measured = await prometheus({
      url: named.href,
      resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
    }).measure(aService({ signals: { errorRate } }), 'errorRate', window, never)

    expect(measured).toMatchObject({
      kind: 'unavailable',
      why: 'the host name leads to an address that must not be asked',
    })
    expect(asked).toEqual([])
  },
)

describe('how many requests stand behind a value', () => {
  const byQuery =
    (answers: Readonly<Record<string, string>>) =>
    (response: ServerResponse, form: URLSearchParams) =>
      vector(answers[form.get('query') ?? ''] ?? '')(response)
  const service = aService({ signals: { errorRate: 'e[$window]', throughput: 'r[$window]' } })

  test('are the rate over the window', async () => {
    answer = byQuery({ 'e[300s]': '0.01', 'r[300s]': '41.2' })
    expect(await prometheus({ url }).measure(service, 'errorRate', window, never)).toMatchObject({
      kind: 'value',
      value: 0.01,
      requests: 12_360,
    })
  })

  test('are unknown when the throughput is unknown', async () => {
    answer = byQuery({ 'e[300s]': '0.01', 'r[300s]': 'NaN' })
    expect(await prometheus({ url }).measure(service, 'errorRate', window, never)).toMatchObject({
      kind: 'value',
      value: 0.01,
      requests: undefined,
    })
  })

  test('are asked for once when the throughput itself is measured', async () => {
    answer = byQuery({ 'r[300s]': '2' })
    const measured = await prometheus({ url }).measure(service, 'throughput', window, never)
    expect(measured).toMatchObject({ kind: 'value', value: 2, requests: 600 })
    expect(asked).toHaveLength(1)
  })
})

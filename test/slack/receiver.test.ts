import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '#http/server.ts'
import { verify } from '#slack/admission/verify.ts'
import { silent } from '../support/database-server.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld()
})
afterAll(() => world.close())

const command = (more: Readonly<Record<string, string>> = {}): string =>
  new URLSearchParams({
    command: '/rollback',
    text: 'help',
    user_id: 'U0ONCALL01',
    team_id: 'T0EXAMPLE1',
    channel_id: 'C0CHECKOUT',
    api_app_id: 'A0COUNTERM',
    trigger_id: `1.${Math.random()}`,
    ...more,
  }).toString()

interface Sending {
  readonly to?: string
  readonly secret?: string
  readonly skewSeconds?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function send(body: string, sending: Sending = {}): Promise<Response> {
  const stamp = String(Math.floor(Date.now() / 1_000) + (sending.skewSeconds ?? 0))
  const mac = createHmac('sha256', sending.secret ?? world.signingSecret)
    .update(`v0:${stamp}:${body}`)
    .digest('hex')
  return fetch(`${sending.to ?? world.url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': sending.type ?? 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${mac}`,
      ...sending.headers,
    },
  })
}

async function admitted(act: () => Promise<unknown>): Promise<number> {
  const count = async () =>
    Number((await world.database.owner.query('SELECT count(*) FROM inbox')).rows[0].count)
  const before = await count()
  await act()
  return (await count()) - before
}

test('a genuine request is written down once and acknowledged with nothing in it', async () => {
  let response: Response | undefined
  const written = await admitted(async () => {
    response = await send(command())
  })

  expect(response?.status).toBe(200)
  expect(await response?.text()).toBe('')
  expect(written).toBe(1)
})

test('T001 a request without signature or timestamp is refused', async () => {
  const response = await fetch(`${world.url}/slack/events`, {
    method: 'POST',
    body: command(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

  expect(response.status).toBe(401)
})

test.each([
  ['another secret', { secret: 'x'.repeat(32) }],
  ['another version', { headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } }],
  ['no =', { headers: { 'x-slack-signature': '0'.repeat(66) } }],
  [
    'two signatures',
    { headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}, v0=${'0'.repeat(64)}` } },
  ],
  ['a timestamp that is no number', { headers: { 'x-slack-request-timestamp': '1e9' } }],
] satisfies readonly (readonly [string, Sending])[])(
  'T002 a request signed with %s is refused',
  async (_what, sending) => {
    let status = 0
    const written = await admitted(async () => {
      status = (await send(command(), sending)).status
    })

    expect(status).toBe(401)
    expect(written).toBe(0)
  },
)

test('during a rotation the previous secret still counts', async () => {
  expect((await send(command(), { secret: world.previousSecret })).status).toBe(200)
})

/** Far enough from the limit for a busy machine; where it lies exactly is shown below. */
test.each([-360, 360, 86_400])(
  'T003 a request dated %d s from now is refused, in both directions',
  async (skewSeconds) => {
    expect((await send(command(), { skewSeconds })).status).toBe(401)
  },
)

test.each([-240, 240])('a request dated %d s from now is taken', async (skewSeconds) => {
  expect((await send(command(), { skewSeconds })).status).toBe(200)
})

test.each([
  [-300_001, 'stale'],
  [-300_000, 'genuine'],
  [300_000, 'genuine'],
  [300_001, 'stale'],
] as const)('T003 a request that is dated %d ms from now is %s', (offMs, kind) => {
  const timestamp = '1795267800'
  const raw = Buffer.from(command())
  const mac = createHmac('sha256', world.signingSecret).update(`v0:${timestamp}:`).update(raw)
  const signed = { raw, timestamp, signature: `v0=${mac.digest('hex')}` }

  const verdict = verify(signed, [world.signingSecret], Number(timestamp) * 1_000 - offMs)

  expect(verdict.kind).toBe(kind)
})

test('T005 an exact replay is acknowledged and has no second effect, at another replica either', async () => {
  const { url } = await world.replica()
  const first = await world.slack.as('onCall').command('/rollback help', { channel: 'checkout' })
  await world.settle()

  let again: Awaited<ReturnType<typeof world.slack.replay>> | undefined
  const written = await admitted(async () => {
    again = await world.slack.replay()
    world.slack.setAppUrl(url)
    await world.slack.replay()
    world.slack.setAppUrl(world.url)
  })

  expect(first?.kind).toBe('acknowledged')
  expect(again?.kind).toBe('acknowledged')
  expect(written).toBe(0)
  expect(await world.waitingDeliveries()).toBe(0)
})

test('T006 a body that was changed on the way is refused', async () => {
  const stamp = String(Math.floor(Date.now() / 1_000))
  const body = command()
  const mac = createHmac('sha256', world.signingSecret).update(`v0:${stamp}:${body}`).digest('hex')

  const response = await fetch(`${world.url}/slack/events`, {
    method: 'POST',
    body: body.replaceAll('%2F', '%2f'),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${mac}`,
    },
  })

  expect(response.status).toBe(401)
})

test('T007 an unsigned ssl_check is answered and nothing smuggled in it runs', async () => {
  const payload = JSON.stringify({ type: 'block_actions', user: { id: 'U0ONCALL01' } })
  let status = 0
  const written = await admitted(async () => {
    const response = await fetch(`${world.url}/slack/events`, {
      method: 'POST',
      body: new URLSearchParams({ ssl_check: '1', payload }),
    })
    status = response.status
  })

  expect(status).toBe(200)
  expect(written).toBe(0)
})

test('a signed url_verification gets its challenge, an unsigned one nothing', async () => {
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1' })

  const signed = await send(body, { type: 'application/json' })
  const unsigned = await send(body, { type: 'application/json', secret: 'y'.repeat(32) })

  expect(await signed.json()).toEqual({ challenge: 'c-1' })
  expect(unsigned.status).toBe(401)
})

test.each([
  ['workspace', { team_id: 'T0FOREIGN1' }],
  ['app', { api_app_id: 'A0FOREIGN1' }],
])('a request for another %s is refused', async (_what, more) => {
  let status = 0
  const written = await admitted(async () => {
    status = (await send(command(more))).status
  })

  expect(status).toBe(403)
  expect(written).toBe(0)
})

test.each([
  '"__proto__":{"polluted":1}',
  '"view":{"state":{"__proto__":{"polluted":1}}}',
  '"constructor":{"prototype":{"polluted":1}}',
  '"\\u005f_proto__":{"polluted":1}',
])('T077 a payload with %s in it is refused', async (part) => {
  const payload = `{"type":"block_actions","team":{"id":"T0EXAMPLE1"},${part}}`

  const response = await send(new URLSearchParams({ payload }).toString())

  expect(response.status).toBe(400)
  expect({}).not.toHaveProperty('polluted')
})

test('T077 a form field of that name is refused, too', async () => {
  expect((await send(`${command()}&__proto__=1`)).status).toBe(400)
})

test('T011 an event sent again under a new signature, to another replica, has one effect', async () => {
  const { url } = await world.replica()
  const event = (n: number) =>
    JSON.stringify({
      type: 'event_callback',
      team_id: 'T0EXAMPLE1',
      api_app_id: 'A0COUNTERM',
      event_id: 'Ev0001',
      event: { type: 'app_home_opened', user: 'U0ONCALL01' },
      n,
    })

  const statuses: number[] = []
  const written = await admitted(async () => {
    for (const [n, to] of [world.url, url, world.url].entries())
      statuses.push((await send(event(n), { to, type: 'application/json' })).status)
  })

  expect(statuses).toEqual([200, 200, 200])
  expect(written).toBe(1)
})

test('T075 NUL and half characters are stored as the replacement character', async () => {
  const payload = String.raw`{"type":"shortcut","team":{"id":"T0EXAMPLE1"},"user":{"id":"U0ONCALL01"},"callback_id":"a\u0000b\ud800"}`

  const written = await admitted(async () => {
    await send(new URLSearchParams({ payload }).toString())
  })
  const { rows } = await world.database.owner.query(
    `SELECT body->>'callback_id' AS kept FROM inbox WHERE body->>'type' = 'shortcut'`,
  )

  expect(written).toBe(1)
  expect(rows[0].kept).toBe('a\uFFFDb\uFFFD')
})

test.each([
  ['lists', '['.repeat(60_000)],
  ['objects', '{"a":'.repeat(40_000)],
  ['closed lists', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
])('T138 a payload of %s within each other, without end, is refused', async (_what, payload) => {
  const response = await send(new URLSearchParams({ payload }).toString())
  const next = await send(command())

  expect(response.status).not.toBe(500)
  expect(next.status).toBe(200)
})

test('T138 a body above 256 KB is refused before its signature is looked at', async () => {
  const large = command({ text: 'x'.repeat(300_000) })

  const response = await send(large)
  const forged = await send(large, { secret: 'x'.repeat(32) })

  expect([response.status, forged.status]).toEqual([413, 413])
  expect(await response.text()).not.toContain('bodyLimit')
})

test('T150 whatever is sent, figures are counted under a handful of fixed names', async () => {
  const hostile = ['x{y="z"} 1', '__proto__', 'U0ONCALL01', 'a'.repeat(300)]
  for (const text of hostile) {
    await send(command({ text, command: `/${text}`, api_app_id: text }))
    await send(JSON.stringify({ type: text, event_id: text }), { type: 'application/json' })
    await send(text, { secret: text.padEnd(20) })
  }
  await world.settle()
  const figures = await world.figures()
  const labels = [...figures.matchAll(/countermand_\w+\{([^}]*)\}/g)].map(([, found = '']) => found)
  const outcomes = labels.flatMap((found) => /outcome="(\w+)"/.exec(found)?.[1] ?? [])

  for (const text of hostile) expect(labels.join()).not.toContain(text)
  expect(new Set(outcomes)).toContain('forged')
  for (const outcome of outcomes)
    expect([
      'admitted',
      'repeated',
      'foreign',
      'forged',
      'stale',
      'unsigned',
      'unreadable',
      'ssl_check',
      'url_verification',
      'shown',
      'answered',
      'unsure',
      'written',
      'allowed',
      'failed',
      'not_recovered',
      'unverified',
      'stuck',
      'degraded',
    ]).toContain(outcome)
})

test('T017 half-sent requests are closed by us, and clicks get through meanwhile', async () => {
  const { port } = new URL(world.url)
  const sockets = Array.from({ length: 200 }, () => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf')
    return new Promise<void>((resolve) => socket.on('close', () => resolve()))
  })

  const meanwhile = await send(command())
  await Promise.all(sockets)

  expect(meanwhile.status).toBe(200)
  // Looked at once a second; that all are closed within 10 s is measured in `npm run test:chaos`.
  expect(createServer({ log: silent }).server.requestTimeout).toBeLessThan(9_000)
})

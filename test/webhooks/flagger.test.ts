import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FlaggerGate, FlaggerVersion } from '#domain/flagger/gates.ts'
import { flaggerGates } from '#domain/flagger/gates.ts'
import { hours, minutes } from '#domain/time.ts'
import { flaggerRoutes } from '#http/flagger.ts'
import { createServer } from '#http/server.ts'
import { flaggerGateTable, tidyGates } from '#postgres/gates.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { type Stage, stage } from '../support/scenario.ts'
import { secret } from './senders.ts'

const previous = `${secret}-before`
const bodyOf = (version: FlaggerVersion, more: object = {}) => {
  const { namespace, name, checksum } = version
  return { name, namespace, checksum, phase: 'Progressing', metadata: {}, ...more }
}
let version: FlaggerVersion
let count = 0
const checkout = { cluster: 'prod', namespace: 'shop', name: 'checkout' }

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** One replica's door, on the database of all. */
async function aReplica(of: TestDatabase = database) {
  version = { ...checkout, checksum: `c${(count += 1)}` }
  const server = createServer({ log: silent })
  const gates = flaggerGateTable(of.pools.work, of.pools.intake)
  const counted: string[] = []
  flaggerRoutes(server, {
    secretsOf: (cluster) => (cluster === 'prod' ? [secret, previous] : []),
    catalogue: new Map(),
    gates,
    inbox: { admit: async () => 0 },
    gate: {
      isShut: () => false,
      isFull: async () => false,
      through: (work) => work(),
      close: () => undefined,
    },
    log: silent,
    counted: (_source, outcome) => counted.push(outcome),
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  const post = async (path: string, body: unknown, headers: Record<string, string> = basic()) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${url}/webhooks/flagger/${path}`, {
      method: 'POST',
      headers,
      body: text,
      redirect: 'manual',
    })
    await response.text()
    return response.status
  }
  return {
    gates,
    counted,
    post,
    ask: (gate: FlaggerGate, asked = version) => post(`prod/${gate}`, bodyOf(asked)),
    open: (gate: FlaggerGate, { times = null, operation = 'rb_1.0' }: Opened = {}) =>
      gates.open(version, { gate, times, lasts: minutes(10) }, operation),
  }
}
interface Opened {
  readonly times?: number | null
  readonly operation?: string
}
const basic = (password = secret) => ({
  authorization: `Basic ${Buffer.from(`flagger:${password}`).toString('base64')}`,
})

describe.each(flaggerGates)('the gate %s', (gate) => {
  test('is shut to every version until it is opened for that very one, and only there', async () => {
    const { ask, open } = await aReplica()

    const before = await ask(gate)
    await open(gate)

    expect(before).toBe(403)
    expect(await ask(gate)).toBe(200)
    expect(await ask(gate, { ...version, checksum: 'next' })).toBe(403)
    expect(await ask(gate, { ...version, name: 'cart' })).toBe(403)
    expect(await ask(gate, { ...version, namespace: 'staging' })).toBe(403)
    for (const other of flaggerGates.filter((one) => one !== gate))
      expect(await ask(other)).toBe(403)
  })

  test('shuts when its step shuts it, and by itself when its time is over', async () => {
    const { ask, open, gates } = await aReplica()
    await open(gate, { operation: 'rb_1.0' })
    await gates.shut(version, 'rb_1.0')
    const shut = await ask(gate)
    // The same step, carried out again after a lost answer, does not open it anew.
    await open(gate, { operation: 'rb_1.0' })
    const again = await ask(gate)
    await open(gate, { operation: 'rb_2.0' })
    const other = await ask(gate)

    await database.moveClock(minutes(11))

    expect([shut, again, other, await ask(gate)]).toEqual([403, 403, 200, 403])
  })
})

test('a gate that is open so often lets through so often, whichever replicas are asked at once', async () => {
  const here = await aReplica()
  const there = await aReplica()
  await there.open('confirm-traffic-increase', { times: 3 })

  const heard = await Promise.all(
    Array.from({ length: 12 }, (_, at) => (at % 2 ? here : there).ask('confirm-traffic-increase')),
  )

  expect(heard.filter((status) => status === 200)).toHaveLength(3)
  expect(heard.filter((status) => status === 403)).toHaveLength(9)
})

test('every question is noted with its answer', async () => {
  const { ask, open, gates } = await aReplica()
  await ask('rollback')
  await open('confirm-promotion')
  await ask('confirm-promotion')

  const seen = (await gates.lastAsked(checkout)).filter(
    (one) => one.version.checksum === version.checksum,
  )

  expect(seen.map(({ gate, phase, wasOpen }) => [gate, phase, wasOpen])).toEqual([
    ['confirm-promotion', 'Progressing', true],
    ['rollback', 'Progressing', false],
  ])
})

test('what was opened and asked is forgotten a month later, and not before', async () => {
  const { ask, open, gates } = await aReplica()
  await open('rollback')
  await ask('rollback')
  const seen = async () =>
    (await gates.lastAsked(checkout)).some((one) => one.version.checksum === version.checksum)

  await tidyGates(database.pools.work)
  const soon = await seen()
  await database.moveClock(hours(31 * 24))
  await tidyGates(database.pools.work)

  expect([soon, await seen()]).toEqual([true, false])
  const { rows } = await database.owner.query('SELECT count(*)::int AS count FROM flagger_gates')
  expect(rows).toEqual([{ count: 0 }])
})

test('T130 whoever has not the secret of that cluster is told nothing of a gate', async () => {
  const { post, open } = await aReplica()
  await open('rollback')
  const body = bodyOf(version)

  expect(await post('prod/rollback', body, {})).toBe(401)
  expect(await post('prod/rollback', body, basic(`${secret}x`))).toBe(401)
  expect(await post('staging/rollback', body)).toBe(403)
  expect(await post('prod/rollback', body, basic(previous))).toBe(200)
  expect(await post('prod/rollback', body, { authorization: `Bearer ${secret}` })).toBe(200)
  expect(await post('prod/rollback', body, { 'x-countermand-secret': secret })).toBe(200)
})

test('nothing that is not a question at a gate is answered with yes, and never with 204', async () => {
  const { post, open } = await aReplica()
  await open('rollback')

  expect(await post('prod/pre-rollout', bodyOf(version))).toBe(404)
  expect(await post('prod/ROLLBACK', bodyOf(version))).toBe(404)
  expect(await post('prod/rollback', 'no json')).toBe(422)
  expect(await post('prod/rollback', {})).toBe(422)
  expect(await post('prod/rollback', 'x'.repeat(20_000))).toBe(413)
  expect(await post('prod/event', bodyOf(version))).toBe(200)
})

test('while the database is away every gate is shut', async () => {
  const gone = await freshDatabase()
  const { ask, counted } = await aReplica(gone)
  await gone.close()

  expect(await ask('rollback')).toBe(503)
  expect(await ask('confirm-promotion')).toBe(503)
  expect(counted).toEqual(['failed', 'failed'])
})

describe('what Flagger tells of a service', () => {
  let play: Stage
  beforeAll(async () => {
    play = await stage({ variables: { WEBHOOK_FLAGGER_PROD_SECRET: secret } })
  })
  afterAll(() => play.close())
  const tell = async (phase: string, eventMessage: string, at: number) => {
    const payload = {
      name: 'checkout',
      namespace: 'production',
      checksum: 'c1',
      phase,
      metadata: { eventMessage, eventType: 'Warning', timestamp: String(at) },
    }
    for (;;) {
      const { status } = await fetch(`${play.world.app.url}/webhooks/flagger/prod/event`, {
        method: 'POST',
        headers: basic(),
        body: JSON.stringify(payload),
      })
      if (status !== 429) return status
    }
  }
  const said = () =>
    play.world.slack
      .channels()
      .flatMap(({ id }) => play.world.slack.messages(id))
      .map(({ message }) => play.world.slack.words(message))
      .filter((words) => words.includes('says Flagger'))

  test('its people are told once that it gave a version up, and nothing of its steps and of what came out', async () => {
    const at = Date.now()

    const heard = [
      await tell('Progressing', 'Advance checkout.production canary weight 10', at),
      await tell('Failed', 'Canary failed! Scaling down checkout.production', at + 1),
      await tell('Failed', 'Canary failed! Scaling down checkout.production', at + 2),
      await tell('Succeeded', 'Promotion completed! Scaling down checkout.production', at + 3),
    ]
    await play.settled()

    expect(heard).toEqual([200, 200, 200, 200])
    expect(said()).toHaveLength(1)
    expect(said()[0]).toContain('Canary failed! Scaling down checkout.production')
  })
})

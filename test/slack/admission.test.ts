import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { seconds } from '#domain/time.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'
import { signedPost } from './signed-post.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld()
})
afterAll(() => world.close())

const signed = (fields: Readonly<Record<string, string>> = {}) =>
  signedPost(world.signingSecret, {
    command: '/rollback',
    text: 'checkout --reason "errors since the deploy"',
    user_id: 'U0ONCALL01',
    team_id: 'T0EXAMPLE1',
    channel_id: 'C0CHECKOUT',
    api_app_id: 'A0COUNTERM',
    trigger_id: `1.${Math.random()}`,
    ...fields,
  })
const send = (fields?: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${world.url}/slack/events`, signed(fields))

interface Row {
  readonly id: string
  readonly acknowledged: boolean | null
  readonly done: boolean
  readonly jobs: number
}
async function newest(): Promise<Row> {
  const { rows } = await world.database.owner.query<Row>(
    `SELECT id, acknowledged, done_at IS NOT NULL AS done,
            (SELECT count(*)::int FROM graphile_worker.jobs j WHERE j.key = 'deliver:' || i.id) AS jobs
       FROM inbox i ORDER BY admitted_at DESC, id DESC LIMIT 1`,
  )
  if (!rows[0]) throw new Error('nothing was written down')
  return rows[0]
}

test('work begins when the acknowledgement has gone out, and not before', async () => {
  const response = await send({ text: 'help' })

  expect(response.status).toBe(200)
  await expect.poll(newest).toMatchObject({ acknowledged: true, done: false, jobs: 1 })
  await world.settle()
})

test('T109 a click that was acknowledged outlasts a restart of the database', async () => {
  let failures = 3
  world.noting = async () => {
    failures -= 1
    if (failures >= 0) throw new Error('the database restarts')
  }

  const response = await send({ text: 'help' })
  const before = await newest()
  await expect.poll(newest).toMatchObject({ acknowledged: true, jobs: 1 })
  world.noting = async () => undefined
  await world.settle()

  expect(response.status).toBe(200)
  expect(before).toMatchObject({ acknowledged: null, jobs: 0 })
})

test('T014 when nothing can be written down in time the person is told so, and a late write is never acted on', async () => {
  const gate = Promise.withResolvers<void>()
  world.before = () => gate.promise

  // That this comes within the 3 s that Slack waits is measured in `npm run test:chaos`.
  const response = await send()
  const said: unknown = await response.json()
  world.before = async () => undefined
  const before = await world.database.owner.query('SELECT FROM inbox')
  gate.resolve()

  expect(said).toMatchObject({
    response_type: 'ephemeral',
    text: expect.stringContaining('Not recorded'),
  })
  await expect
    .poll(async () => (await world.database.owner.query('SELECT FROM inbox')).rowCount)
    .toBe((before.rowCount ?? 0) + 1)
  await expect.poll(newest).toMatchObject({ acknowledged: null, done: true, jobs: 0 })
  await world.settle()
  expect(await world.eventKinds()).toEqual([])
})

test('T014 what was written down late is not acted on either when the process that knew so has died', async () => {
  await send()
  await expect.poll(newest).toMatchObject({ acknowledged: true })
  const { id } = await newest()
  // As the process leaves it that dies after its write and before its answer.
  await world.database.owner.query('UPDATE inbox SET acknowledged = NULL WHERE id = $1', [id])

  await world.edge.deliver(deliveryId(id))

  expect(await world.eventKinds()).toEqual([])
  expect(world.lastSaid('onCall')).toContain('nothing was done')
  expect(await newest()).toMatchObject({ acknowledged: false, done: true })
})

test('T013 whoever hung up before the answer is told that nothing was done, and a second try works', async () => {
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  world.before = () => {
    arrived.resolve()
    return gate.promise
  }
  const { body, ...rest } = signed()
  const asking = request(`${world.url}/slack/events`, rest)
  const gone = new Promise<void>((resolve) => asking.on('error', () => resolve()))
  asking.end(body)
  const first = await world.database.owner.query('SELECT FROM inbox')
  await arrived.promise
  asking.destroy()
  await gone
  world.before = async () => undefined
  gate.resolve()
  await expect
    .poll(async () => (await world.database.owner.query('SELECT FROM inbox')).rowCount)
    .toBe((first.rowCount ?? 0) + 1)
  const { id, ...row } = await newest()

  await world.edge.deliver(deliveryId(id))
  const told = world.lastSaid('onCall')
  const kindsBefore = await world.eventKinds()
  await send()
  await world.settle()

  expect(row).toMatchObject({ acknowledged: null, done: false, jobs: 0 })
  expect(told).toContain('nothing was done')
  expect(kindsBefore).toEqual([])
  expect(await world.eventKinds()).toContain('rollback_requested')
})

test('an event that was written down late is kept, because Slack sends it again', async () => {
  const gate = Promise.withResolvers<void>()
  world.before = () => gate.promise
  const { headers: _, ...event } = signed()
  const body = JSON.stringify({
    type: 'event_callback',
    team_id: 'T0EXAMPLE1',
    event_id: 'Ev0LATE',
    event: { type: 'app_home_opened', user: 'U0ONCALL01' },
  })
  const stamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', world.signingSecret).update(`v0:${stamp}:${body}`)

  const response = await fetch(`${world.url}/slack/events`, {
    ...event,
    body,
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${mac.digest('hex')}`,
    },
  })
  world.before = async () => undefined
  gate.resolve()

  expect(response.status).toBe(503)
  await expect
    .poll(newest)
    .toMatchObject({ id: 'slack:event:Ev0LATE', acknowledged: true, done: false, jobs: 1 })
  await world.settle()
})

const pressed = (kind: string) => ({
  type: 'block_actions',
  container: { type: 'message' },
  actions: [{ action_id: `countermand:${kind}`, type: 'button' }],
})
const sent = (form: string) => ({
  type: 'view_submission',
  view: { id: 'V1', hash: '1', callback_id: `countermand:modal:${form}`, private_metadata: '' },
})

test.for([
  ['[Approve]', pressed('approve'), 'deliver-urgent'],
  ['the form for a reason', sent('reason'), 'deliver-urgent'],
  ['[Plan for another version]', pressed('plan-again'), 'deliver'],
  ['the form of /rollback', sent('rollback'), 'deliver'],
  ['the form of what changed', sent('changed'), 'deliver'],
] as const)(
  'what asks for a plan may wait for a platform, and is not carried out among decisions: %s',
  async ([, body, task]) => {
    const payload = { ...body, user: { id: 'U0ONCALL01' }, team: { id: 'T0EXAMPLE1' } }
    const tasks = async () => {
      const { rows } = await world.database.owner.query<{ task: string }>(
        `SELECT task_identifier AS task FROM graphile_worker.jobs WHERE key LIKE 'deliver:%'`,
      )
      return rows.map((row) => row.task)
    }
    await world.database.owner.query('DELETE FROM graphile_worker._private_jobs')

    await fetch(
      `${world.url}/slack/events`,
      signedPost(world.signingSecret, {
        payload: JSON.stringify({ ...payload, trigger_id: `1.${Math.random()}` }),
      }),
    )

    await expect.poll(tasks).toEqual([task])
    await world.settle()
  },
)

test('T045 whoever goes on asking too often hears so again a minute later, and not for every request', async () => {
  await world.database.moveClock(seconds(61))
  const before = world.slack.ephemerals('vp').length
  const asks = async (times: number) => {
    for (let n = 0; n < times; n += 1)
      await world.slack.as('vp').command('/rollback help', { channel: 'general' })
    await world.settle()
  }

  await asks(33)
  for (const half of [1, 2]) {
    await world.database.moveClock(seconds(31))
    await asks(half * 32)
  }
  const said = world.slack.ephemerals('vp').slice(before)
  const told = said.map(({ message }) => world.slack.words(message))

  expect(told.filter((text) => text.includes('within a minute'))).toHaveLength(2)
})

test('T045 more than thirty requests a minute from one person, over all replicas, are not carried out', async () => {
  await world.database.moveClock(seconds(61))
  const { url } = await world.replica()
  const before = world.slack.ephemerals('ceo').length
  for (let n = 0; n < 40; n += 1) {
    world.slack.setAppUrl(n % 2 === 0 ? world.url : url)
    await world.slack.as('ceo').command('/rollback help', { channel: 'general' })
  }
  world.slack.setAppUrl(world.url)
  await world.settle()
  const said = world.slack.ephemerals('ceo').slice(before)
  const told = said.map(({ message }) => world.slack.words(message))
  await world.database.moveClock(seconds(61))
  await world.slack.as('ceo').command('/rollback help', { channel: 'general' })
  await world.settle()

  expect(told).toHaveLength(31)
  expect(told.filter((text) => text.includes('within a minute'))).toHaveLength(1)
  expect(world.lastSaid('ceo')).not.toContain('within a minute')
})

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { hours } from '#domain/time.ts'
import type { Posted, View } from '#sandbox/slack/model.ts'
import { slackClient } from '#slack/client.ts'
import { silent } from '../support/database-server.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
})
afterAll(() => world.close())
/** Each test rolls back a service that nobody is rolling back. */
afterEach(async () => {
  vi.useRealTimers()
  const open = await cardWith('cancel')
  if (open) await press('onCall', open, 'cancel')
})

async function cardWith(label: string): Promise<Posted | undefined> {
  await world.settle()
  return world.slack
    .channels()
    .flatMap(({ id }) => world.slack.messages(id))
    .findLast(({ message }) =>
      JSON.stringify(message.blocks ?? []).includes(`"countermand:${label}"`),
    )
}
async function proposed(): Promise<Posted> {
  await world.slack
    .as('onCall')
    .command('/rollback checkout --reason errors', { channel: 'checkout' })
  const card = await cardWith('approve')
  if (!card) throw new Error(`no card:\n${world.slack.transcript()}`)
  return card
}
async function press(who: string, where: Posted, button: string): Promise<void> {
  await world.slack.as(who).click(where, `countermand:${button}`, { confirm: true })
  await world.settle()
}
const kinds = (): Promise<readonly string[]> => world.eventKinds()
async function lastEvent(): Promise<string> {
  const { rows } = await world.database.owner.query(
    'SELECT kind, at, payload FROM timeline_events ORDER BY at DESC, seq DESC LIMIT 1',
  )
  return JSON.stringify(rows[0])
}

test('T019 a form with the value of another button in it approves nothing', async () => {
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:reject', { confirm: true })
  await world.settle()
  const form: View = await world.slack.until(() => world.slack.modal('onCall'))
  const before = await kinds()
  const reasons = { reason: 'looks like a reason that is long enough' }

  for (const callback of ['acknowledge', 'break-glass', 'status-page', 'none-of-ours']) {
    await world.slack
      .as('onCall')
      .submit({ ...form, callback_id: `countermand:modal:${callback}` }, reasons)
    await world.settle()
  }

  expect(await kinds()).toEqual(before)
  expect(world.lastSaid('onCall')).toContain('that form')
})

test('T019 a form whose hidden part was changed stands for nothing', async () => {
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:reject', { confirm: true })
  await world.settle()
  const form: View = await world.slack.until(() => world.slack.modal('onCall'))
  const before = await kinds()

  const hidden = form['private_metadata']
  for (const changed of [hidden.replace('"button":"', '"button":"X'), '{}', 'no JSON', '[]', ''])
    await world.slack
      .as('onCall')
      .submit({ ...form, private_metadata: changed }, { reason: 'a reason that is long enough' })
  await world.settle()

  expect(await kinds()).toEqual(before)
  expect(world.lastSaid('onCall')).toContain('that form')
})

test('T018 fields and choices that no form of ours has are answered and do no harm', async () => {
  const before = await kinds()
  await world.slack.as('onCall').command('/rollback', { channel: 'checkout' })
  await world.settle()
  const form: View = await world.slack.until(() => world.slack.modal('onCall'))
  const values = {
    service: 'kube-system/../payments',
    reason_kind: 'constructor',
    severity: 'none',
    toString: { value: 'x' },
  }

  const strange = {
    ...form,
    blocks: Object.keys(values).map((block_id) => ({
      type: 'input',
      block_id,
      label: { type: 'plain_text', text: block_id },
      element: { type: 'plain_text_input', action_id: block_id },
    })),
  }
  const ack = await world.slack.as('onCall').submit(strange, { ...values, toString: 'x' })
  await world.settle()

  expect(ack.kind).toBe('acknowledged')
  expect(await kinds()).toEqual(before)
  expect(world.lastSaid('onCall')).toContain('the service that was chosen')
})

test('T051 a machine whose clock is ten minutes off decides and records as every other', async () => {
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:approve', { confirm: true })
  const waiting = await world.waitingDeliveries()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })

  await world.settle()
  vi.useRealTimers()
  const { rows } = await world.database.owner.query<{ off: number }>(
    `SELECT abs(extract(epoch FROM countermand_now() - at))::float8 AS off FROM timeline_events
      WHERE kind = 'approval_given'`,
  )

  expect(waiting).toBe(1)
  expect(rows).toHaveLength(1)
  // By far less than the ten minutes, however long a busy machine took.
  expect(rows[0]?.off).toBeLessThan(300)
})

test('T031 a button on a card of three days ago says that it has expired, and does nothing', async () => {
  const card = await proposed()
  await world.database.moveClock(hours(72))

  await press('vp', card, 'approve')

  expect(await lastEvent()).toMatch(/decision_refused.*expired/)
  expect(world.lastSaid('vp')).toContain('expired')
})

test('T043 whoever has our token can post a card, but not one that decides', async () => {
  const card = await proposed()
  const thief = slackClient(
    { botToken: 'xoxb-pretend-token-for-tests', apiUrl: world.slack.apiUrl },
    silent,
  )
  const posted = await thief.chat.postMessage({
    channel: card.channel,
    text: 'Please approve',
    blocks: JSON.parse(JSON.stringify(card.message.blocks ?? [])),
  })
  const copy = world.slack.messages(card.channel).find(({ message }) => message.ts === posted.ts)
  if (!copy) throw new Error('the copy was not posted')

  const approvals = (all: readonly string[]) => all.filter((kind) => kind === 'approval_given')
  const before = approvals(await kinds())

  await press('onCall', copy, 'approve')

  expect(approvals(await kinds())).toEqual(before)
  expect(await lastEvent()).toContain('wrong_place')
})

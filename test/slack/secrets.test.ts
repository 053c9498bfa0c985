import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackClient } from '#slack/client.ts'
import { isSlacks } from '#slack/origins.ts'
import { silent } from '../support/database-server.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
})
afterAll(() => world.close())

/** Everything Slack shows to anybody, and everything the database keeps. */
async function everything(): Promise<string> {
  const { slack, database } = world
  const shown = [
    slack.channels(),
    slack.channels().flatMap(({ id }) => slack.messages(id)),
    ['onCall', 'teamLead', 'outsider'].flatMap((who) => slack.ephemerals(who)),
  ]
  const tables = ['timeline_events', 'outbox', 'inbox', 'evidence_texts', 'people', 'revisions']
  const kept = await Promise.all(
    tables.map(
      async (table) => (await database.owner.query(`SELECT * FROM ${table}`)).rows as unknown,
    ),
  )
  return JSON.stringify([shown, kept])
}

test('a secret that somebody types by mistake is neither kept nor shown: our own by value, others by shape (invariant I9)', async () => {
  const secrets = [
    world.signingSecret,
    world.previousSecret,
    'xoxb-pretend-token-for-tests',
    `AKIA${'Q7ZX'.repeat(4)}`,
  ]
  const onCall = world.slack.as('onCall')

  await onCall.command(`/rollback checkout --reason "it logs ${secrets.join(' ')}"`, {
    channel: 'checkout',
  })
  await world.settle()
  for (const secret of secrets)
    for (const words of [`checkout --${secret}`, secret, `note checkout seen: ${secret}`])
      await onCall.command(`/rollback ${words}`, { channel: 'checkout' })
  await world.settle()
  const found = await everything()

  expect(await world.eventKinds()).toContain('rollback_requested')
  expect(found).toContain('it logs [secret] [secret] [secret] [secret]')
  for (const secret of secrets) expect(found).not.toContain(secret)
})

test('a button still stands for what it stood for after everything readable was searched for secrets', async () => {
  const card = world.slack
    .channels()
    .flatMap(({ id }) => world.slack.messages(id))
    .find(({ message }) => JSON.stringify(message.blocks ?? []).includes('countermand:cancel'))
  if (!card) throw new Error('there is no card')

  await world.slack.as('onCall').click(card, 'countermand:cancel', { confirm: true })
  await world.settle()

  expect(world.lastSaid('onCall')).toContain('Cancelled')
})

test('what is posted by itself is searched, too; values that only we read back are left alone', async () => {
  const secret = world.signingSecret
  const client = slackClient(
    { botToken: 'xoxb-pretend-token-for-tests', apiUrl: world.slack.apiUrl },
    silent,
    { scrub: (text) => text.replaceAll(secret, '[secret]') },
  )
  const button = {
    type: 'button',
    action_id: 'a',
    value: secret,
    text: { type: 'plain_text', text: `Press ${secret}` },
  } as const

  const { channel, ts } = await client.chat.postMessage({
    channel: 'C0CHECKOUT',
    text: `seen: ${secret}`,
    blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
  })
  const posted = world.slack.messages(channel ?? '').find(({ message }) => message.ts === ts)

  expect(posted?.message).toMatchObject({
    text: 'seen: [secret]',
    blocks: [{ elements: [{ value: secret, text: { text: 'Press [secret]' } }] }],
  })
})

test.each([
  ['https://slack.com/api/chat.postMessage', true],
  ['https://files.slack.com/upload/v1/x', true],
  ['http://files.slack.com/upload/v1/x', false],
  ['https://files.slack.com.evil.example/', false],
  ['https://notslack.com/', false],
  ['https://slack.com:8443/', false],
  ['https://169.254.169.254/', false],
  ['file:///etc/passwd', false],
])('T139 our token goes to Slack’s own hosts only: %s', (address, isAllowed) => {
  expect(isSlacks(address, undefined)).toBe(isAllowed)
})

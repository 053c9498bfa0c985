import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { minutes, seconds } from '#domain/time.ts'
import type { Posted, View } from '#sandbox/slack/model.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
})
afterAll(() => world.close())

/** Each test rolls back a service that nobody is rolling back. */
beforeEach(async () => {
  world.warnings = []
  const open = await cardWith('cancel')
  if (open) {
    await press('onCall', open, 'cancel')
  }
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

async function press(who: string, where: Posted, button: string): Promise<void> {
  await world.slack.as(who).click(where, `countermand:${button}`, { confirm: true })
  await world.settle()
}

async function proposed(): Promise<Posted> {
  await world.slack
    .as('onCall')
    .command('/rollback checkout --reason errors', { channel: 'checkout' })
  await world.settle()
  const card = await cardWith('approve')
  if (!card) throw new Error(`no card:\n${world.slack.transcript()}`)
  return card
}

const lastSaid = (who: string): string => world.lastSaid(who)
const kinds = async (): Promise<readonly string[]> => world.eventKinds()

test('a request is answered privately, with a card in a channel of its own', async () => {
  const card = await proposed()
  const channel = world.slack.channels().find(({ id }) => id === card.channel)

  expect(channel?.name).toMatch(/^inc-/)
  expect(world.slack.words(card.message)).toContain('checkout')
  expect(lastSaid('onCall')).toContain('checkout')
})

test('whoever may decide approves with one press, and hears so', async () => {
  const card = await proposed()

  await press('onCall', card, 'approve')

  expect(await kinds()).toContain('approval_given')
  expect(lastSaid('onCall')).not.toBe('')
})

test('T147 an outsider is refused privately with the rule, and the attempt is on the timeline', async () => {
  const card = await proposed()

  await press('outsider', card, 'approve')

  expect((await kinds()).at(-1)).toBe('decision_refused')
  expect(lastSaid('outsider')).toContain('on-call engineer')
})

test('the answer to a press on the card stands in the channel, where the person is looking, and not in its thread', async () => {
  await proposed()
  const card = await cardWith('approve')
  if (!card) throw new Error('no card')
  expect(world.slack.replies(card.channel, card.message.ts).length).toBeGreaterThan(0)

  await press('outsider', card, 'approve')

  const said = world.slack.ephemerals('outsider').at(-1)
  expect(said?.channel).toBe(card.channel)
  expect(said?.message.thread_ts).toBeUndefined()
})

test.each([
  ['T009', 'external', 'external'],
  ['T010', 'guest', 'guest'],
])('%s somebody who is %s decides nothing', async (_threat, who, why) => {
  const card = await proposed()

  const acknowledged = await world.slack
    .as(who)
    .click(card, 'countermand:approve', { confirm: true })
  await world.settle()
  const { rows } = await world.database.owner.query(
    `SELECT payload FROM timeline_events WHERE kind = 'decision_refused' ORDER BY at DESC LIMIT 1`,
  )

  expect(acknowledged.kind).toBe('acknowledged')
  expect(JSON.stringify(rows[0])).toContain(why)
})

test('T021 pressing twice decides once, and both presses are answered', async () => {
  const card = await proposed()
  const before = world.slack.ephemerals('onCall').length
  const onCall = world.slack.as('onCall')

  await Promise.all([
    onCall.click(card, 'countermand:approve', { confirm: true }),
    onCall.click(card, 'countermand:approve', { confirm: true }),
  ])
  await world.settle()
  const { rows } = await world.database.owner.query(
    `SELECT payload->>'rollback', count(*) FROM timeline_events WHERE kind = 'approval_given' GROUP BY 1
     HAVING count(*) > 1`,
  )

  expect(rows).toEqual([])
  expect(world.slack.ephemerals('onCall').length - before).toBe(2)
})

test('T019 a button whose value was changed stands for nothing', async () => {
  const card = await proposed()
  const before = await kinds()
  const altered: Posted = {
    ...card,
    message: {
      ...card.message,
      blocks: JSON.parse(JSON.stringify(card.message.blocks).replaceAll('"value":"', '"value":"X')),
    },
  }

  await press('onCall', altered, 'approve')

  expect(await kinds()).toEqual(before)
  expect(lastSaid('onCall')).not.toBe('')
})

test('T033 a card that was copied to another channel decides nothing, and the attempt is recorded', async () => {
  const card = await proposed()
  const copy: Posted = { ...card, channel: 'C0CHECKOUT' }

  await press('onCall', copy, 'approve')

  const { rows } = await world.database.owner.query(
    `SELECT payload FROM timeline_events WHERE kind = 'decision_refused' ORDER BY at DESC LIMIT 1`,
  )
  expect(JSON.stringify(rows[0])).toContain('wrong_place')
  expect((await kinds()).at(-1)).toBe('decision_refused')
})

test('T018 a press that stands for nothing we know is answered and does no harm', async () => {
  const card = await proposed()
  const before = await kinds()
  const strange = {
    ...card,
    message: {
      ...card.message,
      blocks: [
        {
          type: 'actions',
          block_id: 'b',
          elements: [
            {
              type: 'button',
              action_id: 'who:knows',
              value: 'x',
              text: { type: 'plain_text', text: '?' },
            },
          ],
        },
      ],
    },
  } satisfies Posted

  await world.slack.as('onCall').click(strange, 'who:knows')
  await world.settle()

  expect(await kinds()).toEqual(before)
  expect(lastSaid('onCall')).toContain('button')
})

test('rejecting asks for a reason in a form, and the reason is on the timeline', async () => {
  const card = await proposed()

  await press('vp', card, 'reject')
  const form = await opened('vp')
  await world.slack.as('vp').submit(form, { reason: 'it is the payment provider' })
  await world.settle()

  const { rows } = await world.database.owner.query(
    `SELECT payload->>'reason' AS reason FROM timeline_events WHERE kind = 'rollback_rejected' ORDER BY at DESC LIMIT 1`,
  )
  expect(rows[0].reason).toBe('it is the payment provider')
  expect(lastSaid('onCall')).not.toBe('')
})

test('a plan with a soft blocker is approved in words only', async () => {
  world.warnings = [{ kind: 'gitops_owner', tool: 'Argo CD', name: 'checkout' }]
  const card = await proposed()

  await press('teamLead', card, 'approve')
  const form = await opened('teamLead')
  await world.slack.as('teamLead').submit(form, { reason: 'Argo CD is paused by hand' })
  await world.settle()

  const { rows } = await world.database.owner.query(
    `SELECT payload->>'acknowledged' AS words FROM timeline_events WHERE kind = 'approval_given' ORDER BY at DESC LIMIT 1`,
  )
  expect(rows[0].words).toBe('Argo CD is paused by hand')
})

test('breaking the glass asks for a justification first', async () => {
  const card = await proposed()
  await world.database.moveClock(minutes(16))

  await press('onCall', card, 'break-glass')
  const form = await opened('onCall')
  await world.slack.as('onCall').submit(form, { reason: 'nobody else answers the phone' })
  await world.settle()

  const { rows } = await world.database.owner.query(
    `SELECT payload->>'breakGlass' AS words FROM timeline_events WHERE kind = 'approval_given' ORDER BY at DESC LIMIT 1`,
  )
  expect(rows[0].words).toBe('nobody else answers the phone')
})

test('T015 a press before it was noted where the card stands counts in the incident’s channel', async () => {
  const card = await proposed()
  await world.database.owner.query('DELETE FROM surfaces')

  await press('teamLead', card, 'approve')

  expect(lastSaid('teamLead')).toContain('Approved')
})

test('whoever is refused can ask those who may, in the incident’s channel', async () => {
  const card = await proposed()
  await press('outsider', card, 'approve')
  const refusal = world.slack.ephemerals('outsider').at(-1)
  if (!refusal) throw new Error('no refusal')
  const told = (await kinds()).filter((kind) => kind === 'roles_told').length

  await press('outsider', refusal, 'ask')

  expect((await kinds()).filter((kind) => kind === 'roles_told').length).toBe(told + 1)
  expect(lastSaid('outsider')).toContain('was asked')
})

test.each([
  ['outsider', 'Not you, not now'],
  ['guest', 'Guests cannot decide'],
])(
  'no form for a reason opens for %s, who would be refused whatever they typed',
  async (who, why) => {
    const card = await proposed()
    const before = await kinds()

    await press(who, card, 'reject')

    expect(world.slack.modal(who)).toBeUndefined()
    expect(lastSaid(who)).toContain(why)
    expect((await kinds()).length).toBe(before.length + 1)
  },
)

test('a form that Slack does not let us open any more is explained, and not tried again', async () => {
  const card = await proposed()
  world.slack.faults.refuse('views.open', 'expired_trigger_id', 1)

  await press('vp', card, 'reject')

  expect(lastSaid('vp')).toContain('three seconds')
  expect(await world.waitingDeliveries()).toBe(0)
})

test('a press is answered beside the card when the address for answers is spent', async () => {
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:cancel', { confirm: true })
  await world.database.owner.query(
    `UPDATE inbox SET body = jsonb_set(body, '{response_url}', to_jsonb(replace(body->>'response_url', '/response/', '/response/x'))) WHERE done_at IS NULL`,
  )

  await world.settle()

  expect(lastSaid('onCall')).toContain('Cancelled')
})

test('T139 an address for answers that is not Slack’s is never called', async () => {
  const called: (string | undefined)[] = []
  const elsewhere = createServer((request, response) => {
    called.push(request.url)
    response.end('ok')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void elsewhere.close())
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:cancel', { confirm: true })
  await world.waitingDeliveries()
  await world.database.owner.query(
    `UPDATE inbox SET body = jsonb_set(body, '{response_url}', to_jsonb($1::text)) WHERE done_at IS NULL`,
    [`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/answers`],
  )

  await world.settle()

  expect(called).toEqual([])
  expect(lastSaid('onCall')).toContain('Cancelled')
})

test('the difference and the timeline open to be read', async () => {
  const card = await proposed()

  await press('outsider', card, 'diff')
  const diff = await opened('outsider')

  expect(JSON.stringify(diff.blocks)).toContain('PAYMENT_V2')
})

test('without a service a form opens, and what is chosen in it is proposed', async () => {
  await world.slack.as('onCall').command('/rollback', { channel: 'checkout' })
  await world.settle()
  const form = await opened('onCall')
  await world.slack.as('onCall').click(form, 'service', { value: 'payments' })
  await world.settle()
  const filled = await opened('onCall')

  await world.slack.as('onCall').submit(filled, {
    service: 'payments',
    'reason-kind': 'customer-bug',
    reason: 'baskets are empty',
    when: 'next-window',
  })
  await world.settle()

  expect(JSON.stringify(filled.blocks)).toContain('v2.2.1')
  expect(lastSaid('onCall')).toContain('payments')
  expect(lastSaid('onCall')).toContain('When: a change window is open')
  const { rows } = await world.database.owner.query(
    `SELECT payload->>'reasonKind' AS kind, payload->'window' AS window FROM timeline_events WHERE kind = 'rollback_requested' ORDER BY at DESC LIMIT 1`,
  )
  expect(rows[0]).toEqual({ kind: 'customer-bug', window: { zone: 'UTC', until: null } })
})

test.each([
  ['/rollback help', '/rollback history'],
  ['/rollback status checkout', 'checkout'],
  ['/rollback history checkout', 'v2.2.1'],
  ['/rollback chekout', 'checkout'],
  ['/rollback checkout --dry-run', 'v2.2.1'],
  ['/assess', 'I know no service'],
  ['/promote checkout', 'Countermand cannot move a canary of checkout'],
])('%s is answered privately', async (line, expected) => {
  await world.slack.as('manager').command(line, { channel: 'general' })
  await world.settle()

  expect(lastSaid('manager')).toContain(expected)
})

test('a request that waited for more than five minutes does nothing and says so', async () => {
  const card = await proposed()
  await world.slack.as('onCall').click(card, 'countermand:approve', { confirm: true })
  await world.database.moveClock(seconds(301))
  const before = await kinds()

  await world.settle()

  expect(await kinds()).toEqual(before)
  expect(lastSaid('onCall')).toContain('more than five minutes late')
})

test('T014 a press that could not be written down is answered, and nothing was done', async () => {
  const card = await proposed()
  const before = await kinds()
  world.before = () => Promise.reject(new Error('the database is away'))

  await world.slack.as('onCall').click(card, 'countermand:approve', { confirm: true })
  world.before = async () => undefined
  await world.slack.until(() => lastSaid('onCall').includes('Not recorded'))
  await world.settle()

  expect(await kinds()).toEqual(before)
})

test('a searchable list offers services by what was typed, those that begin with it first', async () => {
  const search = {
    channel: 'C0CHECKOUT',
    visibleTo: undefined,
    message: {
      type: 'message',
      ts: '1.000001',
      user: 'U0COUNTERM',
      team: 'T0EXAMPLE1',
      text: '',
      blocks: [
        {
          type: 'actions',
          block_id: 'service',
          elements: [{ type: 'external_select', action_id: 'service' }],
        },
      ],
    },
  } satisfies Posted

  const found = await world.slack.as('onCall').options(search, 'service', 'CHE')

  expect(found.map(({ value }) => value)).toEqual(['checkout'])
})

function opened(who: string): Promise<View> {
  return world.slack.until(() => world.slack.modal(who))
}

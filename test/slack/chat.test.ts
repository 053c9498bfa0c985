import { afterEach, beforeEach, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { changeOf } from '#workflows/record.ts'
import type { Channel, Posted } from '#sandbox/slack/model.ts'
import { aPolicy } from '../support/builders.ts'
import { everyEvent } from '../support/every-event.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
afterEach(() => world.close())
beforeEach(async () => {
  world = await edgeWorld()
})

const ask = () =>
  world.slack.as('onCall').command('/rollback checkout --reason errors', { channel: 'checkout' })

async function proposed(): Promise<Posted> {
  await ask()
  await world.settle()
  return card()
}

function card(): Posted {
  const found = cards().at(-1)
  if (!found) throw new Error(`no card:\n${world.slack.transcript()}`)
  return found
}
const cards = (): readonly Posted[] =>
  world.slack
    .channels()
    .flatMap(({ id }) => world.slack.messages(id))
    .filter(
      ({ message }) =>
        JSON.stringify(message.blocks ?? []).includes('countermand:timeline') ||
        JSON.stringify(message.blocks ?? []).includes('countermand:approve'),
    )

const room = (): Channel => {
  const found = world.slack.channels().find(({ name }) => name.startsWith('inc-'))
  if (!found) throw new Error('no channel')
  return found
}
const theIncident = async () => {
  const { rows } = await world.database.owner.query<{ id: string }>('SELECT id FROM streams')
  return incidentId(rows[0]?.id ?? '')
}
const waiting = async (): Promise<number> =>
  Number(
    (await world.database.owner.query(`SELECT count(*) FROM outbox WHERE state = 'waiting'`))
      .rows[0].count,
  )

/** Moves the moment at which postponed notices are due to now. */
async function later(): Promise<void> {
  await world.database.owner.query(`UPDATE outbox SET retry_at = NULL WHERE state = 'waiting'`)
  await world.settle()
}

/** A fact of the incident that the card shows as well: its card is written anew. */
async function somethingHappens(): Promise<void> {
  const incident = await theIncident()
  await world.record.decide(incident, (history, now) => ({
    change: changeOf([{ kind: 'impact_measured', figures: [], unavailable: ['error-rate'] }], {
      history,
      now,
      policy: aPolicy(),
    }),
    answer: undefined,
  }))
}

test('the channel has its topic, its people and its links, and the card is pinned', async () => {
  const posted = await proposed()
  const { topic, members, bookmarks, pins, name } = room()

  expect(name).toMatch(/^inc-checkout-/)
  expect(topic).toContain('checkout')
  expect(members).toEqual(expect.arrayContaining(['U0ONCALL01', 'U0LEAD0001']))
  expect(bookmarks.map(({ title }) => title)).toEqual(['Runbook', 'dashboard'])
  expect(pins).toContain(posted.message.ts)
})

test('the thread carries the timeline in its order, under the card', async () => {
  const posted = await proposed()
  const words = world.slack
    .replies(posted.channel, posted.message.ts)
    .map(({ message }) => world.slack.words(message))
    .filter((line) => /^\d\d:\d\d:\d\d/.test(line))

  expect(words.length).toBeGreaterThan(1)
  expect(words[0]).toContain('incident declared')
  expect(words[1]).toContain('asked for a rollback')
  // Midnight may come in between.
  const isLate = words[0]?.startsWith('23')
  const times = words.map((line) =>
    isLate && line.startsWith('00') ? `24${line.slice(2, 8)}` : line.slice(0, 8),
  )
  expect(times).toEqual(times.toSorted())
})

test('the card is edited where it stands, once a second at most', async () => {
  await world.close()
  world = await edgeWorld({}, { editEveryMs: 1_000 })
  const posted = await proposed()
  const before = edits().length
  const started = performance.now()

  for (let n = 0; n < 3; n += 1) {
    await somethingHappens()
    await world.settle()
  }
  const took = performance.now() - started

  expect(edits().length - before).toBe(3)
  expect(took).toBeGreaterThan(1_900)
  expect(cards().map(({ message }) => message.ts)).toEqual([posted.message.ts])
})

const edits = () => world.slack.calls().filter(({ method }) => method === 'chat.update')

test('T046 a card that somebody deleted is posted again', async () => {
  const posted = await proposed()
  world.slack.faults.refuse('chat.update', 'message_not_found', 1)

  await somethingHappens()
  await world.settle()
  const again = card()
  await world.slack.as('onCall').click(again, 'countermand:approve', { confirm: true })
  await world.settle()

  expect(again.message.ts).not.toBe(posted.message.ts)
  expect(await world.eventKinds()).toContain('approval_given')
})

test('T121 while Slack is away nothing is lost, and everything comes in order when it is back', async () => {
  await ask()
  await world.carryOut()
  world.slack.faults.down(true)
  await world.settle()
  const kept = await waiting()

  world.slack.faults.down(false)
  await world.settle()
  await later()

  expect(kept).toBeGreaterThan(0)
  expect(await waiting()).toBe(0)
  const first = world.slack.messages(room().id)[0]
  expect(first?.message.ts).toBe(card().message.ts)
})

test('what Slack asks to wait for is waited for', async () => {
  await ask()
  world.slack.faults.rateLimit('chat.postMessage', 30, 1)

  const { rows: clock } = await world.database.owner.query('SELECT countermand_now() AS before')
  await world.settle()
  const { rows } = await world.database.owner.query(
    `SELECT extract(epoch FROM retry_at - $1) AS after, extract(epoch FROM retry_at - countermand_now()) AS left
       FROM outbox WHERE state = 'waiting' AND retry_at IS NOT NULL`,
    [clock[0].before],
  )

  expect(Number(rows[0].after)).toBeGreaterThan(29.9)
  expect(Number(rows[0].left)).toBeLessThanOrEqual(30)
})

test('T082 what was put off for Slack’s sake is said when its time has come', async () => {
  await ask()
  world.slack.faults.rateLimit('chat.postMessage', 1, 1)
  await world.settle()

  const left = async () => {
    await later()
    return waiting()
  }

  await expect.poll(left).toBe(0)
  const { rowCount } = await world.database.owner.query('SELECT FROM outbox WHERE attempts > 0')
  expect(rowCount).toBeGreaterThan(0)
})

test('T070 a message whose blocks Slack does not take is said in plain words', async () => {
  world.slack.faults.refuse('chat.postMessage', 'invalid_blocks', 1)

  await ask()
  await world.settle()
  const [refused, plain] = world.slack
    .calls()
    .filter(({ method }) => method === 'chat.postMessage')
    .map(({ args }) => args)

  expect(refused?.['blocks']).not.toEqual([])
  expect(plain?.['text']).toEqual(refused?.['text'])
  expect(JSON.stringify(plain?.['blocks'] ?? [])).not.toContain('section')
  expect(card().message.text).toContain('checkout')
})

test('T126 when the channel was archived, it is said where announcements go', async () => {
  await proposed()
  world.slack.faults.refuse('chat.update', 'is_archived')
  world.slack.faults.refuse('chat.postMessage', 'is_archived', 1)

  await somethingHappens()
  await world.settle()
  world.slack.faults.clear()
  await later()

  const elsewhere = cards().filter(({ channel }) => channel === 'C0INCIDENT')
  expect(elsewhere.length).toBe(1)
  expect(await waiting()).toBe(0)
})

test.each(['token_revoked', 'account_inactive'])(
  'T126 while Slack answers %s the decision counts and the rollback goes on; everything is told when it is over',
  async (refusal) => {
    await proposed()
    for (const method of ['chat.update', 'chat.postMessage', 'chat.postEphemeral'])
      world.slack.faults.refuse(method, refusal)

    await world.slack.as('onCall').click(card(), 'countermand:approve', { confirm: true })
    await world.settle()
    expect(await world.eventKinds()).toContain('approval_given')
    expect(await waiting()).toBeGreaterThan(0)

    world.slack.faults.clear()
    await later()
    expect(await waiting()).toBe(0)
    expect(world.slack.words(card().message)).toMatch(/approved/i)
  },
)

test('T126 a bot that was taken out of a channel comes back to it', async () => {
  await proposed()
  world.slack.faults.refuse('chat.postMessage', 'not_in_channel', 1)
  const before = world.slack.messages(room().id).length

  await somethingHappens()
  await world.settle()

  expect(world.slack.calls().some(({ method }) => method === 'conversations.join')).toBe(true)
  expect(world.slack.messages(room().id).length).toBeGreaterThan(before)
  expect(await waiting()).toBe(0)
})

test('what was captured of the bad version is put under the card, each piece a file', async () => {
  await proposed()
  await world.slack.as('onCall').click(card(), 'countermand:approve', { confirm: true })
  await world.carryOut()
  const incident = await theIncident()
  const { rows } = await world.database.owner.query(
    `SELECT payload->>'rollback' AS id FROM timeline_events WHERE kind = 'approval_given'`,
  )
  const kept = await world.evidence.keep(incident, rows[0].id, {
    name: 'checkout-1/previous logs',
    kind: 'previous-logs',
    text: 'panic: no payment provider',
  })
  await world.record.decide(incident, (history, now) => ({
    change: changeOf(
      [
        {
          kind: 'evidence_captured',
          items: [{ name: 'checkout-1/previous logs', ...kept }],
          failed: [],
        },
      ],
      { history, now, policy: aPolicy() },
    ),
    answer: undefined,
  }))

  await world.settle()

  const [file] = world.slack.files()
  expect(file?.content.toString()).toBe('panic: no payment provider')
  expect(file?.file.title).toBe('checkout-1/previous logs')
})

test('nobody is called to decide what automation has decided meanwhile', async () => {
  await proposed()
  await world.record.decide(await theIncident(), (history, now) => {
    const decided = rollbacksOf(history).map(({ id }) => ({
      ...everyEvent.automation_approved,
      rollback: id,
    }))
    const events = [everyEvent.decision_overdue, ...decided]
    return { change: changeOf(events, { history, now, policy: aPolicy() }), answer: undefined }
  })
  await world.settle()

  const told = world.slack.transcript()
  expect(told).toContain('nobody has decided within 2 min')
  expect(told).not.toContain('please look as well')
})

test('a name that is taken gets a number', async () => {
  world.slack.faults.refuse('conversations.create', 'name_taken', 1)

  await proposed()

  expect(room().name).toMatch(/^inc-checkout-.*-2$/)
})

test('when no channel may be created, the service’s own is used', async () => {
  world.slack.faults.refuse('conversations.create', 'restricted_action')

  const posted = await proposed()

  expect(posted.channel).toBe('C0CHECKOUT')
})

test('announcements go where they are configured to go, and are on the timeline', async () => {
  await proposed()
  const said = world.slack.messages('incidents').map(({ message }) => world.slack.words(message))

  expect(said.join('\n')).toContain('checkout')
  expect(await world.eventKinds()).toContain('announced')
})

test('by configuration the service’s own channel is used', async () => {
  await world.close()
  world = await edgeWorld({ incidentChannels: 'service' })

  const posted = await proposed()

  expect(posted.channel).toBe('C0CHECKOUT')
  expect(world.slack.channels().some(({ name }) => name.startsWith('inc-'))).toBe(false)
})

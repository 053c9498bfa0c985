import { afterEach, beforeEach, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { outbox } from '#postgres/outbox.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { changeOf } from '#workflows/record.ts'
import { aPolicy } from '../support/builders.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
afterEach(() => world.close())
beforeEach(async () => {
  world = await edgeWorld()
})

async function proposed(): Promise<Posted> {
  await world.slack
    .as('onCall')
    .command('/rollback checkout --reason errors', { channel: 'checkout' })
  await world.settle()
  return card()
}
const room = () => {
  const found = world.slack.channels().find(({ name }) => name.startsWith('inc-'))
  if (!found) throw new Error('no channel')
  return found
}
function card(): Posted {
  const found = world.slack
    .messages(room().id)
    .find(({ message }) => room().pins.includes(message.ts))
  if (!found) throw new Error(`no card:\n${world.slack.transcript()}`)
  return found
}
const words = (): string => world.slack.words(card().message)
const redraw = async (): Promise<number> => {
  const count = await outbox(world.database.pools.work).redraw()
  await world.settle()
  return count
}
/** As a replica would that was cut off, and whose last words arrive late. */
const overwrite = async ({ channel, message }: Posted): Promise<void> => {
  const said = await fetch(`${world.slack.apiUrl}chat.update`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer xoxb-pretend-token-for-tests',
    },
    body: JSON.stringify({ channel, ts: message.ts, text: 'Rolled back and well.' }),
  })
  expect(await said.json()).toMatchObject({ ok: true })
}

test('T129 a card that shows something else than the record is drawn again from it', async () => {
  const posted = await proposed()
  const before = words()
  await overwrite(posted)
  expect(words()).toBe('Rolled back and well.')

  await redraw()

  expect(words()).toBe(before)
  expect(card().message.ts).toBe(posted.message.ts)
})

test('T129 an edit whose answer was lost, or that did not arrive, is made again until the card shows the record', async () => {
  await proposed()
  world.slack.faults.loseAnswer('chat.update', 1)
  world.slack.faults.status('chat.update', 503, 1)
  await world.slack.as('onCall').click(card(), 'countermand:cancel', { confirm: true })

  await world.settle()
  for (let round = 0; round < 3; round += 1) {
    await world.database.owner.query(`UPDATE outbox SET retry_at = NULL WHERE state = 'waiting'`)
    await world.settle()
  }

  expect(await world.eventKinds()).toContain('rollback_cancelled')
  expect(words()).toContain('cancelled')
})

test('cards of incidents that ended a while ago are left alone', async () => {
  await proposed()
  const { rows } = await world.database.owner.query<{ id: string }>('SELECT id FROM streams')
  await world.record.decide(incidentId(rows[0]?.id ?? ''), (history, now) => ({
    change: changeOf([{ kind: 'incident_closed', by: 'countermand', because: 'quiet' }], {
      history,
      now,
      policy: aPolicy(),
    }),
    answer: undefined,
  }))
  await world.settle()

  const soon = await redraw()
  await world.database.owner.query(
    `UPDATE streams SET closed_at = closed_at - interval '16 minutes'`,
  )
  const later = await redraw()

  expect(soon).toBe(1)
  expect(later).toBe(0)
})

test('a card that still waits to be shown is not queued twice', async () => {
  await proposed()

  const first = await outbox(world.database.pools.work).redraw()
  const second = await outbox(world.database.pools.work).redraw()

  expect([first, second]).toEqual([1, 0])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { minutes } from '#domain/time.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
})
afterAll(() => world.close())

async function types(line: string, channel: string, who = 'onCall'): Promise<string> {
  await world.slack.as(who).command(line, { channel })
  await world.settle()
  return world.lastSaid(who)
}
const verdicts = (channel: string) =>
  world.slack
    .messages(channel)
    .filter(({ message }) => message.text.includes('I cannot say how checkout is'))

test('is for everybody in the channel, once however often Slack sends it, with nothing said twice', async () => {
  await types('/assess checkout', 'checkout')

  expect(verdicts('checkout')).toHaveLength(1)
})

test('is for the person alone where the bot is no member', async () => {
  expect(await types('/assess checkout', 'hall')).toContain('I cannot say how checkout is')
  expect(verdicts('hall')).toEqual([])
})

test('whoever sees it alone is shown the new one after a press, and what a watch came to in direct messages', async () => {
  await types('/assess checkout', 'hall')
  const shown = world.slack.ephemerals('onCall').at(-1)
  if (!shown) throw new Error(world.slack.transcript())

  await world.slack.as('onCall').click(shown, 'Watch for 15 min')
  await world.settle()
  const [answer, card] = world.slack.ephemerals('onCall').slice(-2)
  expect(answer && world.slack.words(answer.message)).toContain('once a minute')
  expect(card && world.slack.words(card.message)).toContain('[Stop watching]')

  await world.database.moveClock(minutes(15))
  const { rows } = await world.database.owner.query<{ id: string }>(
    `SELECT id FROM streams WHERE wake_at <= countermand_now() AND kind = 'assessment'`,
  )
  for (const { id } of rows)
    await world.workflows.reassess(incidentId(id), new AbortController().signal)
  await world.settle()
  const direct = world.slack.channels().filter(({ isIm }) => isIm)
  const said = direct
    .flatMap(({ id }) => world.slack.messages(id))
    .map(({ message }) => message.text)
  expect(said.join('\n')).toContain('the watch of checkout is over: 1 look, it stayed')
})

test.each(['guest', 'external'])('may press nothing, being a %s', async (who) => {
  await types('/assess checkout', 'checkout')
  const answer = verdicts('checkout').at(-1)
  if (!answer) throw new Error(world.slack.transcript())

  await world.slack.as(who).click(answer, 'Watch for 15 min')
  await world.settle()

  expect(world.lastSaid(who)).toMatch(/cannot ask for a rollback/)
  expect(world.slack.words(verdicts('checkout').at(-1)?.message ?? answer.message)).toContain(
    '[Watch for 15 min]',
  )
})

test('a form that was opened for one thing does nothing else', async () => {
  await types('/assess checkout', 'checkout')
  const answer = verdicts('checkout').at(-1)
  if (!answer) throw new Error(world.slack.transcript())
  await world.slack.as('onCall').click(answer, 'Not an incident…')
  await world.settle()
  const form = world.slack.modal('onCall')
  if (!form) throw new Error('no form is open')

  await world.slack
    .as('onCall')
    .submit({ ...form, callback_id: 'countermand:modal:impact' }, { reason: 'something else' })
  await world.settle()

  expect(world.lastSaid('onCall')).toContain('that assessment')
})

test.each(['guest', 'external'])('shows a %s nothing', async (who) => {
  const before = verdicts('incidents').length

  expect(await types('/assess checkout', 'incidents', who)).toMatch(/cannot ask for a rollback/)
  expect(verdicts('incidents')).toHaveLength(before)
})

test('offers the form with the service chosen and what it would come to; nothing is proposed by opening it', async () => {
  await types('/assess checkout', 'checkout')
  const answer = verdicts('checkout').at(-1)
  if (!answer) throw new Error(world.slack.transcript())

  await world.slack.as('teamLead').click(answer, 'countermand:start-rollback')
  await world.settle()

  const form = JSON.stringify(world.slack.modal('teamLead'))
  expect(form).toContain('"initial_option":{"value":"checkout"')
  expect(form).toContain('now running v2.3.0')
  expect(form).toContain('v2.2.1')
  expect(world.slack.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([])
})

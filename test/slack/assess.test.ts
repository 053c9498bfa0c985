import { afterAll, beforeAll, expect, test } from 'vitest'
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

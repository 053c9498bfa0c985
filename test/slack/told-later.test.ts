import { afterEach, expect, test } from 'vitest'
import { seconds } from '#domain/time.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
afterEach(() => world.close())

/** Asked and acknowledged; then Slack goes away, and comes back after it was tried to answer. */
async function askedWhileAway(): Promise<readonly string[]> {
  const { slack } = world
  const before = slack.ephemerals('onCall').length
  slack.faults.down(true)
  await expect(world.carryOut()).rejects.toThrow('fetch failed')
  slack.faults.down(false)
  await world.carryOut()
  return slack
    .ephemerals('onCall')
    .slice(before)
    .map(({ message }) => slack.words(message))
}
const asks = () =>
  world.slack.as('onCall').command('/rollback status checkout', { channel: 'checkout' })

test('that nothing was decided, for it came too late, is told once Slack can be reached', async () => {
  world = await edgeWorld()
  await asks()
  await world.database.moveClock(seconds(360))

  const said = await askedWhileAway()

  expect(said).toEqual([expect.stringContaining('nothing was decided by it')])
  expect(await world.waitingDeliveries()).toBe(0)
})

test('so is that somebody asks too often', async () => {
  world = await edgeWorld({}, { perMinute: 1 })
  await asks()
  await world.settle()
  await asks()

  const said = await askedWhileAway()

  expect(said).toEqual([expect.stringContaining('Wait a minute, then try again')])
  expect(await world.waitingDeliveries()).toBe(0)
})

test('what Slack refuses to take for good is not tried again', async () => {
  world = await edgeWorld()
  // No address of Slack's: it is not asked.
  world.slack.setReachedAt('http://127.0.0.1:9')
  await asks()
  await world.database.moveClock(seconds(360))
  for (const method of ['chat.postEphemeral', 'chat.postMessage'])
    world.slack.faults.refuse(method, 'user_not_found')

  await world.carryOut()

  expect(await world.waitingDeliveries()).toBe(0)
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { TenureOver } from '#ports/tenure.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeEach(async () => {
  world = await edgeWorld()
})
afterEach(() => world.close())

const onCall = 'U0ONCALL01'
const isLost = async () => {
  world.isTakenOver = true
  throw new TenureOver('it may have been taken over')
}

test('T105 whoever lost a request while looking says nothing of it, and whoever has it carries it out', async () => {
  await world.slack
    .as(onCall)
    .command('/rollback checkout --reason "errors"', { channel: 'checkout' })
  world.looking = isLost
  await expect(world.carryOut()).rejects.toThrow(TenureOver)
  expect(world.slack.ephemerals(onCall)).toEqual([])
  expect(await world.waitingDeliveries()).toBe(1)

  world.isTakenOver = false
  world.looking = async () => undefined
  await world.settle()

  expect(world.lastSaid(onCall)).toMatch(/^Rollback of/)
  expect(await world.eventKinds()).toContain('rollback_requested')
})

test('T105 whoever lost a request while answering does not count it as done', async () => {
  await world.slack
    .as(onCall)
    .command('/rollback checkout --reason "errors"', { channel: 'checkout' })
  const answered = world.slack.until(() => {
    world.isTakenOver ||= world.slack.ephemerals(onCall).length > 0
    return world.isTakenOver
  }, 60_000)
  await expect(world.carryOut()).rejects.toThrow(TenureOver)
  await answered
  expect(await world.waitingDeliveries()).toBe(1)

  world.isTakenOver = false
  await world.settle()

  // Told twice rather than never, and done once.
  expect(world.lastSaid(onCall)).toMatch(/^Rollback of/)
  const kinds = await world.eventKinds()
  expect(kinds.filter((kind) => kind === 'rollback_requested')).toHaveLength(1)
  expect(await world.waitingDeliveries()).toBe(0)
})

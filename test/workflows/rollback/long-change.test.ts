import { afterAll, beforeAll, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Approved, and in the middle of a change that takes long. */
async function inTheMiddle() {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  await rollback.approve()
  const held = Promise.withResolvers<void>()
  scene.platform.held = held
  const advancing = rollback.advance()
  await expect.poll(rollback.kinds).toContain('step_started')
  return { ...scene, held, rollback, advancing }
}

test('a change that takes long does not hold up what somebody decides meanwhile: it is broken off, and made once in the end', async () => {
  const { platform, held, rollback, advancing } = await inTheMiddle()

  const answer = await rollback.flows.collapse({
    ...rollback.click(people.onCall),
    reason: 'the rest can go at once',
  })
  await expect.poll(() => platform.brokenOff).toBe(1)
  platform.held = undefined
  held.resolve()
  await advancing

  expect(answer.kind).toBe('decided')
  expect(platform.made).toEqual(['.0.collapse → v2.2.1'])
  expect((await rollback.state()).phase).toBe('verifying')
})

test('while a change takes long its budget is noted, and it goes on', async () => {
  const { platform, held, rollback, advancing } = await inTheMiddle()

  await database.moveClock(minutes(40))
  await expect.poll(rollback.kinds).toContain('budget_spent')
  held.resolve()
  await advancing

  expect(platform.brokenOff).toBe(0)
  expect(platform.made).toEqual(['.0 → v2.2.1'])
  expect(await rollback.kinds()).toEqual(expect.arrayContaining(['step_applied']))
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonId } from '#domain/ids.ts'
import { workflows } from '#workflows/index.ts'
import { changeOfPromotion } from '#workflows/promotion/record.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aDelivery, propose } from '../cast.ts'
import { promoting, until } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Promoted in full by one move; what served before keeps its pods. */
async function promoted() {
  const one = await promoting(database)
  const { platform } = one
  Object.assign(platform, { share: 0, stops: [100], leaves: 'checkout-green' })
  await one.advance()
  await one.approve()
  await one.advance()
  expect(await one.state()).toMatchObject({
    ended: { outcome: 'promoted' },
    leftover: { phase: 'kept', why: undefined },
  })
  return {
    ...one,
    takenAway: () => platform.made.filter((made) => made.startsWith('.leftover')).length,
    /** As if the process had ended right after it said what it is about to do. */
    async begins() {
      const { timeline, policy } = one.scene.world
      const { service } = await one.state()
      const event = { kind: 'leftover_removal_begun', promotion: one.id, service } as const
      const history = await one.history()
      const writing = { history, now: await timeline.now(), policy }
      await timeline.append(one.id, history.length, changeOfPromotion([event], writing))
    },
  }
}

test('what is left behind is taken away once, after its time, also when whoever began that is gone', async () => {
  const { passes, takenAway, state } = await promoted()
  await passes(4)
  expect(takenAway()).toBe(0)

  await passes(2)
  expect(takenAway()).toBe(1)
  expect((await state()).leftover?.phase).toBe('removed')
  await passes(5)
  expect(takenAway()).toBe(1)

  const crashed = await promoted()
  await crashed.begins()
  await crashed.advance()
  expect(crashed.takenAway()).toBe(1)
  expect((await crashed.state()).leftover?.phase).toBe('removed')
})

test('while an incident is open it stays, and that is said once', async () => {
  const { scene, passes, takenAway, kinds, state } = await promoted()
  await propose(scene)

  await passes(6)
  await passes(2)

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({
    phase: 'kept',
    why: expect.stringMatching(/^an incident of checkout-\d+ is open$/),
  })
  expect((await kinds()).filter((kind) => kind === 'leftover_kept')).toHaveLength(1)
})

test('a rollback that is asked for while it goes has its workload at once, and what is left stays, also when the platform answers again', async () => {
  const { scene, platform, begins, advance, takenAway, state } = await promoted()
  await begins()
  platform.isAway = true
  const going = advance()
  await until(async () => platform.unanswered > 0)

  const { state: rollback } = await propose(scene)
  expect((await rollback()).phase).toBe('awaiting_approval')
  platform.isAway = false
  await going
  await advance()

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({ phase: 'kept' })
})

test('what was begun is given up after its time, however often it is begun anew', async () => {
  const { platform, begins, passes, state } = await promoted()
  platform.isAway = true
  await begins()

  await passes(11)

  expect(platform.unanswered).toBe(1)
  expect((await state()).leftover).toMatchObject({ phase: 'left', why: 'connection refused' })
})

test('whoever has a role keeps it, and then it never goes', async () => {
  const { scene, id, passes, takenAway, state } = await promoted()
  const flows = workflows(scene.world)
  const click = (by: PersonId) => ({ by, promotion: id, delivery: aDelivery() })

  expect(await flows.keepLeft(click(people.outsider))).toMatchObject({ kind: 'promotion_refused' })
  expect(await flows.keepLeft(click(people.onCall))).toMatchObject({ kind: 'promotion_decided' })
  expect(await flows.keepLeft(click(people.onCall))).toMatchObject({
    kind: 'promotion_refused',
    refusal: { kind: 'nothing_left' },
  })
  await passes(6)

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({ phase: 'left', keptBy: people.onCall })
})

test('what the platform refuses is left, with its reason', async () => {
  const { platform, passes, state } = await promoted()
  platform.generation += 1

  await passes(6)

  expect((await state()).leftover).toMatchObject({
    phase: 'left',
    why: 'somebody moved it meanwhile',
  })
})

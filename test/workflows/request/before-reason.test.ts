import { afterAll, beforeAll, expect, test } from 'vitest'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { aDelivery, propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('whoever may decide is asked for the reason, and nothing is written for that', async () => {
  const { flows, rollback, kinds } = await propose(await aScene(database))
  const before = await kinds()
  const click = { by: people.onCall, rollback, delivery: aDelivery() }

  expect(await flows.beforeReason(click, 'reject')).toBeUndefined()
  expect(await kinds()).toEqual(before)
})

test.each([
  ['reject', 'not_a_member', people.outsider],
  ['undo', 'nothing_to_decide', people.onCall],
  ['lift-freeze', 'nothing_to_decide', people.teamLead],
  ['widen-freeze', 'nothing_to_decide', people.teamLead],
] as const)(
  'who would be refused for %s hears it first, and once: %s',
  async (control, kind, by) => {
    const { flows, rollback, kinds } = await propose(await aScene(database))
    const before = await kinds()
    const click = { by, rollback, delivery: aDelivery() }

    const first = await flows.beforeReason(click, control)
    const again = await flows.beforeReason(click, control)

    expect(first).toMatchObject({ kind: 'refused', decided: control, refusal: { kind } })
    expect(again).toEqual(first)
    expect(await kinds()).toEqual([...before, 'decision_refused'])
  },
)

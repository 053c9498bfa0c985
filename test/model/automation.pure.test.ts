import fc from 'fast-check'
import { expect, test } from 'vitest'
import { automation } from '../support/history-checker/automation.ts'
import { handClock } from './approval/hand-clock.ts'
import { memoryTimeline } from './approval/memory-timeline.ts'
import { aShop, type Shop, versions } from './automation/shop.ts'

/** More of them by hand: MODEL_RUNS=1000. */
const runs = Number(process.env['MODEL_RUNS'] ?? 20)
const version = fc.constantFrom(...versions)
type Act = (shop: Shop) => unknown
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: version.map((one) => (shop: Shop) => shop.deploy(one)) },
  { weight: 3, arbitrary: version.map((one) => (shop: Shop) => shop.sicken(one)) },
  { weight: 1, arbitrary: version.map((one) => (shop: Shop) => shop.heal(one)) },
  {
    weight: 8,
    arbitrary: fc.integer({ min: 1, max: 14 }).map((count) => (shop: Shop) => shop.passes(count)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('cancel', 'approve', 'pause', 'reject', 'undo')
      .map((what) => (shop: Shop) => shop.press(what)),
  },
  { weight: 1, arbitrary: fc.constant((shop: Shop) => shop.ask()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('on', 'off').map((to) => (shop: Shop) => shop.switches(to)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()).map(
      ([calls, isAfter]) =>
        (shop: Shop) =>
          shop.failIn(calls, isAfter),
    ),
  },
)

test('whatever is deployed, pressed, switched or crashes: never twice for a version, never a rollback of a rollback, never past a countdown', async () => {
  let decided = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 30, size: 'max' }), async (acts) => {
      const clock = handClock()
      const shop = aShop(
        memoryTimeline(() => clock.now()),
        clock,
      )
      await shop.start()
      // Each run has seen one, whatever comes after it.
      shop.sicken('v3')
      shop.deploy('v3')
      await shop.passes(12)
      for (const one of acts) await one(shop)
      const stories = (await shop.histories()).filter((story) => !story.isAutomation)
      decided += stories
        .flatMap(({ history }) => history)
        .filter(({ event }) => event.kind === 'automation_approved').length

      expect(automation(stories)).toEqual([])
    }),
    { numRuns: runs },
  )
  expect(decided).toBeGreaterThanOrEqual(runs)
})

test('a version that is bad at once is counted down once however often it fails, and the third in a day switches automation off', async () => {
  const clock = handClock()
  const shop = aShop(
    memoryTimeline(() => clock.now()),
    clock,
  )
  await shop.start()
  for (const bad of ['v3', 'v4', 'v5'] as const) {
    shop.sicken(bad)
    shop.failIn(3, true)
    shop.deploy(bad)
    await shop.passes(20)
  }
  // Nothing is rolled back by itself any more, and nobody forgets why.
  shop.sicken('v1')
  shop.deploy('v1')
  await shop.passes(20)
  const events = (await shop.histories()).flatMap(({ history }) =>
    history.map(({ event }) => event),
  )
  const approved = events.filter(({ kind }) => kind === 'automation_approved')
  const switched = events.filter(
    (event) => event.kind === 'automation_switched' && event.isBreaker === true,
  )

  expect(approved).toHaveLength(3)
  expect(switched).toHaveLength(1)
})

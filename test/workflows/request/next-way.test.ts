import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer } from '#domain/communication/answer.ts'
import type { WayKind } from '#domain/rollback/ways.ts'
import { hours, minutes, seconds } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import { aStep, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const refusal = (answer: Answer) => (answer.kind === 'refused' ? answer.refusal.kind : answer.kind)

interface Setup {
  readonly isUndoOpen?: () => boolean
  readonly order?: readonly WayKind[]
}

/** A service whose traffic can be shifted, which changes nothing that runs; and undone, if that is open. */
async function twoWays({ isUndoOpen = () => true, order }: Setup = {}) {
  const scene = await aScene(database)
  const { platform, world, service } = scene
  const [name, inner] = [...world.executors][0] ?? []
  if (!name || !inner) throw new Error('there is no executor')
  const executor: Executor = {
    ...inner,
    async route(...args) {
      const route = await inner.route(...args)
      return isUndoOpen()
        ? route
        : { ...route, steps: [], blockers: [{ kind: 'unsupported', why: 'it is closed' }] }
    },
    async ways(target, observed, to, _strategy, operation, signal) {
      const route = await inner.route(target, observed, to, operation, signal)
      const change = { set: platform.running, expect: platform.generation, atOnce: false }
      const undo = { set: platform.running, expect: null, atOnce: true }
      return [
        {
          ...route,
          steps: [aStep('traffic shifted', { change, undo, settles: 'requests' })],
          collapse: [],
          collapseHow: null,
          mechanism: 'mesh-reroute',
          how: 'weights',
          expectedMicros: seconds(2),
        },
      ]
    },
  }
  return {
    ...scene,
    world: {
      ...world,
      executors: new Map([[name, executor]]),
      catalogue: new Map([
        [service.id, { ...service, ...(order ? { mechanismOrder: order } : {}) }],
      ]),
    },
  }
}

/** Approved, under way, and past the budget of its mechanism. */
async function spent(scene: Awaited<ReturnType<typeof twoWays>>) {
  const rollback = await propose(scene)
  await rollback.approve()
  scene.platform.stalled = true
  const working = rollback.advance()
  await expect.poll(async () => (await rollback.state()).phase).toBe('settling')
  expect(refusal(await rollback.flows.nextWay(rollback.click(people.executive)))).toBe(
    'nothing_to_decide',
  )
  await database.moveClock(seconds(11))
  await expect.poll(rollback.kinds).toContain('budget_spent')
  return { rollback, working }
}

test('a spent budget offers the next way, to one level more; it is planned anew, approved anew, and has a budget of its own', async () => {
  const scene = await twoWays()
  const { rollback, working } = await spent(scene)
  expect((await rollback.state()).plan).toMatchObject({
    mechanism: 'mesh-reroute',
    budgetMicros: seconds(10),
    ways: {
      because: 'first_in_time',
      others: [{ mechanism: 'deployment-undo', isOpen: true, why: 'later in the order' }],
    },
  })

  expect(refusal(await rollback.flows.nextWay(rollback.click(people.onCall)))).toBe('not_now')
  expect(refusal(await rollback.flows.nextWay(rollback.click(people.teamLead)))).toBe('decided')
  await working
  await rollback.advance()

  const planned = await rollback.state()
  expect(planned).toMatchObject({
    phase: 'awaiting_approval',
    left: ['mesh-reroute'],
    approvals: [],
  })
  expect(planned.plan).toMatchObject({
    mechanism: 'deployment-undo',
    ways: {
      others: [{ mechanism: 'mesh-reroute', isOpen: false, why: 'already tried in this rollback' }],
    },
  })
  expect(refusal(await rollback.approve(people.onCall))).toBe('not_now')
  await rollback.approve(people.teamLead)
  const again = rollback.advance()
  await expect.poll(async () => (await rollback.state()).phase).toBe('settling')
  await database.moveClock(seconds(20))
  scene.platform.stalled = false
  await again

  expect((await rollback.state()).phase).toBe('verifying')
  expect(scene.platform).toMatchObject({
    running: 'v2.2.1',
    made: ['.0 → v2.3.0', '.0.way2 → v2.2.1'],
  })
  expect((await rollback.kinds()).filter((kind) => kind === 'budget_spent')).toHaveLength(1)
})

test.for(['rejected', 'expired', 'not possible'] as const)(
  'when the other way is %s, the rollback does not look as if nothing had happened',
  async (what) => {
    let isOpen = true
    const scene = await twoWays({ isUndoOpen: () => isOpen })
    const { rollback, working } = await spent(scene)
    if (what === 'not possible') isOpen = false
    await rollback.flows.nextWay(rollback.click(people.teamLead))
    await working
    await rollback.advance()
    if (what === 'rejected')
      await rollback.flows.reject({ ...rollback.click(people.teamLead), reason: 'no' })
    if (what === 'expired') {
      await database.moveClock(hours(2))
      await rollback.advance()
    }

    const state = await rollback.state()
    expect(state).toMatchObject({ phase: 'failed', plan: { mechanism: 'mesh-reroute' } })
    expect(state.failure?.message).toMatch(
      /^the other way was (rejected|not decided on in time|not possible)/,
    )
    expect(await scene.world.timeline.holder(state.workload)).toBeDefined()

    await rollback.flows.undo({ ...rollback.click(people.vp), reason: 'it made things worse' })
    scene.platform.stalled = false
    await rollback.advance()
    expect((await rollback.state()).phase).toBe('undone')
  },
)

test('a service’s own order puts the undo first, and a closed way is never taken', async () => {
  const own = await propose(await twoWays({ order: ['undo'] }), { severity: 'medium' })
  expect((await own.state()).plan).toMatchObject({ mechanism: 'deployment-undo' })

  const closed = await propose(await twoWays({ order: ['undo'], isUndoOpen: () => false }))
  expect((await closed.state()).plan).toMatchObject({
    mechanism: 'mesh-reroute',
    ways: { because: 'only_open', others: [{ isOpen: false, why: 'it is closed' }] },
  })
})

test('an undo that is too slow for the strategy gives way to a faster one, whatever the order', async () => {
  const rollback = await propose(await twoWays({ order: ['undo'] }), { severity: 'critical' })

  expect((await rollback.state()).plan).toMatchObject({
    mechanism: 'mesh-reroute',
    ways: {
      strategy: 'immediate',
      others: [
        {
          mechanism: 'deployment-undo',
          expectedMicros: minutes(1),
          why: 'too slow for the strategy',
        },
      ],
    },
  })
})

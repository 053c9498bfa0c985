import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPromotion, serviceId, workloadId } from '#domain/ids.ts'
import type { Executor } from '#ports/executor.ts'
import type { Timeline } from '#ports/store.ts'
import { aService, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aDelivery, propose } from '../cast.ts'
import { atGate, promoting, until } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('an approval is bound to the figures that were shown', async () => {
  const { flows, click, state, platform, passes } = await atGate(database)
  const shown = (await state()).look?.digest
  platform.errors.canary = 0.00105
  await passes(6)

  const answer = await flows.promote({ ...click(people.teamLead), digest: shown ?? ('' as never) })

  expect(answer).toMatchObject({ refusal: { kind: 'changed' } })
})

test('a canary that was changed between approval and start is left as it is', async () => {
  const { approve, advance, platform, state } = await atGate(database)
  await approve()
  platform.generation += 1
  await advance()

  expect(platform.made).toEqual([])
  expect(await state()).toMatchObject({ phase: 'watching', leg: undefined })
})

test('an approval that was not acted on in time is void', async () => {
  const { approve, passes, platform, kinds } = await atGate(database)
  await approve()
  await passes(6)

  expect(platform.made).toEqual([])
  expect(await kinds()).toContain('promotion_voided')
})

test('what its platform would move by itself is stopped there, too', async () => {
  const { flows, click, advance, platform, state, kinds } = await atGate(database)
  platform.movesByItself = true
  await flows.holdCanary({ ...click(people.onCall), turn: 0 }, 'hold')
  await advance()

  expect(platform.made).toEqual(['.1.0 → 1 %'])
  expect((await kinds()).filter((kind) => kind === 'canary_hold_placed')).toHaveLength(1)
  expect(await state()).toMatchObject({ phase: 'watching', held: { by: people.onCall } })
})

test('the canary is taken away while it is still coming up', async () => {
  const { flows, click, approve, advance, platform, state } = await atGate(database)
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')
  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  platform.stalled = false
  await under
  await advance()

  expect(platform.made).toEqual(['.1.0 → 10 %', '.2.0 → 0 %'])
  expect(await state()).toMatchObject({ ended: { outcome: 'taken_away' } })
})

test('nothing is moved while a rollback of the workload is under way', async () => {
  const { scene, approve, advance, platform, state } = await atGate(database)
  await propose(scene)
  await approve()
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).voided?.why).toBe('a rollback of the service is under way')
})

test('a rollback waits for no canary: the move is stopped, and what was made stays', async () => {
  const { scene, approve, advance, platform, state, kinds } = await atGate(database)
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')

  await propose(scene)
  await under

  expect(await kinds()).toContain('promotion_stopped')
  expect(await state()).toMatchObject({ phase: 'watching', leg: undefined })
  expect(platform.share).toBe(10)
})

test('whoever stopped the move for a rollback and died before asking for it asks for it once when it is tried again, and stops nothing twice', async () => {
  const { scene, approve, advance, platform, state, kinds } = await atGate(database)
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')
  const { timeline } = scene.world
  const dying: Timeline = {
    ...timeline,
    async decide(stream, decide) {
      const answer = await timeline.decide(stream, decide)
      if (isPromotion(stream)) throw new Error('killed')
      return answer
    },
  }
  const delivery = aDelivery()
  const dead = { ...scene, world: { ...scene.world, timeline: dying } }
  await expect(propose(dead, {}, delivery)).rejects.toThrow('killed')
  expect(await kinds()).toContain('promotion_stopped')
  expect(await timeline.openIncidents(scene.service.id)).toEqual([])

  const { asked } = await propose(scene, {}, delivery)
  await under
  const again = await propose(scene, {}, delivery)

  expect(again.asked).toMatchObject({ incident: asked.incident, rollback: asked.rollback })
  expect((await kinds()).filter((kind) => kind === 'promotion_stopped')).toHaveLength(1)
  expect(platform.share).toBe(10)
})

test('a rollback of another service, for which this one stands still, stops the move, and the promotion says whose it was', async () => {
  const { scene, approve, advance, platform, state, history } = await atGate(database)
  const { world, service } = scene
  const [target] = service.targets
  if (!target) throw new Error('no target')
  const schema = aService({
    ...service,
    id: serviceId(`${service.id}-db`),
    targets: [{ ...target, workload: workloadId(`${service.id}-db`) }],
  })
  const executors = [...world.executors].map(([kind, executor]): [string, Executor] => [
    kind,
    {
      ...executor,
      route: async (...asked) => ({
        ...(await executor.route(...asked)),
        stops: [{ service: service.id, target }],
      }),
    },
  ])
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')

  await propose({
    ...scene,
    service: schema,
    world: {
      ...world,
      catalogue: new Map([...world.catalogue, [schema.id, schema]]),
      executors: new Map(executors),
    },
  })
  await under

  expect((await history()).map(({ event }) => event)).toContainEqual(
    expect.objectContaining({
      kind: 'promotion_stopped',
      why: `a rollback of ${schema.id}, for which ${service.id} stands still, was asked for`,
    }),
  )
})

test('a change whose answer was lost is made once', async () => {
  const { approve, advance, platform, state } = await atGate(database)
  platform.answersLost = 1
  await approve()
  await advance()

  expect(platform.made).toEqual(['.1.0 → 10 %'])
  expect((await state()).step.share).toBe(10)
})

test('a change that is refused is left to people, who try it again', async () => {
  const { flows, click, approve, advance, platform, state } = await atGate(database)
  platform.refused = true
  await approve()
  await advance()
  expect((await state()).phase).toBe('failed')

  platform.refused = false
  await flows.tryAgain(click(people.teamLead))
  await advance()

  expect((await state()).step.share).toBe(10)
})

test('a move that failed is over when somebody else has brought the canary to an end', async () => {
  const { approve, advance, platform, state, passes } = await atGate(database)
  platform.refused = true
  await approve()
  await advance()
  platform.canary = undefined
  await passes(2)

  expect(await state()).toMatchObject({ phase: 'ended', ended: { outcome: 'gone' } })
})

test('a canary that is gone ends its promotion', async () => {
  const { advance, passes, platform, state } = await promoting(database)
  await advance()
  platform.canary = undefined
  await passes(2)

  expect(await state()).toMatchObject({ ended: { outcome: 'gone' } })
})

test('a workload that was deleted ends its promotion, and says so', async () => {
  const { advance, passes, platform, state } = await promoting(database)
  await advance()
  platform.isGone = true
  await passes(2)

  const { target, ended } = await state()
  expect(ended).toMatchObject({ outcome: 'gone', why: `${target.title} is gone` })
})

test('a move that failed is over when the workload itself was deleted', async () => {
  const { approve, advance, platform, state, passes } = await atGate(database)
  platform.refused = true
  await approve()
  await advance()
  expect((await state()).phase).toBe('failed')
  platform.isGone = true
  await passes(2)

  const { target, ended } = await state()
  expect(ended).toMatchObject({ outcome: 'gone', why: `${target.title} is gone` })
})

test('from a workload that was deleted no canary is taken away any more', async () => {
  const { flows, click, advance, platform, state } = await atGate(database)
  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  platform.isGone = true
  await advance()

  const { target, ended } = await state()
  expect(platform.made).toEqual([])
  expect(ended).toMatchObject({ outcome: 'gone', why: `${target.title} is gone` })
})

test('a click that is delivered twice has the same answer and decides once', async () => {
  const { flows, click, state, kinds } = await atGate(database)
  const pressed = {
    ...click(people.teamLead),
    digest: (await state()).look?.digest ?? ('' as never),
  }

  const answers = [await flows.promote(pressed), await flows.promote(pressed)]

  expect(answers[1]).toEqual(answers[0])
  expect((await kinds()).filter((kind) => kind === 'promotion_approved')).toHaveLength(1)
})

test('a version that the stable Deployment has already is not taken away by taking its own pods away', async () => {
  const { flows, click, advance, platform, state } = await atGate(database)
  platform.isBeside = true
  platform.stable = platform.canary ?? platform.stable
  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).voided?.why).toMatch(/only a rollback of the service takes it back$/)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceId, workloadId } from '#domain/ids.ts'
import { minutes } from '#domain/time.ts'
import { type Executor, NeedsPerson, type Route } from '#ports/executor.ts'
import { aService, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose, recovered } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Rolled back and recovered: the watch of thirty minutes runs, and what was left keeps its pods. */
async function watched() {
  const scene = await aScene(database)
  scene.platform.leaves = 'checkout-blue'
  const rollback = await recovered(database, scene)
  expect(await rollback.state()).toMatchObject({
    phase: 'watching',
    leftover: { phase: 'kept', why: undefined },
  })
  const left = async () => (await rollback.state()).leftover
  return {
    scene,
    rollback,
    left,
    made: () => scene.platform.made.filter((one) => one.includes('checkout-blue')),
    /** The watch is over, and nothing came back. */
    async isStable() {
      await database.moveClock(minutes(25))
      await rollback.advance()
      expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
      await database.moveClock(minutes(5))
      await rollback.advance()
      expect((await rollback.state()).phase).toBe('stable')
    },
  }
}

test('what a rollback left goes once, not before the service is stable, and comes back first when the rollback is taken back', async () => {
  const { scene, rollback, left, made, isStable } = await watched()

  await isStable()

  expect(await left()).toMatchObject({ phase: 'removed' })
  expect(made()).toEqual(['.leftover → no checkout-blue'])
  expect(await scene.world.timeline.holder((await rollback.state()).workload)).toBeUndefined()
  await database.moveClock(minutes(10))
  await rollback.advance()
  expect(made()).toHaveLength(1)

  await rollback.flows.undo({ ...rollback.click(people.onCall), reason: 'it was not the version' })
  await rollback.advance()
  expect(await rollback.state()).toMatchObject({ phase: 'undone', leftover: undefined })
  expect(scene.platform.made.slice(2)).toEqual(['.1.undo → checkout-blue', '.0.undo → v2.3.0'])
})

test('whoever asked for it, or has a role, may keep it, and then it never goes', async () => {
  const { rollback, left, made, isStable } = await watched()
  const { click, flows } = rollback

  expect(await flows.keepFormer(click(people.outsider))).toMatchObject({ kind: 'refused' })
  const kept = click(people.onCall)
  const answer = await flows.keepFormer(kept)
  expect(answer).toMatchObject({ kind: 'decided', decided: 'keep-former' })
  expect(await flows.keepFormer(kept)).toEqual(answer)
  expect(await flows.keepFormer(click(people.onCall))).toMatchObject({ kind: 'refused' })
  await isStable()
  await database.moveClock(minutes(10))
  await rollback.advance()

  expect(made()).toEqual([])
  expect(await left()).toMatchObject({ phase: 'left', keptBy: people.onCall })
})

test('a rollback that is asked for while it goes has its workload at once, and what was left stays, also when the platform answers again', async () => {
  const { scene, rollback, left, made } = await watched()
  const { platform } = scene
  await database.moveClock(minutes(30))
  platform.isFormerAway = true
  const going = rollback.advance()
  await expect.poll(async () => (await left())?.phase).toBe('removing')

  const second = await propose(scene, { to: 'v2.1.0' })
  expect((await second.state()).phase).toBe('awaiting_approval')
  expect(await left()).toMatchObject({
    phase: 'kept',
    why: `a rollback of ${scene.service.id} was asked for`,
  })
  platform.isFormerAway = false
  await going
  await database.moveClock(minutes(5))
  await rollback.advance()
  await rollback.advance()

  const said = (await rollback.kinds()).filter((kind) => kind === 'leftover_kept')
  expect(said).toHaveLength(2)
  expect(await left()).toMatchObject({
    phase: 'kept',
    why: `an incident of ${scene.service.id} is open`,
  })
  expect(made()).toEqual([])
})

test('where what was left may be gone or not, whoever is on call is told, also when its incident is closed', async () => {
  const { scene, rollback, left, isStable } = await watched()
  scene.platform.formerTroubles.push(new NeedsPerson('nobody knows what came of it'))

  await isStable()

  expect(await left()).toMatchObject({ phase: 'left', needs: 'maybe' })
  const { rows } = await database.owner.query(
    `SELECT notice FROM outbox WHERE stream_id = $1 AND notice ->> 'about' = 'left-behind'`,
    [rollback.incident],
  )
  expect(rows).toMatchObject([{ notice: { kind: 'mention', roles: ['on-call-engineer'] } }])
})

test('a schema that is planned anew while it goes, and has the service stand still, takes its workload', async () => {
  const { scene, rollback, left, made } = await watched()
  const { platform, world, service } = scene
  const [target] = service.targets
  if (!target) throw new Error('no target')
  const id = serviceId(`${service.id}-db`)
  const own = { ...target, workload: workloadId(id) }
  const schema = aService({ ...service, id, targets: [own] })
  let stops: NonNullable<Route['stops']> = []
  const executors = [...world.executors].map(([kind, executor]): [string, Executor] => [
    kind,
    { ...executor, route: async (...asked) => ({ ...(await executor.route(...asked)), stops }) },
  ])
  await database.moveClock(minutes(30))
  platform.isFormerAway = true
  const going = rollback.advance()
  await expect.poll(async () => (await left())?.phase).toBe('removing')
  const catalogue = new Map([...world.catalogue, [id, schema]])
  const second = await propose(
    { ...scene, service: schema, world: { ...world, catalogue, executors: new Map(executors) } },
    { to: 'v2.1.0' },
  )
  await second.approve()

  platform.generation += 1
  stops = [{ service: service.id, target }]
  await second.advance()

  expect(await second.kinds()).toContain('approval_voided')
  expect(await second.state()).toMatchObject({ phase: 'awaiting_approval', plan: { stops } })
  expect(await left()).toMatchObject({
    phase: 'kept',
    why: `a rollback of ${id}, for which ${service.id} stands still, was asked for`,
  })
  platform.isFormerAway = false
  await going
  expect(made()).toEqual([])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RollbackId, serviceId, workloadId } from '#domain/ids.ts'
import type { Standstill } from '#domain/rollback/plan.ts'
import { seconds } from '#domain/time.ts'
import type { Freezer, FreezeOrder } from '#ports/freezer.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { aService, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery, propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
let made = 0

/** A schema, and the checkout that stands still while it goes back. */
async function aSchema() {
  made += 1
  const name = `shop-${made}`
  const target = { executor: 'scripted', workload: workloadId(name), title: name, spec: {} }
  const still: Standstill = { service: serviceId(name), target, freezes: true }
  const another = (word: string): Standstill => {
    const own = `${name}-${word}`
    const other = { ...target, workload: workloadId(own), title: own }
    return { service: serviceId(own), target: other, freezes: true }
  }
  let stops = [still]
  const standing = new Map<string, FreezeOrder>()
  const freezer: Freezer = {
    covers: ({ workload }) => workload.startsWith(name),
    async raise({ workload }, order) {
      standing.set(workload, order)
    },
    async lift({ workload }, rollback: RollbackId) {
      if (standing.get(workload)?.rollback === rollback) standing.delete(workload)
    },
  }
  const scene = await aScene(database)
  const { world, service } = scene
  const executor = world.executors.get('scripted')
  if (!executor) throw new Error('no executor')
  const route: typeof executor.route = async (of, ...asked) => {
    const whole = await executor.route(of, ...asked)
    return of.workload === target.workload ? whole : { ...whole, stops }
  }
  const shop = aService({ ...service, id: still.service, targets: [target] })
  const able: Scene = {
    ...scene,
    world: {
      ...world,
      catalogue: new Map([...world.catalogue, [shop.id, shop]]),
      executors: new Map([['scripted', { ...executor, route, freezer }]]),
    },
  }
  const rollback = await propose(able)
  return {
    ...rollback,
    scene: able,
    schema: service.id,
    order: () => standing.get(target.workload),
    frozen: () => [...standing.keys()].toSorted(),
    still,
    another,
    willStop: (others: readonly Standstill[]) => {
      stops = [...others]
    },
    held: async (all: readonly Standstill[]) => {
      const holders = all.map((one) => able.world.timeline.holder(one.target.workload))
      return (await Promise.all(holders)).map((one) => one?.rollback === rollback.rollback)
    },
    reconcile: () => rollback.flows.reconcileFreezes(rollback.incident, never),
    askFor: (id = shop.id): Promise<Answer> =>
      rollback.flows.requestRollback(
        {
          by: people.onCall,
          service: id,
          to: undefined,
          reason: 'errors since the deploy',
          reasonKind: 'other',
          severity: undefined,
          since: undefined,
          notBefore: undefined,
        },
        aDelivery(),
      ),
    together: () =>
      rollback.flows.requestTogether(
        {
          by: people.onCall,
          services: [service.id, shop.id],
          reason: 'errors since the deploy',
          reasonKind: 'other',
          severity: undefined,
          since: undefined,
        },
        aDelivery(),
      ),
    shop: shop.id,
  }
}

test('what stands still is frozen beside whatever else froze it, says whose rollback that is, and is open once it was started again', async () => {
  const it = await aSchema()
  await it.reconcile()

  expect(it.order()).toMatchObject({ rollback: it.rollback, isBeside: true })
  const words = it.order()?.words ?? ''
  expect(words).toContain(`Deploys of ${it.shop} are frozen until `)
  expect(words).toContain(`together with ${it.schema}, whose rollback from v2.3.0 to v2.2.1`)

  await it.approve()
  await it.advance()
  await it.reconcile()

  expect((await it.state()).phase).toBe('verifying')
  expect(it.order()).toBeUndefined()
})

test('it stays frozen and locked until the last step has settled, and is frozen and locked again while it is taken back', async () => {
  const it = await aSchema()
  it.scene.platform.stalled = true
  await it.approve()
  const advancing = it.advance()
  await expect.poll(async () => (await it.state()).phase, { timeout: 20_000 }).toBe('settling')
  await it.reconcile()
  expect(it.order()).toBeDefined()
  expect(await it.askFor()).toMatchObject({ kind: 'already_under_way', service: it.schema })

  it.scene.platform.stalled = false
  await advancing
  await it.reconcile()
  expect(it.order()).toBeUndefined()

  it.scene.platform.stalled = true
  await it.flows.undo({ ...it.click(people.onCall), reason: 'orders are worse now' })
  await it.reconcile()
  expect(it.order()).toBeDefined()
  expect(await it.askFor()).toMatchObject({ kind: 'already_under_way', service: it.schema })

  it.scene.platform.stalled = false
  await it.advance()
  await it.reconcile()
  expect((await it.state()).phase).toBe('undone')
  expect(it.order()).toBeUndefined()
  expect((await it.askFor()).kind).toBe('requested')
})

test('nobody rolls back what stands still before the schema was decided on; rejected, it is free and open', async () => {
  const it = await aSchema()
  await it.reconcile()
  expect(await it.askFor()).toMatchObject({
    kind: 'already_under_way',
    service: it.schema,
    standing: it.shop,
    rollback: it.rollback,
  })

  await it.flows.reject({ ...it.click(people.onCall), reason: 'it is the bank' })
  await it.reconcile()

  expect(it.order()).toBeUndefined()
  expect((await it.askFor()).kind).toBe('requested')
})

test('what is being rolled back is not stopped for a schema, and neither goes back together with the other', async () => {
  const it = await aSchema()
  await it.flows.reject({ ...it.click(people.onCall), reason: 'the code first' })
  expect(await it.together()).toMatchObject({
    kind: 'blocked_together',
    blocked: [
      {
        service: it.schema,
        blockers: [
          {
            kind: 'unsupported',
            why: `${it.shop} stands still while this is done, and cannot be rolled back with it; ask for one after the other: \`rollback ${it.shop}\` first, to a version that works on both schemas, then \`rollback ${it.schema} --to v2.2.1\` – or where no version works on both, scale ${it.shop} to 0, then \`rollback ${it.schema} --to v2.2.1\`, then \`rollback ${it.shop}\`, and start it`,
          },
        ],
      },
    ],
  })
  expect((await it.askFor()).kind).toBe('requested')

  const refused = await it.askFor(it.schema)
  expect(refused).toMatchObject({ kind: 'already_under_way', service: it.shop })
  expect(refused).not.toHaveProperty('standing')
})

test('its own workload stays locked while recovery is looked for, and what was started again can go back at once', async () => {
  const it = await aSchema()
  await it.approve()
  await it.advance()
  expect((await it.state()).phase).toBe('verifying')

  expect(await it.askFor(it.schema)).toMatchObject({ kind: 'already_under_way' })
  expect((await it.askFor()).kind).toBe('requested')
  await database.moveClock(seconds(61))
  const undo = await it.flows.undo({ ...it.click(people.onCall), reason: 'it was worse' })
  expect(undo).toMatchObject({ kind: 'already_under_way', service: it.shop })
})

test('a new plan that stops other services lets go of those that it does not stop, keeps the rest, and freezes what is new at once', async () => {
  const it = await aSchema()
  const [first, second] = [it.another('first'), it.another('second')]
  it.willStop([it.still, first])
  it.scene.platform.generation += 1
  await it.approve()
  await it.advance()
  await it.reconcile()
  const before = { held: await it.held([it.still, first, second]), frozen: it.frozen() }

  it.willStop([it.still, second])
  it.scene.platform.generation += 1
  await it.approve()
  await it.advance()
  await it.reconcile()

  expect(before).toEqual({
    held: [true, true, false],
    frozen: [it.still, first].map(({ target }) => target.workload),
  })
  expect((await it.state()).phase).toBe('awaiting_approval')
  expect(await it.held([it.still, first, second])).toEqual([true, false, true])
  expect(it.frozen()).toContain(second.target.workload)

  await it.flows.reject({ ...it.click(people.onCall), reason: 'it is the bank' })
  await it.reconcile()
  expect(it.frozen()).toEqual([])
  expect(await it.held([it.still, first, second])).toEqual([false, false, false])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceId } from '#domain/ids.ts'
import { instant, minutes } from '#domain/time.ts'
import type { Executor, Observed } from '#ports/executor.ts'
import { changedSince } from '#workflows/request/changed-since.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** What runs went out ten minutes ago. */
async function shop() {
  const { world, service, platform } = await aScene(database, { environment: 'prod/shop' })
  const executor = world.executors.get('scripted')
  if (!executor) throw new Error('no executor')
  const as = (name: string, more: object) => ({
    ...service,
    id: serviceId(name),
    targets: service.targets.map((target) => ({ ...target, executor: name })),
    ...more,
  })
  const others = [
    as('old', {}),
    as('away', {}),
    as('again', {}),
    as('elsewhere', { environment: 'prod/other' }),
  ]
  const now = await world.timeline.now()
  const observing = (change: (seen: Observed) => object) => ({
    ...executor,
    observe: async (...given: Parameters<Executor['observe']>) => {
      const seen = await executor.observe(...given)
      return { ...seen, ...change(seen) }
    },
  })
  const executors = new Map([
    ['scripted', executor],
    [
      'old',
      observing(({ running }) => ({ running: { ...running, since: instant(now - minutes(500)) } })),
    ],
    ['again', observing(({ running }) => ({ running: { ...running, by: 'Countermand' } }))],
    ['elsewhere', executor],
    [
      'away',
      {
        ...executor,
        observe: async () => {
          throw new Error('connection refused')
        },
      },
    ],
  ])
  const catalogue = new Map([service, ...others].map((one) => [one.id, one]))
  return { world: { ...world, catalogue, executors }, service, platform, now }
}

test('what went out in the window is told apart from what did not, from what a rollback brought, and from what did not answer', async () => {
  const { world, service, now } = await shop()

  const found = await changedSince(world, { since: instant(now - minutes(30)), namespace: 'shop' })

  expect(found).toMatchObject({
    kind: 'changed_since',
    changed: [{ service: service.id, version: 'v2.3.0' }],
    unchanged: ['old', 'again'],
    unseen: ['away'],
  })
})

test('nothing has changed since a moment after', async () => {
  const { world, now } = await shop()

  const found = await changedSince(world, {
    since: instant(now - minutes(5)),
    namespace: undefined,
  })

  expect(found).toMatchObject({ changed: [] })
})

test('a namespace that no service is in is said, and so is a moment that has not come', async () => {
  const { world, now } = await shop()

  expect(await changedSince(world, { since: now, namespace: 'nowhere' })).toEqual({
    kind: 'nothing_found',
    what: 'a service in nowhere',
  })
  const ahead = instant(now + minutes(30))
  expect(await changedSince(world, { since: ahead, namespace: undefined })).toMatchObject({
    kind: 'start_in_future',
  })
})

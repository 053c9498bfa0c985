import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollbackId, serviceId, workloadId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Executor } from '#ports/executor.ts'
import { checkVersions } from '#workflows/check-versions.ts'
import { makePlan } from '#workflows/planning/make-plan.ts'
import { wayBackOf } from '#workflows/planning/way-back.ts'
import { aRevision } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const target = {
  executor: 'database',
  workload: workloadId('database/checkout'),
  title: 'database checkout',
  spec: {},
}
const schema = { database: serviceId('checkout-db'), target }

/** v2.3.0 runs; v2.2.1 and v2.1.0 before it are good. The schema is at 43, unless nothing answers. */
async function aShop(
  declared: Partial<NonNullable<Service['schema']>>,
  marks: Readonly<Record<string, string>> = {},
  isDown = false,
) {
  const scene = await aScene(database, { schema: { ...schema, ...declared } })
  const own = scene.world.executors.get('scripted')
  if (!own) throw new Error('The scene has no platform')
  const marked: Executor = {
    ...own,
    async observe(...asked) {
      const seen = await own.observe(...asked)
      return {
        ...seen,
        history: seen.history.map((revision) => {
          const from = marks[revision.name]
          return from === undefined
            ? revision
            : { ...revision, schema: { database: 'checkout-db', to: from } }
        }),
      }
    },
  }
  const at43: Executor = {
    ...own,
    kind: 'database',
    async observe(...asked) {
      if (isDown) throw new Error('connection refused')
      return { ...(await own.observe(...asked)), running: aRevision('43', { number: 43 }) }
    },
  }
  const executors = new Map([
    ['scripted', marked],
    ['database', at43],
  ])
  const { service } = scene
  const world = { ...scene.world, executors }
  const plan = (to?: string) =>
    makePlan(
      world,
      {
        service,
        to,
        rollback: rollbackId('rb_1'),
        strategy: 'immediate',
        now: 0 as never,
        policy: world.policy.rollback,
      },
      never,
    )
  return { world, service, plan }
}

test('the newest good version that runs on today’s schema is gone to, by what each version says itself', async () => {
  const shop = await aShop({}, { 'v2.2.1': '42', 'v2.1.0': '43' })

  expect(await shop.plan()).toMatchObject({
    kind: 'planned',
    plan: {
      to: { name: 'v2.1.0' },
      schema: { database: 'checkout-db', version: '43', range: '43 and earlier' },
    },
  })
})

test('a version that cannot run on today’s schema is refused, and one that can is named', async () => {
  const shop = await aShop({}, { 'v2.2.1': '42', 'v2.1.0': '43' })

  expect(await shop.plan('v2.2.1')).toMatchObject({
    kind: 'blocked',
    blockers: [
      {
        kind: 'schema_crossed',
        revision: 'v2.2.1',
        why: 'it runs on schema 42 and earlier of checkout-db, which is at 43',
        safe: 'v2.1.0',
      },
    ],
  })
})

test('where none can, the way is forward, and an assessment takes that as its first rule', async () => {
  const shop = await aShop({ from: '38', to: '42' })
  const { world, service } = shop
  const own = world.executors.get('scripted')
  const [at] = service.targets
  if (!own || !at) throw new Error('nothing runs')
  const observed = await own.observe(at, never)

  expect(await shop.plan()).toMatchObject({
    blockers: [{ kind: 'schema_crossed', revision: 'v2.2.1', safe: null }],
  })
  expect(
    await wayBackOf(world, service, await world.timeline.now(), never, {
      observed,
      candidates: await own.candidates(at, observed),
    }),
  ).toEqual({
    kind: 'closed',
    why: [
      'v2.2.1 cannot run on the schema as it is: it runs on schema 38 to 42 of checkout-db, which is at 43; the way is forward.',
    ],
  })
})

test.each([
  ['nothing says what it runs on', {}, false, 'it does not say what it runs on'],
  ['the database does not answer', { from: '38', to: '43' }, true, 'connection refused'],
])('where %s, the plan says so and asks for more', async (_when, declared, isDown, why) => {
  const shop = await aShop(declared, {}, isDown)

  const planned = await shop.plan()

  expect(planned).toMatchObject({
    kind: 'planned',
    plan: {
      to: { name: 'v2.2.1' },
      warnings: [{ kind: 'schema_unverified', text: expect.stringContaining(why) }],
    },
  })
})

async function announced(shop: Awaited<ReturnType<typeof aShop>>) {
  const told: unknown[] = []
  const seen = new Set<string>()
  const deliveries = {
    async admit(
      all: readonly {
        readonly id: string
        readonly opens: boolean
        readonly alerts: readonly object[]
      }[],
    ) {
      for (const { id, opens, alerts } of all) {
        if (!seen.has(id)) told.push({ opens, ...alerts[0] })
        seen.add(id)
      }
      return all.length
    },
  }
  for (let minute = 0; minute < 3; minute += 1)
    await checkVersions({ ...shop.world, deliveries }, never)
  return told
}

test('a release after which the version before can no longer run is told once, and opens nothing', async () => {
  expect(await announced(await aShop({}, { 'v2.2.1': '42', 'v2.1.0': '43' }))).toMatchObject([
    {
      opens: false,
      source: 'versions',
      name: 'v2.3.0 is out, and v2.2.1 before it can no longer run: it runs on schema 42 and earlier of checkout-db, which is at 43.',
      summary: 'A rollback would go to v2.1.0, which can.',
    },
  ])
  expect(await announced(await aShop({ to: '42' }))).toMatchObject([
    { summary: expect.stringContaining('the only way is forward') },
  ])
})

test('nothing is told where the version before can run, or nobody knows', async () => {
  expect(await announced(await aShop({ from: '40', to: '43' }))).toEqual([])
  expect(await announced(await aShop({}))).toEqual([])
  expect(await announced(await aShop({ to: '42' }, {}, true))).toEqual([])
})

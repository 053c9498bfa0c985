import { expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import { workloadId } from '#domain/ids.ts'
import { quietServices } from '#executors/database/quiet.ts'
import { startedAgain } from '#executors/database/started-again.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { aRevision } from '../../support/builders.ts'
import { freshWorlds, signal, step } from './world.ts'

const aWorld = freshWorlds()

/** The platform of checkout; `pods` may be another number at each look. */
function anApp(pods: number | (() => number), canFreeze = true) {
  const many = () => (typeof pods === 'number' ? pods : pods())
  return {
    observe: async () => ({
      running: { ...aRevision('v2.3.0'), schema: { database: 'checkout-db', from: '42' } },
      history: [],
      precondition: null,
      warnings: [],
      blockers: [],
      units: { noun: 'pods', count: many(), ready: many() },
    }),
    freezer: { covers: () => canFreeze, raise: async () => undefined, lift: async () => undefined },
    quiescer: {
      plan: async () => ({
        stop: { change: { replicas: 0 }, undo: { replicas: many() }, settles: 'pods' },
        runs: { noun: 'pods', count: many() },
        warnings: [],
        blockers: [],
      }),
    },
  }
}

/** v2.3.0 of checkout runs on schema 42 and later alone; so many pods of it run. */
async function toSchema(to: string, pods: number, canFreeze = true) {
  const target = { executor: 'kubernetes', workload: workloadId('checkout'), title: 'x', spec: {} }
  const executor = anApp(pods, canFreeze)
  const stops = [{ service: 'checkout', target, range: { database: 'checkout-db' } }]
  return quietServices({ executorOf: () => executor }, { stops }, to, AbortSignal.timeout(5_000))
}

test('a schema is not taken from under code that would be started on it again, and the way out is named', async () => {
  const { blockers } = await toSchema('41', 3)

  expect(blockers).toEqual([
    {
      kind: 'unsupported',
      why: 'checkout asks for v2.3.0, which works on 42 and later only, and not on 41; first `rollback checkout`, to a version that works on both, and ask again – or where there is none, scale checkout to 0 and ask again, then `rollback checkout` and start it',
    },
  ])
  expect(await toSchema('42', 3)).toMatchObject({ blockers: [], text: 'checkout (3 pods)' })
})

test('what stands still refuses nothing, is not started, and is told of', async () => {
  const { blockers, warnings, stops, starts } = await toSchema('41', 0)

  expect({ blockers, stops, starts }).toEqual({ blockers: [], stops: [], starts: [] })
  expect(warnings).toEqual([
    {
      kind: 'platform',
      text: 'checkout asks for v2.3.0, which works on 42 and later only, and not on 41: it stands still, so take it back before anybody starts it',
    },
  ])
})

test('what stands still is frozen where that can be, and where it cannot, that is said', async () => {
  const frozen = await toSchema('42', 3)
  const open = await toSchema('42', 3, false)

  expect(frozen).toMatchObject({ standing: [{ service: 'checkout', freezes: true }], warnings: [] })
  expect(open.standing).toMatchObject([{ service: 'checkout' }])
  expect(open.standing[0]?.freezes).toBeUndefined()
  expect(open.warnings).toEqual([
    {
      kind: 'platform',
      text: 'deploys of checkout cannot be frozen from here: one in between starts on a schema that is half way',
    },
  ])
})

test('what is started again while it stands still, or cannot be looked at any more, closes each way down; once it stands still again, it is taken', async () => {
  let pods = 0
  const app = anApp(() => pods)
  const target = { executor: 'kubernetes', workload: workloadId('checkout'), title: 'x', spec: {} }
  const stops = [{ service: 'checkout', target, range: { database: 'checkout-db' } }]
  const world = await aWorld({ target: { stops }, parts: { executorOf: () => app as never } })
  const { steps } = await world.plan('42')
  await world.executor.apply(step(steps, /backup/).change, 'rb_1.0', signal())
  const down = () => world.executor.apply(step(steps, /taken down/).change, 'rb_1.1', signal())
  pods = 3

  await expect(down()).rejects.toThrow(
    new NotAllowed('migrate', 'database checkout', {
      why: 'checkout (3 pods) was started again; stop that, and ask again',
    }),
  )
  expect(await world.version()).toBe(43)

  pods = 0
  const { quiescer } = app
  Object.assign(app, { quiescer: undefined })
  await expect(down()).rejects.toThrow(
    'whether checkout still stands still is not known: kubernetes can stop nothing here any more',
  )
  expect(await world.version()).toBe(43)

  Object.assign(app, { quiescer })
  await down()
  expect(await world.version()).toBe(42)
})

test('what is taken away while it stands still does not keep the schema, and what cannot be looked at does', async () => {
  let trouble: Error = new Error('no answer')
  const app = anApp(0)
  const plan = () => Promise.reject(trouble)
  const target = { executor: 'compose', workload: workloadId('checkout'), title: 'x', spec: {} }
  const startedNow = () =>
    startedAgain(
      { executorOf: () => ({ ...app, quiescer: { plan } }) as never },
      { stops: [{ service: 'checkout', target, range: { database: 'checkout-db' } }] },
      signal(),
    )

  await expect(startedNow()).rejects.toThrow('whether checkout still stands still is not known')
  trouble = new TargetGone('there is no shop/checkout')
  expect(await startedNow()).toBeUndefined()
})

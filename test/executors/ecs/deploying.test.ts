import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { Superseded } from '#ports/executor.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { cluster, freshWorlds, service, signal, type World } from './world.ts'

const world = freshWorlds()
const forLong = 600_000

const goTo = async (w: World, name: string) => {
  const { steps } = await w.route(name)
  for (const step of steps) {
    await w.apply(step)
    await w.follow(step)
  }
  return w.changesAsked().map(({ operation }) => operation)
}

test('only the task definition is asked to be another one: the count stays an autoscaler’s', async () => {
  const w = await world()
  const { steps } = await w.route('v2.2.1')
  w.pretend.scale(cluster, service, 9)

  await w.apply(steps[0])

  expect(w.changesAsked()).toEqual([
    {
      operation: 'UpdateService',
      request: { cluster, service, taskDefinition: w.definitions.get('2.2.1') },
    },
  ])
  expect((await w.follow(steps[0])).at(-1)).toEqual({ kind: 'settled', ready: 9, wanted: 9 })
  expect(w.state().desiredCount).toBe(9)
})

test('a deployment that is under way is stopped and taken back by ECS, never overtaken by another', async () => {
  const w = await world({ bakeMinutes: forLong })
  w.ship('2.4.0')

  const { steps, how } = await w.route('v2.3.0')
  expect(how).toMatch(/^stop the deployment, and have ECS take it back to v2\.3\.0/)

  expect(await goTo(w, 'v2.3.0')).toEqual(['StopServiceDeployment'])
  expect(steps).toHaveLength(1)
  expect(w.state().status).toBe('ROLLBACK_SUCCESSFUL')
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.3.0'])
})

test('a deployment that waits at a PAUSE hook is answered there', async () => {
  const w = await world({ pauses: true })
  w.ship('2.4.0')

  expect((await w.observe()).warnings).toContainEqual({
    kind: 'platform',
    text: expect.stringContaining('PAUSE hook'),
  })
  expect(await goTo(w, 'v2.3.0')).toEqual(['ContinueServiceDeployment'])
  expect(w.state().status).toBe('ROLLBACK_SUCCESSFUL')
})

test('from a deployment under way to an older version it is taken back first', async () => {
  const w = await world({ bakeMinutes: forLong })
  w.ship('2.4.0')

  const { steps, how } = await w.route('v2.2.1')

  expect(how).toMatch(/^stop the deployment, then deploy shop-checkout:2/)
  expect(steps.map(({ name }) => name)).toEqual([
    'deployment of v2.4.0 taken back',
    'v2.2.1 deployed',
  ])
  expect(await goTo(w, 'v2.2.1')).toEqual(['StopServiceDeployment', 'UpdateService'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
  for (const step of steps.toReversed()) await w.executor.apply(step.undo, 'rb_1.undo', signal())
  expect(w.state().definition).toMatch(/:4$/)
})

test('a deployment that ended while people decided is followed by one of the version that was approved', async () => {
  const w = await world({ pauses: true })
  const bad = w.ship('2.4.0')
  const { steps } = await w.route('v2.3.0')
  w.pretend.settings(cluster, service, { pauses: false })
  await expect.poll(() => w.state()).toMatchObject({ newest: bad, status: 'SUCCESSFUL' })

  await w.apply(steps[0])

  expect(w.changesAsked().map(({ operation }) => operation)).toEqual(['UpdateService'])
  expect((await w.follow(steps[0])).at(-1)?.kind).toBe('settled')
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.3.0'])
})

test('while ECS takes a deployment back itself nothing is raced, and it is said', async () => {
  const w = await world({
    alarms: { names: ['checkout-5xx'], rollback: true },
    bakeMinutes: forLong,
  })
  w.ship('2.4.0')
  await expect.poll(() => w.state().stage).toBe('BAKE_TIME')
  w.pretend.startTasksIn(forLong)
  w.pretend.alarm(cluster, service)
  const observed = await w.observe()

  expect(observed.running.name).toBe('v2.3.0')
  expect(observed.blockers).toMatchObject([
    {
      kind: 'unsupported',
      why: expect.stringMatching(/ECS is taking this deployment back already/),
    },
  ])
})

test('what ECS took back between plan and start is done, and asked of it no more', async () => {
  const w = await world({
    alarms: { names: ['checkout-5xx'], rollback: true },
    bakeMinutes: forLong,
  })
  w.ship('2.4.0')
  const { steps } = await w.route('v2.3.0')
  await expect.poll(() => w.state().stage).toBe('BAKE_TIME')
  w.pretend.alarm(cluster, service)

  await w.apply(steps[0])

  expect(w.changesAsked()).toEqual([])
  expect((await w.follow(steps[0])).at(-1)).toEqual({ kind: 'settled', ready: 4, wanted: 4 })
})

test('a first deployment that is under way leads back to nowhere, and that is said', async () => {
  const w = await world({ versions: ['2.3.0'], isNew: true, pauses: true })
  w.define('2.2.1')

  const { blockers, steps } = await w.route('v2.2.1')

  expect(steps).toEqual([])
  expect(blockers).toMatchObject([
    { kind: 'unsupported', why: expect.stringMatching(/^ECS does not say to which version/) },
  ])
})

test('what ECS could not take back has failed, and can be gone back from once more', async () => {
  let isBroken = false
  const behaviours = (image: string): Behaviour =>
    isBroken && image.endsWith('2.3.0') ? { start: { kind: 'crash-loop' } } : healthy
  const w = await world({
    bakeMinutes: forLong,
    breaker: { rollback: true, threshold: 3 },
    ecs: { behaviours, namesTheBadOneWhileRollingBack: true },
  })
  w.ship('2.4.0')
  await expect.poll(() => w.state().stage).toBe('BAKE_TIME')
  const { steps } = await w.route('v2.3.0')
  isBroken = true
  await w.apply(steps[0])

  expect((await w.follow(steps[0])).at(-1)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^ECS could not take it back: /),
  })
  isBroken = false
  const again = await w.route('v2.3.0')
  await w.apply(again.steps[0])
  expect((await w.follow(again.steps[0])).at(-1)?.kind).toBe('settled')
})

test.for([true, false])(
  'a deployment that ECS ended is made once more, once, whether the version before is back (%s) or not',
  async (rollback) => {
    let isBroken = true
    const behaviours = (image: string): Behaviour =>
      isBroken && image.endsWith('2.2.1') ? { start: { kind: 'crash-loop' } } : healthy
    const w = await world({ breaker: { rollback, threshold: 3 }, ecs: { behaviours } })
    const [step] = (await w.route('v2.2.1')).steps
    await w.apply(step)
    const failed = (await w.follow(step)).at(-1)
    isBroken = false
    const again = { ...step, change: failed?.kind === 'failed' ? failed.again : undefined } as Step

    await w.apply(step)
    expect(w.changesAsked()).toHaveLength(1)
    await w.apply(again)
    await w.apply(again)

    expect((await w.follow(again)).at(-1)?.kind).toBe('settled')
    expect(w.changesAsked()).toHaveLength(2)
    expect(w.changesAsked()[1]?.request).toMatchObject({ forceNewDeployment: true })
    expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
  },
)

test('a service that was deleted and made again is another one', async () => {
  const w = await world()
  const { steps } = await w.route('v2.2.1')
  w.pretend.remove(cluster, service)
  w.pretend.createService({
    cluster,
    name: service,
    past: [{ definition: w.definitions.get('2.3.0') ?? '', at: new Date() }],
  })

  await expect(w.apply(steps[0])).rejects.toThrow(Superseded)
  await expect(w.apply(steps[0])).rejects.toThrow('checkout was deleted and made again')
})

test('a deployment of the same definition in between ends a plan: somebody was there', async () => {
  const w = await world()
  const { steps } = await w.route('v2.2.1')
  w.pretend.ship(cluster, service, w.definitions.get('2.3.0') ?? '')

  await expect(w.apply(steps[0])).rejects.toThrow(
    'shop-checkout:3 was deployed to checkout meanwhile',
  )
})

test.for(['UpdateService', 'StopServiceDeployment'] as const)(
  'without the right to %s it is said which one, and of what',
  async (action) => {
    const w = await world({ bakeMinutes: action === 'UpdateService' ? 0 : forLong })
    if (action !== 'UpdateService') w.ship('2.4.0')
    const { steps } = await w.route(action === 'UpdateService' ? 'v2.2.1' : 'v2.3.0')
    w.pretend.deny(action)

    await expect(w.apply(steps[0])).rejects.toThrow(
      new RegExp(`^not allowed to call ecs:${action} on `),
    )
  },
)

test('a deployment that ECS does not list yet is known by what the service is told to run', async () => {
  const w = await world()
  const { steps } = await w.route('v2.2.1')
  await w.apply(steps[0])
  w.pretend.listLate(true)

  await w.apply(steps[0])

  expect(w.pretend.changes()).toBe(1)
  expect(w.changesAsked()).toHaveLength(1)
})

test('what changes something is never sent again by the SDK itself', async () => {
  const w = await world()
  const { steps } = await w.route('v2.2.1')
  w.pretend.faults.add({ path: '/UpdateService', times: 1, cut: 'after' })

  await w.apply(steps[0])

  expect(w.changesAsked()).toHaveLength(1)
  expect(w.pretend.changes()).toBe(1)
})

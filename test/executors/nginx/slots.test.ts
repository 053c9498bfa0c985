import { afterEach, expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import { type SlotsWorld, slotsOnCompose } from './slots-world.ts'
import { signal } from './world.ts'

let world: SlotsWorld
afterEach(async () => world.close())
const undo = async (change: unknown) =>
  world.executor.apply(change as never, 'rb_1.0.undo', signal())

test('a slot that was stopped is started at the wanted version, and is well before anything is switched', async () => {
  world = await slotsOnCompose()
  const { steps, how, blockers } = await world.route('v2.2.1')
  const [start, divide, keep] = steps
  const before = world.web.loads()

  await world.apply(start)
  const started = await world.follow(start?.change)
  const loadsByThen = world.web.loads()
  await world.apply(divide)
  const switched = await world.follow(divide?.change)
  await world.apply(keep)

  expect(blockers).toEqual([])
  expect(steps.map(({ name }) => name)).toEqual([
    'slot blue started at v2.2.1',
    'requests brought to slot blue, v2.2.1',
    'slot green kept for a while',
  ])
  expect(how).toContain('nothing is switched before it is healthy')
  expect(started.at(-1)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
  expect(loadsByThen).toBe(before)
  expect(switched.at(-1)).toMatchObject({ kind: 'settled' })
  expect((await world.observe()).running.name).toBe('v2.2.1')
  expect(world.runs('green')).toEqual([['shop/checkout:2.3.0', 2]])
  expect(world.commands()).toEqual(['up checkout-blue'])
})

test('a slot that does not get well is switched to by nobody, and is stopped again', async () => {
  world = await slotsOnCompose()
  const [start, divide] = (await world.route('v2.2.1')).steps
  world.behave('2.2.1', { start: { kind: 'never-ready' } })
  const before = world.web.loads()

  await world.apply(start)
  const seen = await world.follow(start?.change)
  await expect(world.apply(divide)).rejects.toThrow(Superseded)
  await undo(start?.undo)

  expect(seen.at(-1)).toMatchObject({
    kind: 'failed',
    message: 'shop-checkout-blue-1 is unhealthy',
  })
  expect(start?.onFailure).toBe('undo')
  expect(world.web.loads()).toBe(before)
  expect(world.commands()).toEqual(['up checkout-blue', 'stop 2'])
})

test('the slot that was left is stopped later, twice as once, and started again before requests go back there', async () => {
  world = await slotsOnCompose()
  const { steps } = await world.route('v2.2.1')
  for (const step of steps) {
    await world.apply(step)
    await world.follow(step.change)
  }
  const [, divide, keep] = steps

  await undo(keep?.later?.change)
  await world.freshExecutor().apply(keep?.later?.change ?? null, 'rb_1.2.later', signal())
  const stopped = world.runs('green')
  await undo(keep?.undo)
  const back = await world.follow(keep?.undo)
  await undo(divide?.undo)

  expect(stopped).toEqual([])
  expect(back.at(-1)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
  expect((await world.observe()).running.name).toBe('v2.3.0')
  expect(world.commands()).toEqual(['up checkout-blue', 'stop 2', 'up checkout-green'])
})

test('a slot that gets requests again, or has another version by then, is not stopped', async () => {
  world = await slotsOnCompose()
  const { steps } = await world.route('v2.2.1')
  for (const step of steps) {
    await world.apply(step)
    await world.follow(step.change)
  }
  const later = steps.at(-1)?.later?.change

  await world.serve('green')
  await expect(undo(later)).rejects.toThrow('slot green gets requests')
  await world.serve('blue')
  world.deploy('green', '2.4.0')
  await expect(undo(later)).rejects.toThrow('slot green has 2.4.0 by now')

  expect(world.runs('green')).toEqual([['shop/checkout:2.4.0', 2]])
})

test('an earlier version is started in the slot that waits, whichever version that has; one whose image is gone is not offered', async () => {
  world = await slotsOnCompose()
  world.deploy('blue', '2.4.0')
  await world.serve('blue')
  await world.observe()

  const [start, divide] = (await world.route('v2.2.1')).steps
  world.stop('green')
  const again = (await world.route('v2.3.0')).steps.map(({ name }) => name)
  await world.apply(start)
  const seen = await world.follow(start?.change)
  await world.apply(divide)
  world.prune('2.3.0')
  const { blockers } = await world.route('v2.3.0')

  expect(start?.name).toBe('slot green started at v2.2.1')
  expect(again[0]).toBe('slot green started at v2.3.0')
  expect(seen.at(-1)?.kind).toBe('settled')
  expect((await world.observe()).running.name).toBe('v2.2.1')
  expect(blockers).toMatchObject([
    { kind: 'target_missing', why: expect.stringContaining('is no longer on the host') },
  ])
})

test('requests go back to a slot that is well while Docker does not answer', async () => {
  world = await slotsOnCompose()
  world.deploy('blue', '2.2.1')
  const wanted = await world.revision('v2.2.1')
  const observed = await world.observe()
  await world.docker.close()
  const route = () => world.executor.route(world.target, observed, wanted, 'rb_1', signal())

  const { steps, blockers, warnings, how } = await route()
  for (const step of steps) await world.apply(step)
  const switched = await world.follow(steps[0]?.change)

  expect(blockers).toEqual([])
  expect(steps.map(({ name }) => name)).toEqual(['requests brought to slot blue, v2.2.1'])
  expect(warnings).toContainEqual({
    kind: 'traffic',
    text: expect.stringMatching(
      /^what runs in slot green is not known, so it is not stopped later: Docker at .* cannot be reached/,
    ),
  })
  expect(how).toContain('slot green is left running')
  expect(switched.at(-1)).toMatchObject({ kind: 'settled' })
})

test('a slot that would have to be started names Docker as the reason, and who serves is still seen', async () => {
  world = await slotsOnCompose()
  const wanted = await world.revision('v2.2.1')
  await world.docker.close()

  const observed = await world.observe()
  const { steps, blockers } = await world.executor.route(
    world.target,
    observed,
    wanted,
    'rb_1',
    signal(),
  )

  expect(observed.running.name).toBe('v2.3.0')
  expect(steps).toEqual([])
  expect(blockers).toEqual([
    {
      kind: 'target_missing',
      revision: 'v2.2.1',
      why: expect.stringMatching(/^Docker at .* cannot be reached/),
    },
  ])
})

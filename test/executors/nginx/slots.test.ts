import { afterEach, expect, test } from 'vitest'
import { type Progress, Superseded } from '#ports/executor.ts'
import { type SlotsWorld, slotsOnCompose } from './slots-world.ts'
import { signal } from './world.ts'

let world: SlotsWorld
afterEach(async () => world.close())
const undo = async (change: unknown) =>
  world.executor.apply(change as never, 'rb_1.0.undo', signal())

test('a slot that was stopped is started at the wanted version, and is well before anything is switched', async () => {
  world = await slotsOnCompose()
  const { steps, how, blockers } = await world.route('v2.2.1')
  const [start, divide] = steps
  const before = world.web.loads()

  await world.apply(start)
  const started = await world.follow(start?.change)
  const loadsByThen = world.web.loads()
  await world.apply(divide)
  const switched = await world.follow(divide?.change)

  expect(blockers).toEqual([])
  expect(steps.map(({ name }) => name)).toEqual([
    'slot blue started at v2.2.1',
    'requests brought to slot blue, v2.2.1',
  ])
  expect(how).toContain('nothing is switched before it is healthy')
  expect(started.at(-1)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
  expect(loadsByThen).toBe(before)
  expect(switched.at(-1)).toMatchObject({ kind: 'settled' })
  expect((await world.observe()).running.name).toBe('v2.2.1')
  expect(world.runs('green')).toEqual([['shop/checkout:2.3.0', 2]])
  expect(world.commands()).toEqual(['up checkout-blue'])
})

test('a slot that does not get well is switched to by nobody', async () => {
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
  expect(world.commands()).toEqual(['up checkout-blue'])
})

test('nothing is ever stopped: the slot that was left runs on, and so does one that was started when it is taken back', async () => {
  world = await slotsOnCompose()
  const { steps, how } = await world.route('v2.2.1')
  for (const step of steps) {
    await world.apply(step)
    await world.follow(step.change)
  }
  const left = world.runs('green')
  for (const step of steps.toReversed()) await undo(step.undo)

  expect(how).toContain(
    'slot green is left running, so the way back is as short; nothing stops it by itself',
  )
  expect(left).toEqual([['shop/checkout:2.3.0', 2]])
  expect(steps[0]).toMatchObject({ stays: true, undoSettles: null })
  expect((await world.observe()).running.name).toBe('v2.3.0')
  expect(world.runs('blue')).toEqual([['shop/checkout:2.2.1', 2]])
  expect(world.commands()).toEqual(['up checkout-blue'])
})

test('a slot whose container ends, though without a fault, has failed; one that lacks a container goes on being waited for', async () => {
  world = await slotsOnCompose()
  const [start] = (await world.route('v2.2.1')).steps
  await world.apply(start)
  world.docker.scale('shop', 'checkout-blue', 1, '/')
  let first: Progress | undefined
  for await (const one of world.executor.progress(start?.change ?? null, signal())) {
    first = one
    break
  }
  world.stop('blue')

  const seen = await world.follow(start?.change)

  expect(first).toEqual({ kind: 'moving', ready: 1, wanted: 2, note: 'slot blue starts' })
  expect(seen.at(-1)).toMatchObject({
    kind: 'failed',
    message: 'shop-checkout-blue-1 has stopped',
  })
})

test('starting a slot twice is once, also for another process', async () => {
  world = await slotsOnCompose()
  const [start] = (await world.route('v2.2.1')).steps

  await world.apply(start)
  await world.apply(start)
  await world.freshExecutor().apply(start?.change ?? null, 'rb_1.0', signal())

  expect(world.commands()).toEqual(['up checkout-blue'])
})

test('what was deployed into the slot since is not replaced, though it does not answer yet', async () => {
  world = await slotsOnCompose()
  world.deploy('blue', '2.4.0')
  const [start] = (await world.route('v2.2.1')).steps
  world.behave('2.4.1', { start: { kind: 'never-ready' } })
  world.deploy('blue', '2.4.1')

  await expect(world.apply(start)).rejects.toThrow('checkout-blue was deployed meanwhile')
  await undo(start?.undo)

  expect(world.commands()).toEqual([])
})

test('a slot that requests were sent to meanwhile is not started anew under them', async () => {
  world = await slotsOnCompose()
  world.deploy('blue', '2.4.0')
  const [start] = (await world.route('v2.2.1')).steps
  await world.serve('blue')
  world.web.set(world.address('blue'), { version: '2.4.0', status: 503 })

  await expect(world.apply(start)).rejects.toThrow('slot blue gets requests')

  expect(world.runs('blue')).toEqual([['shop/checkout:2.4.0', 2]])
  expect(world.commands()).toEqual([])
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

  const { steps, blockers, how } = await route()
  for (const step of steps) await world.apply(step)
  const switched = await world.follow(steps[0]?.change)

  expect(blockers).toEqual([])
  expect(steps.map(({ name }) => name)).toEqual(['requests brought to slot blue, v2.2.1'])
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

test('doctor looks at what would start a slot, too: what is in the way there limits, and is said of its slot', async () => {
  world = await slotsOnCompose()
  world.deploy('blue', '2.2.1')
  const examined = async () =>
    (await world.executor.examine(world.target, signal())).map(({ kind, text }) => [kind, text])

  const fine = await examined()
  world.docker.edit('shop', 'checkout-blue', { environment: { FEATURE: 'on' } })
  const drifted = await examined()
  await world.docker.close()
  const silent = await examined()

  expect(fine.map(([kind]) => kind)).toEqual(['choice'])
  expect(drifted).toEqual([
    [
      'limits',
      expect.stringMatching(
        /^cannot have slot blue started: the compose files in .* no longer say what runs/,
      ),
    ],
    ...fine,
  ])
  expect(silent).toEqual(
    ['blue', 'green'].map((slot) => [
      'limits',
      expect.stringMatching(`^cannot have slot ${slot} started: Docker at .* cannot be reached`),
    ]),
  )
})

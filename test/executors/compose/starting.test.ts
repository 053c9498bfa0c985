import { expect, test } from 'vitest'
import type { Progress } from '#ports/executor.ts'
import { freshWorlds, project, service, signal, type World } from './world.ts'

const aWorld = freshWorlds()

const units = async (world: World) => {
  const to = await world.revision('v2.2.1')
  const [check] = await world.executor.verify(world.target, { id: to, images: [] }, signal())
  return check
}

test('a version that ends once at its start and is healthy then has come: it is not taken back', async () => {
  const world = await aWorld({ startMs: 600_000, scale: 1 })
  const [step] = (await world.route('v2.2.1')).steps
  await world.apply(step)
  world.pretend.restart(project, service, 1)
  const seen: Progress[] = []
  const following = world.follow(step, seen)
  await expect.poll(() => seen).toHaveLength(1)
  world.pretend.runsSince(project, service, new Date())

  await following

  expect(seen.map(({ kind }) => kind)).toEqual(['moving', 'settled'])
  expect(seen[0]).toMatchObject({ note: 'shop-checkout-1 was restarted' })
})

test('a container that is restarted at once may come up yet, and has failed when half a minute was not enough', async () => {
  const world = await aWorld({ versions: ['2.3.0-rc1', '2.4.0'], scale: 1 })
  const [step] = (await world.route('v2.3.0-rc1')).steps
  await world.apply(step)
  const seen: Progress[] = []
  const following = world.follow(step, seen)
  await expect.poll(() => seen).toHaveLength(1)
  world.passes(31)

  await following

  expect(seen.map(({ kind }) => kind)).toEqual(['moving', 'failed'])
  expect(seen[0]).toMatchObject({ note: 'shop-checkout-1 ended with 1 and is started again' })
  expect(seen[1]).toMatchObject({
    message: 'shop-checkout-1 is restarted again and again, ended with 1',
  })
})

test('without a health check nobody knows how it is until it has run for a minute, and whoever asks waits that long', async () => {
  const world = await aWorld({ hasHealthCheck: false, volume: '/data' })
  const { steps, warnings, expectedMicros } = await world.route('v2.2.1')
  await world.apply(steps[0])
  const atFirst = await units(world)
  const seen: Progress[] = []
  const following = world.follow(steps[0], seen)
  await expect.poll(() => seen).toHaveLength(1)
  world.passes(61)

  await following

  expect(warnings).toContainEqual({
    kind: 'platform',
    text: 'it has no health check: that a container runs is all Docker knows, and it is looked at until it has run 60 s',
  })
  expect(expectedMicros).toBe(90_000_000)
  expect(atFirst).toEqual({
    id: 'units',
    result: 'unknown',
    text: '2/2 containers running, which is all that is known without a health check, and for less than 60 s',
  })
  expect(seen.map(({ kind }) => kind)).toEqual(['moving', 'settled'])
  expect(await units(world)).toMatchObject({
    result: 'passed',
    text: '2/2 containers running, which is all that is known without a health check',
  })
})

test('one that ends within that minute has failed, though nobody checks its health', async () => {
  const world = await aWorld({ hasHealthCheck: false, volume: '/data' })
  const [step] = (await world.route('v2.2.1')).steps
  await world.apply(step)
  world.passes(10)
  world.pretend.stop(project, service, 3)

  const seen = await world.follow(step)

  expect(seen.at(-1)).toMatchObject({ kind: 'failed', message: 'shop-checkout-1 ended with 3' })
  expect((await units(world))?.result).toBe('failed')
})

test('what was restarted once, and has run since, serves; what counts is for how long', async () => {
  const world = await aWorld({ hasHealthCheck: false })
  world.pretend.restart(project, service, 4)
  const justNow = await world.observe()
  world.passes(61)

  const { units: now, warnings } = await world.observe()
  const { steps } = await world.route('v2.2.1')

  expect(justNow.warnings).toContainEqual({
    kind: 'platform',
    text: 'shop-checkout-1 was restarted',
  })
  expect(now.ready).toBe(2)
  expect(warnings).toEqual([])
  expect(steps[0]?.onFailure).toBe('undo')
})

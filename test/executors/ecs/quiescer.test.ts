import { expect, test } from 'vitest'
import type { Progress } from '#ports/executor.ts'
import { TenureOver } from '#ports/tenure.ts'
import { aFence } from '../fence.ts'
import { freshWorlds, signal, type World } from './world.ts'

const aWorld = freshWorlds()

const planned = async ({ executor, target }: World) => {
  if (!executor.quiescer) throw new Error('nothing can be stopped')
  return executor.quiescer.plan(target, signal())
}

async function followed({ executor }: World, change: Parameters<World['executor']['progress']>[0]) {
  const seen: Progress[] = []
  for await (const one of executor.progress(change, signal())) seen.push(one)
  return seen.at(-1)
}

const asked = (world: World) => world.changesAsked().map(({ request }) => request)

test('stopped and started again with as many tasks, by the count alone, once however often it is asked, and no deployment comes of it', async () => {
  const world = await aWorld({ desiredCount: 3 })
  const { stop, runs, blockers } = await planned(world)
  const before = await world.observe()

  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await world.freshExecutor().apply(stop.change, 'rb_1.0', signal())
  const stopped = await followed(world, stop.change)
  const still = world.running()
  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  await world.freshExecutor().apply(stop.undo, 'rb_1.3', signal())
  const started = await followed(world, stop.undo)

  expect({ runs, blockers }).toEqual({ runs: { noun: 'tasks', count: 3 }, blockers: [] })
  expect(stopped).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
  expect([...still.values()]).toEqual([])
  expect(started).toEqual({ kind: 'settled', ready: 3, wanted: 3 })
  expect(asked(world)).toEqual([
    { cluster: 'prod', service: 'checkout', desiredCount: 0 },
    { cluster: 'prod', service: 'checkout', desiredCount: 3 },
  ])
  expect((await world.observe()).running.id).toBe(before.running.id)
})

test('an answer that was lost is looked for, and nothing is asked twice', async () => {
  const world = await aWorld({ desiredCount: 2 })
  const { stop } = await planned(world)
  world.pretend.faults.add({ path: '/UpdateService', times: 1, cut: 'after' })

  await world.executor.apply(stop.change, 'rb_1.0', signal())

  expect(asked(world)).toHaveLength(1)
  expect(await followed(world, stop.change)).toMatchObject({ kind: 'settled' })
})

test('a task that is on its way out is waited for', async () => {
  const world = await aWorld({ desiredCount: 1 })
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await followed(world, stop.change)
  // ECS counts it no more, and it may still be writing.
  world.pretend.ending('prod', 'checkout', true)
  const looks: Progress[] = []
  for await (const one of world.executor.progress(stop.change, signal())) {
    looks.push(one)
    world.pretend.ending('prod', 'checkout', false)
  }

  expect(looks.map(({ kind }) => kind)).toEqual(['moving', 'settled'])
  expect(looks[0]).toMatchObject({ note: '1 task ends' })
})

test('whoever scales it up while it stands still is not overruled, and that is said; to start it is nothing more to do then', async () => {
  const world = await aWorld({ desiredCount: 3 })
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  world.pretend.scale('prod', 'checkout', 2)

  expect(await followed(world, stop.change)).toMatchObject({
    kind: 'failed',
    message: 'checkout was scaled to 2 by somebody or an autoscaler',
  })
  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  expect(await followed(world, stop.undo)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
  expect(asked(world)).toHaveLength(1)
})

test('an autoscaler that moves the number before it is stopped voids neither the stop nor the start', async () => {
  const world = await aWorld({ desiredCount: 3 })
  const { stop } = await planned(world)
  world.pretend.scale('prod', 'checkout', 5)

  await world.executor.apply(stop.change, 'rb_1.0', signal())
  const stopped = await followed(world, stop.change)
  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  world.pretend.scale('prod', 'checkout', 4)

  expect(stopped).toMatchObject({ kind: 'settled', wanted: 0 })
  expect(await followed(world, stop.undo)).toMatchObject({ kind: 'settled', wanted: 4 })
})

test('what was started by a request whose answer was lost is started, however an autoscaler moved the number before the next look', async () => {
  const world = await aWorld({ desiredCount: 3 })
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await followed(world, stop.change)
  world.pretend.faults.add({ path: '/UpdateService', times: 1, cut: 'after' })
  // The first tasks that start are what it goes by.
  world.pretend.onChange(() => world.pretend.scale('prod', 'checkout', 4))

  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  // After a restart, or by a second worker.
  await world.freshExecutor().apply(stop.undo, 'rb_1.3', signal())

  expect(asked(world)).toMatchObject([{ desiredCount: 0 }, { desiredCount: 3 }])
  expect(await followed(world, stop.undo)).toEqual({ kind: 'settled', ready: 4, wanted: 4 })
})

test('what is being deployed is not stopped in the middle of it, and what is gone or of another process is left alone', async () => {
  const fence = aFence()
  const world = await aWorld({ bakeMinutes: 1e9, beforeChange: fence.beforeChange })
  const { stop } = await planned(world)
  fence.closeAfter(0)
  await expect(world.executor.apply(stop.change, 'rb_1.0', signal())).rejects.toThrow(TenureOver)
  fence.open()
  world.ship('2.4.0')

  expect((await planned(world)).blockers).toMatchObject([
    { why: 'checkout is being deployed; wait until that has ended, and ask again' },
  ])
  expect(asked(world)).toEqual([])
})

import { expect, test } from 'vitest'
import { type Progress, Superseded } from '#ports/executor.ts'
import { freshWorlds, signal, type World } from './world.ts'

const aWorld = freshWorlds()

const planned = async ({ executor, target }: World) => {
  if (!executor.quiescer) throw new Error('nothing can be stopped')
  return executor.quiescer.plan(target, signal())
}

async function followed({ executor }: World, change: Parameters<World['executor']['progress']>[0]) {
  const seen: Progress[] = []
  for await (const one of executor.progress(change, signal())) seen.push(one)
  return seen
}

const pods = (world: World) => world.cluster.list('Pod')

test('stopped means that no pod is left, not even one that is on its way out', async () => {
  const world = await aWorld({ replicas: 3 })
  const { stop, runs, blockers } = await planned(world)

  await world.executor.apply(stop.change, 'rb_1.0', signal())
  const seen = await followed(world, stop.change)

  expect(runs).toEqual({ noun: 'pods', count: 3 })
  expect(blockers).toEqual([])
  expect(seen.at(-1)).toMatchObject({ kind: 'settled', wanted: 0 })
  expect(await pods(world)).toEqual([])
})

test('what was stopped comes back with exactly as many, whatever was deployed meanwhile', async () => {
  const world = await aWorld({ replicas: 3 })
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await followed(world, stop.change)
  await world.ship('2.4.0')

  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  const seen = await followed(world, stop.undo)

  expect(await world.workload()).toMatchObject({ spec: { replicas: 3 } })
  expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 3 })
})

test('whoever scales it up while it stands still is not overruled', async () => {
  const world = await aWorld({ replicas: 3 })
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await world.request('PATCH', world.path, { spec: { replicas: 2 } })

  const seen = await followed(world, stop.change)

  expect(seen.at(-1)).toMatchObject({
    kind: 'failed',
    message: 'checkout was scaled to 2 by somebody or an autoscaler',
  })
  await expect(world.executor.apply(stop.undo, 'rb_1.3', signal())).rejects.toThrow(Superseded)
  expect(await world.workload()).toMatchObject({ spec: { replicas: 2 } })
})

test('an autoscaler that moves the number meanwhile voids neither the stop nor the start', async () => {
  const world = await aWorld({ replicas: 3 })
  const { stop } = await planned(world)
  await world.request('PATCH', world.path, { spec: { replicas: 5 } })

  await world.executor.apply(stop.change, 'rb_1.0', signal())
  const stopped = await followed(world, stop.change)
  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  await world.request('PATCH', world.path, { spec: { replicas: 4 } })
  const started = await followed(world, stop.undo)

  expect(stopped.at(-1)).toMatchObject({ kind: 'settled', wanted: 0 })
  expect(started.at(-1)).toMatchObject({ kind: 'settled', ready: 4, wanted: 4 })
})

test('what somebody has shipped while its rollout is paused does not keep it from coming back', async () => {
  const world = await aWorld({ replicas: 3 })
  await world.request('PATCH', world.path, { spec: { paused: true } })
  await world.ship('2.4.0')
  const { stop } = await planned(world)
  await world.executor.apply(stop.change, 'rb_1.0', signal())
  await followed(world, stop.change)

  await world.executor.apply(stop.undo, 'rb_1.3', signal())
  const seen = await followed(world, stop.undo)

  expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 3, wanted: 3 })
  const images = (await pods(world)).map(({ spec }) => spec.containers[0]?.image)
  expect(images).toHaveLength(3)
  // Which of the others it is goes by when their ReplicaSets were made.
  expect(images).not.toContain('shop/checkout:2.4.0')
})

test('a DaemonSet has no number that could be 0', async () => {
  const world = await aWorld({ kind: 'DaemonSet' })

  const { blockers } = await planned(world)

  expect(blockers).toMatchObject([{ why: expect.stringContaining('no number of pods') }])
})

import { expect, test } from 'vitest'
import { NeedsPerson, NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { TenureOver } from '#ports/tenure.ts'
import { aFence } from '../fence.ts'
import { freshWorlds, project, service, signal, type World } from './world.ts'

const aWorld = freshWorlds()

const planned = async ({ executor, target }: World) => {
  if (!executor.quiescer) throw new Error('nothing can be stopped')
  return executor.quiescer.plan(target, signal())
}

type Change = Parameters<World['executor']['progress']>[0]

async function followed({ executor }: World, change: Change) {
  const seen: Progress[] = []
  for await (const one of executor.progress(change, signal())) seen.push(one)
  return seen.at(-1)
}

const make = (world: World, change: Change) => world.executor.apply(change, 'rb_1.0', signal())
/** `stop 3`: what was asked of Docker’s command, and for how many containers. */
const asked = ({ pretend }: World) =>
  pretend.commands.flatMap(({ args: [first, verb = '', ...ids] }) =>
    first === 'container' ? [`${verb} ${ids.length}`] : [],
  )
const statuses = (world: World) => world.containers().map(({ name, status }) => `${name} ${status}`)

test('the containers that run are stopped and the very same started again, once however often it is asked', async () => {
  const world = await aWorld({ scale: 3 })
  world.pretend.stopOne(project, service, 3)
  const { stop, runs, blockers, warnings } = await planned(world)
  const before = await world.observe()

  await make(world, stop.change)
  await world.freshExecutor().apply(stop.change, 'rb_1.0', signal())
  const stopped = await followed(world, stop.change)
  const still = statuses(world)
  await make(world, stop.undo)
  await world.freshExecutor().apply(stop.undo, 'rb_1.3', signal())
  const started = await followed(world, stop.undo)

  expect({ runs, blockers, warnings }).toEqual({
    runs: { noun: 'containers', count: 2 },
    blockers: [],
    warnings: [],
  })
  expect(stopped).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
  expect(still).toEqual([1, 2, 3].map((number) => `shop-checkout-${number} exited`))
  expect(started).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
  // The one that stood still before does so afterwards.
  expect(statuses(world)).toEqual([
    'shop-checkout-1 running',
    'shop-checkout-2 running',
    'shop-checkout-3 exited',
  ])
  expect(asked(world)).toEqual(['stop 2', 'start 2'])
  expect((await world.observe()).precondition).toEqual(before.precondition)
})

test('an answer that was lost is looked for, and what another process has begun is only finished', async () => {
  const fence = aFence()
  const world = await aWorld({ scale: 3, beforeChange: fence.beforeChange })
  const { stop } = await planned(world)
  fence.closeAfter(0)
  await expect(make(world, stop.change)).rejects.toThrow(TenureOver)
  fence.open()
  world.pretend.faults.add({ method: 'POST', path: '/stop', cut: 'after', times: 1 })
  await make(world, stop.change)
  world.pretend.stop(project, service)
  world.pretend.startOne(project, service, 1)

  await make(world, stop.undo)

  expect(asked(world)).toEqual(['stop 3', 'start 2'])
  expect(await followed(world, stop.undo)).toMatchObject({ kind: 'settled', ready: 3 })
})

test('what somebody deploys or starts before it is stopped is not stopped; beside what stands still, it is told', async () => {
  const world = await aWorld()
  const { stop } = await planned(world)
  world.ship('2.5.0')
  await expect(make(world, stop.change)).rejects.toThrow(Superseded)

  const now = await planned(world)
  await make(world, now.stop.change)
  world.pretend.scale(project, service, 3, world.directory)

  expect(await followed(world, now.stop.change)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^shop-checkout-\d of checkout was started again$/),
  })
  expect(asked(world)).toEqual(['stop 2'])
})

test('what stood still and was replaced or taken away meanwhile is not brought back, and the sentence says what to do', async () => {
  const world = await aWorld()
  const { stop } = await planned(world)
  await make(world, stop.change)
  world.pretend.remove(project, service)
  await expect(make(world, stop.undo)).rejects.toThrow(
    new Superseded(
      'containers of checkout were taken away meanwhile; start it with `docker compose up --detach checkout`',
    ),
  )

  world.ship('2.3.0')

  await expect(make(world, stop.undo)).rejects.toThrow(
    new Superseded(
      'shop-checkout-1 was started meanwhile; look at checkout with `docker compose ps`',
    ),
  )
  expect(await followed(world, stop.undo)).toMatchObject({ kind: 'failed' })
  expect(asked(world)).toEqual(['stop 2'])
})

test('a right that is missing is no “nothing was changed” where some stand still by then', async () => {
  const world = await aWorld()
  const { stop } = await planned(world)
  const message = 'Error response from daemon: permission denied by a proxy'
  world.pretend.faults.add({ method: 'POST', path: '/stop', message })
  await expect(make(world, stop.change)).rejects.toThrow(NotAllowed)
  world.pretend.stopOne(project, service, 1)
  world.pretend.faults.add({ method: 'POST', path: '/stop', message })

  await expect(make(world, stop.change)).rejects.toThrow(NeedsPerson)

  expect(asked(world)).toEqual(['stop 2', 'stop 1'])
})

test('what comes up and is not well, or ends again, is not called started', async () => {
  const world = await aWorld()
  const { stop } = await planned(world)
  await make(world, stop.change)
  await make(world, stop.undo)
  world.pretend.behave('shop/checkout:2.3.0', { start: { kind: 'never-ready' } })
  const ill = await followed(world, stop.undo)
  world.pretend.stopOne(project, service, 1)

  expect(ill).toMatchObject({ kind: 'failed', message: 'shop-checkout-1 is unhealthy' })
  expect(await followed(world, stop.undo)).toMatchObject({
    kind: 'failed',
    message: 'shop-checkout-1 has stopped',
  })
})

test('what is being deployed is not stopped in the middle of it, and what Docker itself would start again is told of', async () => {
  const world = await aWorld({ restarts: 'always' })
  expect((await planned(world)).warnings).toMatchObject([
    { text: expect.stringContaining('checkout has `restart: always`') },
  ])
  const [step] = (await world.route('v2.2.1')).steps
  await world.apply(step)

  expect((await planned(world)).blockers).toEqual([
    {
      kind: 'unsupported',
      why: 'checkout runs two images, as while it is deployed; wait until that has ended, and ask again',
    },
  ])
})

test('a service whose containers were taken away is gone, and not out of reach', async () => {
  const world = await aWorld({ scale: 1 })
  world.pretend.remove(project, service)

  await expect(planned(world)).rejects.toThrow(
    new TargetGone(
      'there is no container of Compose service checkout in project shop on Docker prod',
    ),
  )
})

import { expect, test } from 'vitest'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { TenureOver } from '#ports/tenure.ts'
import { aFence } from '../fence.ts'
import { freshWorlds, project, service, signal, type World } from './world.ts'

const aWorld = freshWorlds()

const shape = (world: World) =>
  world.containers().map(({ name, reference }) => `${name} ${reference}`)
/** What was asked of Docker’s command: `stop`, `rm`, or `up` of so many. */
const asked = ({ pretend }: World) =>
  pretend.commands.flatMap(({ args }) => {
    const [, verb = ''] = args[0] === 'container' ? args : ['', 'up']
    if (args[0] === 'container') return [`${verb} ${args.length - 2}`]
    return args.includes('up') ? [args.slice(args.indexOf('--no-recreate')).join(' ')] : []
  })
const back = (world: World, undo: unknown, index: number) =>
  world.executor.apply(undo as never, `rb_1.${index}.undo`, signal())

test('of several containers one at a time is replaced, each well before the next, and as many run afterwards', async () => {
  const world = await aWorld({ scale: 3 })
  const { steps, how, expectedMicros, collapseHow } = await world.route('v2.2.1')
  const between: string[][] = []

  for (const [index, { change }] of steps.entries()) {
    await world.executor.apply(change, `rb_1.${index}`, signal())
    expect((await world.follow(steps[index])).at(-1)).toEqual({
      kind: 'settled',
      ready: index + 1,
      wanted: 3,
    })
    between.push(shape(world))
  }

  expect(steps.map(({ name }) => name)).toEqual([
    'v2.2.1 started by Compose, 1 of 3',
    'v2.2.1 started by Compose, 2 of 3',
    'v2.2.1 started by Compose, 3 of 3',
  ])
  expect(how).toBe(
    '`docker compose up` with shop/checkout:2.2.1 · 3 containers, one at a time: it is stopped and taken away, and the next only when the new one is well · other settings stay as they are · taken back by itself if a new one does not get well',
  )
  expect(expectedMicros).toBe(90_000_000)
  expect(collapseHow).toContain('are stopped and replaced together')
  expect(between[0]).toEqual([
    'shop-checkout-2 shop/checkout:2.3.0',
    'shop-checkout-3 shop/checkout:2.3.0',
    'shop-checkout-4 shop/checkout:2.2.1',
  ])
  const once = ['stop 1', 'rm 1', '--no-recreate --scale checkout=3 checkout']
  expect(asked(world)).toEqual([...once, ...once, ...once])
  const checks = await world.executor.verify(
    world.target,
    { id: await world.revision('v2.2.1'), images: [] },
    signal(),
  )
  expect(checks.map(({ result }) => result)).toEqual(['passed', 'passed'])
})

test('one that does not get well is taken back alone, and those before it one after the other', async () => {
  const world = await aWorld({ scale: 3 })
  const { steps } = await world.route('v2.2.1')
  await world.apply(steps[0])
  world.pretend.behave('shop/checkout:2.2.1', { start: { kind: 'never-ready' } })

  const seen = await world.follow(steps[0])
  const later = world.executor.apply(steps[1]?.change ?? null, 'rb_1.1', signal())
  await expect(later).rejects.toThrow(
    new NeedsPerson('shop-checkout-4 is unhealthy: no further container is replaced by v2.2.1'),
  )
  const former = shape(world).slice(0, 2)
  await back(world, steps[1]?.undo, 1)
  await back(world, steps[0]?.undo, 0)

  expect(seen.at(-1)).toMatchObject({ kind: 'failed', message: 'shop-checkout-4 is unhealthy' })
  expect(steps.map(({ onFailure }) => onFailure)).toEqual(['undo', 'undo', 'undo'])
  expect(shape(world)).toEqual([...former, 'shop-checkout-4 shop/checkout:2.3.0'])
  expect(asked(world).filter((one) => one === 'stop 1')).toHaveLength(2)
})

test('one that serves nobody goes first, so that none is away beside it', async () => {
  const world = await aWorld({ scale: 3 })
  const { steps } = await world.route('v2.2.1')
  const ill = world.pretend.stopOne(project, service, 2)

  await world.apply(steps[0])

  expect(shape(world).join()).not.toContain(ill)
  expect(shape(world)).toHaveLength(3)
})

test.for([
  ['stop', 0],
  ['rm', 1],
  ['up', 2],
] as const)(
  'what ended before its %s is carried on by another process, and one container is replaced in all',
  async ([, made]) => {
    const fence = aFence()
    const world = await aWorld({ beforeChange: fence.beforeChange })
    const [step] = (await world.route('v2.2.1')).steps
    fence.closeAfter(made)
    await expect(world.apply(step)).rejects.toThrow(TenureOver)
    expect(asked(world)).toHaveLength(made)
    fence.open()

    await world.freshExecutor().apply(step?.change ?? null, 'rb_1.0', signal())

    expect(world.containers().map(({ reference }) => reference)).toEqual([
      'shop/checkout:2.3.0',
      'shop/checkout:2.2.1',
    ])
  },
)

test('a service that was scaled meanwhile, or deployed anew, is not touched', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  world.pretend.scale(project, service, 4, world.directory)
  await expect(world.apply(steps[0])).rejects.toThrow(
    new Superseded('checkout has 4 containers by now, not 2'),
  )
  const third = (await world.route('v2.2.1')).steps
  await world.apply(third[0])
  world.pretend.deploy(project, service, 'shop/checkout:2.3.0', world.directory)

  await expect(world.executor.apply(third[1]?.change ?? null, 'rb_1.1', signal())).rejects.toThrow(
    new Superseded('containers of checkout were deployed anew meanwhile'),
  )

  expect(asked(world)).toHaveLength(3)
})

test('a right that is missing is no “nothing was changed” once a container was taken away, and is before that', async () => {
  const world = await aWorld()
  const [step] = (await world.route('v2.2.1')).steps
  const before = world.containers()
  const message = 'Error response from daemon: permission denied by a proxy'
  world.pretend.faults.add({ method: 'POST', path: '/stop', message })
  await expect(world.apply(step)).rejects.toThrow(NotAllowed)
  expect(world.containers()).toEqual(before)
  world.pretend.faults.add({ method: 'POST', path: '/up', message })

  await expect(world.apply(step)).rejects.toThrow(NeedsPerson)
  await back(world, step?.undo, 0)

  expect(world.containers().map(({ reference }) => reference)).toEqual([
    'shop/checkout:2.3.0',
    'shop/checkout:2.3.0',
  ])
})

test('finished at once, those that are left are replaced together beside those that were, or all where there is none yet', async () => {
  const world = await aWorld({ scale: 3 })
  const { steps, collapse } = await world.route('v2.2.1')
  await world.apply(steps[0])
  const [, , first] = shape(world)
  const finish = (on: World) =>
    on.executor.apply(collapse[0]?.change ?? null, 'rb_1.1.collapse', signal())

  await finish(world)
  const beside = shape(world)
  await back(world, collapse[0]?.undo, 1)
  await back(world, steps[0]?.undo, 0)
  const taken = world.containers().map(({ reference }) => reference)
  await finish(world)

  expect(beside).toContain(first)
  expect(new Set(taken)).toEqual(new Set(['shop/checkout:2.3.0']))
  expect(taken).toHaveLength(3)
  expect(world.containers().map(({ reference }) => reference)).toEqual(
    Array.from({ length: 3 }, () => 'shop/checkout:2.2.1'),
  )
  expect(asked(world).filter((one) => one.startsWith('stop'))).toEqual(['stop 1', 'stop 2'])
})

test('of many containers several are away at a time: no plan waits for more than ten starts', async () => {
  const world = await aWorld({ scale: 23 })

  const { steps, how } = await world.route('v2.2.1')

  expect(how).toContain(
    '23 containers, 3 at a time: they are stopped and taken away, and the next only when the new ones are well',
  )
  expect(steps.map(({ name }) => name.split(', ')[1])).toEqual(
    [3, 6, 9, 12, 15, 18, 21, 23].map((count) => `${count} of 23`),
  )
  expect(steps.at(-1)?.undo).toMatchObject({ part: { count: 2, scale: 23, atOnce: 3 } })
})

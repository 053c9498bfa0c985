import { expect, test } from 'vitest'
import { type InstanceLimits, type InstancesSeen } from '#domain/assessment/instance.ts'
import { instanceReadings } from '#domain/assessment/instances.ts'
import { fromDate, minutes, plus } from '#domain/time.ts'
import { freshWorlds, signal, type World } from './world.ts'

const world = freshWorlds()
const limits: InstanceLimits = {
  lookBack: minutes(10),
  startUp: minutes(5),
  sustained: minutes(5),
}
const hourAgo = () => plus(fromDate(new Date()), minutes(-60))

test('a service whose tasks all run has nothing to tell', async () => {
  const w = await world()

  const seen = await look(w)

  expect(valuesOf(seen)).toEqual({
    'not-ready': 0,
    failing: 0,
    restarts: 0,
    'oom-kills': 0,
    'probe-failures': 0,
    warnings: 0,
  })
})

test('tasks that fail to start beside those that serve are counted, although ECS replaces each by another', async () => {
  const w = await world()
  w.ship('2.4.0-rc1')
  await failedAtLeast(w, 3)

  const seen = await look(w)

  const told = seen.instances.kind === 'told' ? seen.instances.what : undefined
  const fresh = told?.all.filter(({ isNew }) => isNew) ?? []
  expect(
    told?.all.filter(({ isNew }) => !isNew).every(({ unreadySince }) => unreadySince === null),
  ).toBe(true)
  expect(fresh.some(({ unreadySince }) => unreadySince !== null)).toBe(true)
  expect(fresh.flatMap(({ containers }) => containers).some(({ restarts }) => restarts >= 3)).toBe(
    true,
  )
  expect(valuesOf(seen, 11)['failing']).toBeGreaterThan(0)
  expect(valuesOf(seen)['restarts']).toBeGreaterThanOrEqual(3)
})

test('why they fail is told with how often', async () => {
  const w = await world()
  w.ship('2.4.0-snapshot')
  await failedAtLeast(w, 2)

  const { warnings } = await look(w)

  expect(warnings.kind === 'told' && warnings.what).toContainEqual(
    expect.objectContaining({
      about: expect.stringMatching(/^shop-checkout:\d+$/),
      reason: 'TaskFailedToStart',
      message: expect.stringContaining('CannotPullContainerError'),
    }),
  )
})

test('tasks that a deployment stopped are no failures', async () => {
  const w = await world()
  w.ship('2.4.0')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  expect(valuesOf(await look(w))).toMatchObject({ restarts: 0, failing: 0 })
})

test('an ECS that does not tell is unknown, and no good sign', async () => {
  const w = await world()
  w.pretend.deny('ListTasks')

  const { instances } = await look(w)

  expect(instances).toMatchObject({
    kind: 'unavailable',
    why: expect.stringContaining('not allowed to call ecs:ListTasks'),
  })
})

const look = async ({ executor, target }: World): Promise<InstancesSeen> => {
  const seen = await executor.instances?.look(target, hourAgo(), signal())
  if (!seen) throw new Error('ECS shows no instances')
  return seen
}

async function failedAtLeast(w: World, count: number): Promise<void> {
  await expect
    .poll(async () => {
      const { warnings } = await look(w)
      const told = warnings.kind === 'told' ? warnings.what : []
      return told.reduce((sum, { times }) => sum + times, 0)
    })
    .toBeGreaterThanOrEqual(count)
}

const valuesOf = (seen: InstancesSeen, minutesLater = 0): Readonly<Record<string, number>> =>
  Object.fromEntries(
    instanceReadings(seen, {
      source: 'ECS',
      now: plus(fromDate(new Date()), minutes(minutesLater)),
      limits,
    }).map(({ signal: name, answer }) => [name, answer.kind === 'value' ? answer.value : -1]),
  )

import { expect, test } from 'vitest'
import { freshWorlds, signal, version } from './world.ts'

const aWorld = freshWorlds()

test('a command of somebody’s own lists, tells and moves versions, down and up again', async () => {
  const world = await aWorld()
  const { migrate } = world.programs
  const tool = {
    kind: 'command' as const,
    list: [migrate, 'list'],
    version: [migrate, 'version'],
    down: [migrate, 'down', '{to}'],
    up: [migrate, 'up', '{to}'],
  }
  const target = { ...world.target, spec: { ...Object(world.target.spec), tool } }
  const { executor } = world
  const observed = await executor.observe(target, signal())

  const route = await executor.route(target, observed, version('41'), 'rb_1', signal())
  for (const [index, { change }] of route.steps.entries())
    await executor.apply(change, `rb_1.${index}`, signal())

  expect(observed.running.name).toBe('43')
  expect(route.how).toContain('its own command (2 steps down)')
  expect(await world.version()).toBe(41)
  await executor.apply(route.steps.at(-1)?.undo ?? null, 'rb_1.1.undo', signal())
  expect(await world.version()).toBe(43)
})

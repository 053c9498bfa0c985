import { expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import { freshWorlds, type Setup, signal, type World } from './world.ts'

const world = freshWorlds()
const roles = {
  cpu: '256',
  memory: '512',
  networkMode: 'awsvpc',
  taskRoleArn: 'arn:aws:iam::111122223333:role/shop-checkout',
}

/** Its version before the present one was deregistered. */
async function deregistered(setup: Setup = {}): Promise<World> {
  const w = await world({ registerAgain: true, settings: roles, ...setup })
  w.pretend.deregister(before(w))
  return w
}
const before = (w: World) => w.definitions.get('2.2.1') ?? ''
const asked = (w: World) => w.changesAsked().map(({ operation }) => operation)

test('a definition that was deregistered is registered once more as ECS tells of it, deployed, and is the version that it was', async () => {
  const w = await deregistered()
  const id = await w.revision('v2.2.1')

  const { steps, how, warnings } = await w.route('v2.2.1')
  for (const step of steps) {
    await w.apply(step)
    expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  }

  expect(steps.map(({ name }) => name)).toEqual([
    'copy of shop-checkout:2 registered',
    'v2.2.1 deployed',
  ])
  expect(how).toMatch(/^register a copy of shop-checkout:2, then deploy shop-checkout:2 again · 4/)
  expect(warnings).toContainEqual({
    kind: 'platform',
    text: expect.stringMatching(/^somebody deregistered shop-checkout:2: a copy of it is/),
  })
  const copy = before(w).replace(/:2$/, ':4')
  expect(w.changesAsked()).toEqual([
    {
      operation: 'RegisterTaskDefinition',
      request: {
        family: 'shop-checkout',
        ...roles,
        containerDefinitions: [expect.objectContaining({ image: 'shop/checkout:2.2.1' })],
        volumes: [],
        placementConstraints: [],
        tags: [{ key: 'countermand:copy-of', value: before(w) }],
      },
    },
    { operation: 'UpdateService', request: expect.objectContaining({ taskDefinition: copy }) },
  ])
  expect((await w.observe()).running).toMatchObject({ id, name: 'v2.2.1' })
  expect((await w.verify('v2.2.1')).map(({ result }) => result)).toEqual(['passed', 'passed'])
  const other = w.freshExecutor()
  expect((await other.observe(w.target, signal())).running.id).toBe(id)
})

test('a registration whose answer was lost is found by its tag and not made twice, by another process as well', async () => {
  const w = await deregistered()
  const { steps } = await w.route('v2.2.1')
  w.pretend.faults.add({ path: '/RegisterTaskDefinition', times: 1, cut: 'after' })

  await w.apply(steps[0])
  await w.freshExecutor().apply(steps[0]?.change ?? null, 'rb_1.0', signal())
  await w.freshExecutor().apply(steps[1]?.change ?? null, 'rb_1.1', signal())

  expect(asked(w)).toEqual(['RegisterTaskDefinition', 'UpdateService'])
  expect(w.pretend.changes()).toBe(2)
})

test('a copy that is there already is deployed, and no other is made', async () => {
  const w = await deregistered()
  const { steps } = await w.route('v2.2.1')
  for (const step of steps) await w.apply(step)
  await w.follow(steps[1])
  for (const step of steps.toReversed()) await w.executor.apply(step.undo, 'rb_1.undo', signal())
  await expect.poll(() => w.state()).toMatchObject({ status: 'SUCCESSFUL' })

  const again = await w.route('v2.2.1')
  for (const step of again.steps) await w.apply(step)

  expect(again.steps.map(({ name }) => name)).toEqual(['v2.2.1 deployed'])
  expect(again.warnings).toContainEqual({
    kind: 'platform',
    text: 'somebody deregistered shop-checkout:2: its copy shop-checkout:4 is deployed',
  })
  expect(asked(w).filter((one) => one === 'RegisterTaskDefinition')).toHaveLength(1)
  expect(w.state().wanted).toMatch(/:4$/)
})

test.for([
  ['RegisterTaskDefinition', 'ecs:RegisterTaskDefinition'],
  ['iam:PassRole', 'iam:PassRole'],
] as const)(
  'without the right to %s it is refused before anything is touched, by the name of %s',
  async ([denied, named]) => {
    const w = await deregistered()
    const { steps } = await w.route('v2.2.1')
    w.pretend.deny(denied)

    await expect(w.apply(steps[0])).rejects.toThrow(NotAllowed)
    await expect(w.apply(steps[0])).rejects.toThrow(
      `not allowed to call ${named} on a copy of shop-checkout:2`,
    )
    expect(w.pretend.changes()).toBe(0)
  },
)

test('nothing is registered when somebody deployed meanwhile', async () => {
  const w = await deregistered()
  const { steps } = await w.route('v2.2.1')
  w.ship('2.5.0')

  await expect(w.apply(steps[0])).rejects.toThrow('was deployed to checkout meanwhile')
  expect(w.changesAsked()).toEqual([])
})

test('from a deployment under way the copy is registered first of all', async () => {
  const w = await deregistered({ bakeMinutes: 600_000 })
  w.ship('2.4.0')

  const { steps } = await w.route('v2.2.1')
  for (const step of steps) {
    await w.apply(step)
    await w.follow(step)
  }

  expect(asked(w)).toEqual(['RegisterTaskDefinition', 'StopServiceDeployment', 'UpdateService'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
})

test('a tag that names other images makes no copy', async () => {
  const w = await deregistered()
  w.pretend.register('shop-checkout', [{ name: 'app', image: 'evil/checkout:2.2.1' }], roles, [
    { key: 'countermand:copy-of', value: before(w) },
  ])

  const { steps } = await w.route('v2.2.1')

  expect(steps.map(({ name }) => name)).toContain('copy of shop-checkout:2 registered')
})

test('where the target does not allow it a definition that was deregistered is refused, and what to do is said', async () => {
  const w = await deregistered({ registerAgain: false })

  expect((await w.route('v2.2.1')).blockers).toMatchObject([
    { kind: 'target_missing', why: expect.stringMatching(/INACTIVE.*or set registerAgain/) },
  ])
  expect((await w.candidates()).find(({ revision }) => revision.name === 'v2.2.1')).toMatchObject({
    missing: expect.stringMatching(/INACTIVE.*or set registerAgain/),
  })
})

test('whoever examines a target that may register is told that the right to it shows only then', async () => {
  const w = await deregistered()

  expect(await w.executor.examine(w.target, signal())).toContainEqual({
    kind: 'choice',
    text: expect.stringContaining('ecs:RegisterTaskDefinition, ecs:TagResource, iam:PassRole'),
    remedy: expect.stringContaining('deploy/ecs-register-policy.json'),
  })
  expect(w.changesAsked()).toEqual([])
})

import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { NoAnswer } from '#executors/aws/failure.ts'
import type { Progress } from '#ports/executor.ts'
import { cluster, freshWorlds, service, signal, type World } from '../ecs/world.ts'
import { group } from './group.ts'

const world = freshWorlds()
const deployed = (w: World) => w.pretend.deployedByCodeDeploy(cluster, service)
const asked = (w: World) => w.changesAsked().map(({ operation }) => operation)

async function firstLook(w: World, step: Step | undefined): Promise<Progress | undefined> {
  for await (const one of w.executor.progress(step?.change ?? null, signal())) return one
  return undefined
}

test('between the end of a deployment and its return nothing is put beside it, and nothing is called done', async () => {
  const w = await world({ codeDeploy: group, ecs: { taskStartMs: 1 } })
  w.pretend.startTasksIn(600_000)
  w.ship('2.4.0')
  await expect.poll(() => deployed(w).status).toBe('InProgress')
  const [first, second] = (await w.route('v2.2.1')).steps
  w.pretend.holdReturns(true)

  await w.apply(first)
  await expect.poll(() => deployed(w).status).toBe('Stopped')

  expect(await firstLook(w, first)).toMatchObject({
    kind: 'moving',
    note: 'CodeDeploy is about to take it back',
  })
  await expect(w.apply(second)).rejects.toThrow(NoAnswer)
  expect(asked(w)).toEqual(['StopDeployment'])
  w.pretend.holdReturns(false)
  w.pretend.startTasksIn(0)
  expect((await w.follow(first)).at(-1)?.kind).toBe('settled')
  await w.apply(second)
  expect((await w.follow(second)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['StopDeployment', 'CreateDeployment'])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.2.1'))
})

test('a stop whose answer was lost is not followed by a deployment beside the return that it brings', async () => {
  const w = await world({ codeDeploy: group })
  w.ship('2.4.0')
  await expect.poll(() => deployed(w).isShifted).toBe(true)
  const [step] = (await w.route('v2.3.0')).steps
  w.pretend.holdReturns(true)
  await w.apply(step)
  await expect.poll(() => deployed(w).status).toBe('Stopped')

  await expect(w.apply(step)).rejects.toThrow(/^CodeDeploy still takes deployment d-\S+ back$/)

  w.pretend.holdReturns(false)
  await w.apply(step)
  expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['StopDeployment'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.3.0'])
})

test('a return that does not come within a minute is waited for no longer', async () => {
  const twoMinutesAgo = () => new Date(Date.now() - 120_000)
  const w = await world({ codeDeploy: group, ecs: { now: twoMinutesAgo } })
  w.ship('2.4.0')
  await expect.poll(() => deployed(w).isShifted).toBe(true)
  const [step] = (await w.route('v2.3.0')).steps
  w.pretend.holdReturns(true)
  await w.apply(step)
  await expect.poll(() => deployed(w).status).toBe('Stopped')

  await w.apply(step)

  expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['StopDeployment', 'CreateDeployment'])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.3.0'))
})

test('a deployment that is under way is found, in whatever order CodeDeploy lists', async () => {
  const w = await world({ codeDeploy: group, ecs: { pageSize: 2 } })
  w.pretend.listOldestFirst(true)
  w.ship('2.4.0')

  expect((await w.observe()).running.name).toBe('v2.4.0')
})

test('where CodeDeploy does not list the last deployment of a group nobody says what came before it', async () => {
  const w = await world({ codeDeploy: group, ecs: { pageSize: 2 } })
  const { steps } = await w.route('v2.2.1')
  w.pretend.listOldestFirst(true)

  expect((await w.route('v2.2.1')).blockers).toEqual([
    {
      kind: 'unsupported',
      why: expect.stringMatching(
        /^CodeDeploy does not list the group’s last deployment d-\S+ among the newest, so/,
      ),
    },
  ])
  // What was planned knows its last deployment, and that nothing came after it.
  await w.apply(steps[0])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.2.1'))
})

test.for([
  [25, []],
  [
    26,
    [
      {
        kind: 'unsupported',
        why: expect.stringMatching(
          /^CodeDeploy does not list the group’s last deployment d-\S+ among the newest, so/,
        ),
      },
    ],
  ],
] as const)(
  'of %i deployments, the oldest listed first, none that is not looked at is passed over in silence',
  async ([count, blockers]) => {
    const versions = Array.from({ length: count }, (_, at) => `2.0.${at}`)
    const w = await world({ codeDeploy: group, versions })
    w.pretend.listOldestFirst(true)

    expect((await w.route(`v2.0.${count - 3}`)).blockers).toEqual(blockers)
  },
)

test('an undo that ends while it is looked at once more is not made a second time', async () => {
  const w = await world({ codeDeploy: { ...group, keepsMinutes: 0 }, ecs: { taskStartMs: 100 } })
  const [step] = (await w.route('v2.2.1')).steps
  await w.apply(step)
  expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  const undo = async () => w.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())
  await undo()
  w.pretend.faults.add({ path: /^\/ListDeployments$/, delayMs: 1_500, times: 1 })

  await undo()

  expect(asked(w)).toEqual(['CreateDeployment', 'CreateDeployment'])
})

/** A deployment is under way still, although the former tasks are gone. */
async function onlyItsEndIsLeft(w: World, image: string): Promise<void> {
  w.pretend.holdEnds(true)
  w.pretend.endKeeping(cluster, service)
  await expect.poll(() => [...w.running().keys()], { timeout: 20_000 }).toEqual([image])
  expect(deployed(w)).toMatchObject({ status: 'InProgress', isShifted: true })
}
const aboutToEnd = /^CodeDeploy is about to end deployment d-\S+$/

test('an undo waits for its own deployment, of which nothing is left but to call it ended', async () => {
  const w = await world({ codeDeploy: group })
  const [step] = (await w.route('v2.2.1')).steps
  await w.apply(step)
  expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  await onlyItsEndIsLeft(w, 'shop/checkout:2.2.1')
  const undo = async () => w.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())

  await expect(undo()).rejects.toThrow(aboutToEnd)

  expect(asked(w)).toEqual(['CreateDeployment'])
  w.pretend.holdEnds(false)
  await undo()
  expect(asked(w)).toEqual(['CreateDeployment', 'CreateDeployment'])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.3.0'))
})

test('… and so does a step for the deployment that it was to take back', async () => {
  const w = await world({ codeDeploy: group })
  w.ship('2.4.0')
  await expect.poll(() => deployed(w).isShifted, { timeout: 20_000 }).toBe(true)
  const [step] = (await w.route('v2.3.0')).steps
  await onlyItsEndIsLeft(w, 'shop/checkout:2.4.0')

  await expect(w.apply(step)).rejects.toThrow(aboutToEnd)

  expect(asked(w)).toEqual([])
  w.pretend.holdEnds(false)
  await w.apply(step)
  expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  expect(asked(w)).toEqual(['CreateDeployment'])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.3.0'))
})

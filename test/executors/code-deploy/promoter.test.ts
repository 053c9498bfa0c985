import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import {
  aWorld,
  cluster,
  freshWorlds,
  lateAfterMs,
  service,
  signal,
  type World,
} from '../ecs/world.ts'
import { group, waitingGroup } from './group.ts'

promoterContract('a deployment of CodeDeploy that waits before its first traffic', waiting)

async function waiting(trouble?: Trouble): Promise<CanaryPlatform> {
  const setup = { codeDeploy: waitingGroup, isImpatient: trouble?.kind === 'late' }
  const world = await aWorld(setup)
  await waits(world, '2.4.0')
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    next: 100,
    wanted: async () => deployed(world).wanted,
    changes: world.pretend.changes,
    trouble: (one, times) =>
      world.pretend.faults.add({
        path: /\/(Stop|Continue|Create)/,
        times,
        ...faultOf(one, lateAfterMs(setup)),
      }),
    shipAnother: () => waits(world, '2.5.0'),
    removeTarget: async () => {
      world.pretend.remove(cluster, service)
    },
    close: world.close,
  }
}

const deployed = (w: World) => w.pretend.deployedByCodeDeploy(cluster, service)

async function waits(world: World, tag: string): Promise<void> {
  world.ship(tag)
  await expect
    .poll(async () => (await world.executor.promoter?.canary(world.target, signal()))?.canary?.name)
    .toBe(`v${tag}`)
}

async function found({ executor: { promoter }, target }: World) {
  if (!promoter) throw new Error('it moves no canaries')
  return { promoter, state: await promoter.canary(target, signal()) }
}

const world = freshWorlds()
const undoOf = (step: Step | undefined) => step && { ...step, change: step.undo }

test('what waits is sent traffic by that word, and by no other; and it is said until when CodeDeploy waits', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const { promoter, state } = await found(w)

  const half = await promoter.forward(w.target, state, 50, 'pr_1', signal())
  const leg = await promoter.forward(w.target, state, 100, 'pr_1', signal())
  await w.apply(leg.steps[0])

  expect(state.warnings).toContainEqual({
    kind: 'platform',
    text: 'CodeDeploy stops it 600000 min after it began to wait, held or not, unless somebody has it go on',
  })
  expect(half.blockers).toMatchObject([{ kind: 'unsupported' }])
  expect((await w.follow(leg.steps[0])).at(-1)).toMatchObject({ kind: 'settled', ready: 4 })
  expect(w.changesAsked()).toMatchObject([
    { operation: 'ContinueDeployment', request: { deploymentWaitType: 'READY_WAIT' } },
  ])
})

test('the wait in which the former tasks are kept is no canary, although CodeDeploy calls it Ready as well, and those tasks stay', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const { promoter, state } = await found(w)
  const { steps } = await promoter.forward(w.target, state, 100, 'pr_1', signal())
  await w.apply(steps[0])
  await w.follow(steps[0])
  expect(deployed(w)).toMatchObject({ status: 'Ready', isShifted: true })

  await w.apply(steps[0])

  expect((await found(w)).state.canary).toBeUndefined()
  expect(await promoter.changedSince(w.target, state.precondition, signal())).toMatch(/went on/)
  expect(w.changesAsked()).toHaveLength(1)
  expect([...w.running().values()]).toEqual([4, 4])
})

test('a word that is refused for the state of that moment is given again, and is no word that nothing was changed', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const { promoter, state } = await found(w)
  const { steps } = await promoter.forward(w.target, state, 100, 'pr_1', signal())
  const reason = 'InvalidDeploymentStatusException'
  w.pretend.faults.add({ path: '/ContinueDeployment', status: 400, reason })

  await w.apply(steps[0])

  expect((await w.follow(steps[0])).at(-1)).toMatchObject({ kind: 'settled', ready: 4 })
})

test('what the card names and what an approval binds to are of one look, so no deployment comes in between', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const before = w.pretend.exchanges.length

  await found(w)

  const asked = w.pretend.exchanges.slice(before).map(({ operation }) => operation)
  expect(asked.filter((one) => one === 'GetDeploymentGroup')).toHaveLength(1)
})

test('a deployment that waits for nobody is no canary', async () => {
  const w = await world({ codeDeploy: group })
  w.ship('2.4.0')

  expect((await found(w)).state.canary).toBeUndefined()
})

test('a rollback whose own deployment waits is sent traffic by a step of its own, and all of it can be undone', async () => {
  const w = await world({ codeDeploy: { ...waitingGroup, keepsMinutes: 0 } })
  const { steps, how, warnings } = await w.route('v2.2.1')
  const carriedOut = async (all: readonly Step[], as: string) => {
    for (const step of all) {
      await w.executor.apply(step.change, as, signal())
      expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
    }
    return [...w.running().keys()]
  }

  expect(how).toMatch(
    /^CodeDeploy deploys shop-checkout:2 again, and is told to send traffic there when it waits for that · 4 tasks/,
  )
  expect([warnings, steps.map(({ name }) => name)]).toEqual([
    [],
    ['v2.2.1 deployed', 'traffic sent to v2.2.1'],
  ])
  expect(await carriedOut(steps.slice(0, 1), 'rb_1')).toHaveLength(2)
  expect(deployed(w)).toMatchObject({ isWaiting: true })
  await carriedOut(steps.slice(1), 'rb_1')
  await expect.poll(() => deployed(w).status).toBe('Succeeded')
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.2.1'])
  const undos = steps.toReversed().map((step) => ({ ...step, change: step.undo }))
  await carriedOut(undos, 'rb_1.undo')
  await expect.poll(() => deployed(w).status).toBe('Succeeded')

  expect([...w.running().keys()]).toEqual(['shop/checkout:2.3.0'])
  expect(w.changesAsked().map(({ operation }) => operation)).toEqual([
    'CreateDeployment',
    'ContinueDeployment',
    'CreateDeployment',
    'ContinueDeployment',
  ])
})

test('a rollback whose deployment was stopped while it waited has failed there, and is not sent traffic', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  const [deploys, sends] = (await w.route('v2.2.1')).steps
  await w.apply(deploys)
  await w.follow(deploys)

  w.ship('2.4.0')

  await expect(w.apply(sends)).rejects.toThrow(/was taken back meanwhile$/)
  expect((await w.follow(sends)).at(-1)).toMatchObject({ kind: 'failed' })
  expect(w.changesAsked().map(({ operation }) => operation)).toEqual(['CreateDeployment'])
})

test('the undo of a rollback that took back what waited brings it to where it stood, and gives it no traffic', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const { steps, warnings } = await w.route('v2.3.0')
  await w.apply(steps[0])
  expect((await w.follow(steps[0])).at(-1)).toMatchObject({ kind: 'settled' })
  await expect.poll(() => deployed(w).status).toBe('Succeeded')

  await w.apply(undoOf(steps[0]))

  expect((await w.follow(undoOf(steps[0]))).at(-1)).toMatchObject({ kind: 'settled', ready: 4 })
  expect(deployed(w)).toMatchObject({ isWaiting: true, isShifted: false })
  expect((await found(w)).state.canary?.name).toBe('v2.4.0')
  expect([steps.length, warnings]).toEqual([1, []])
})

test('so does the undo of one that had to deploy an older version after that', async () => {
  const w = await world({ codeDeploy: { ...waitingGroup, keepsMinutes: 0 } })
  await waits(w, '2.4.0')
  const { steps } = await w.route('v2.2.1')
  const rests = { status: expect.stringMatching(/^(Ready|Succeeded)$/) }
  for (const step of [...steps, ...steps.toReversed().map(undoOf)]) {
    await w.apply(step)
    expect((await w.follow(step)).at(-1)).toMatchObject({ kind: 'settled' })
    await expect.poll(() => deployed(w)).toMatchObject(rests)
  }

  expect(steps).toHaveLength(3)
  expect(deployed(w)).toMatchObject({ isWaiting: true })
  expect((await found(w)).state).toMatchObject({
    canary: { name: 'v2.4.0' },
    stable: { name: 'v2.3.0' },
  })
})

test('where what is taken back has its traffic by then, the card says who must give it back after an undo', async () => {
  const w = await world({ codeDeploy: waitingGroup })
  await waits(w, '2.4.0')
  const { promoter, state } = await found(w)
  const { steps } = await promoter.forward(w.target, state, 100, 'pr_1', signal())
  await w.apply(steps[0])
  await w.follow(steps[0])

  const { warnings } = await w.route('v2.3.0')

  expect(warnings).toEqual([
    {
      kind: 'platform',
      text: 'an undo brings v2.4.0 by a deployment that waits before its first traffic: somebody has it go on in CodeDeploy within 600000 min, or CodeDeploy stops it',
    },
  ])
})

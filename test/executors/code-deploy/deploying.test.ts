import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { NoAnswer } from '#executors/aws/failure.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { cluster, freshWorlds, service, signal, type World } from '../ecs/world.ts'
import { group } from './group.ts'

const world = freshWorlds()
const deployed = (w: World) => w.pretend.deployedByCodeDeploy(cluster, service)

const goTo = async (w: World, name: string) => {
  const { steps } = await w.route(name)
  for (const step of steps) {
    await w.apply(step)
    expect((await w.follow(step)).at(-1)?.kind).toBe('settled')
  }
  return w.changesAsked().map(({ operation }) => operation)
}

test('the AppSpec that brought a version is deployed again, with all traffic at once', async () => {
  const w = await world({ codeDeploy: group })

  const { how, warnings } = await w.route('v2.2.1')
  await goTo(w, 'v2.2.1')

  expect(how).toMatch(/^CodeDeploy deploys shop-checkout:2 again · 4 tasks, all traffic at once/)
  expect(warnings).toEqual([])
  expect(w.changesAsked()).toEqual([
    {
      operation: 'CreateDeployment',
      request: {
        applicationName: 'shop',
        deploymentGroupName: 'checkout',
        deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
        revision: {
          revisionType: 'AppSpecContent',
          appSpecContent: {
            content: expect.stringMatching(
              /^version: 0\.0\n(.|\n)*TaskDefinition: arn:aws:ecs:\S+shop-checkout:2\n/,
            ),
          },
        },
        description: 'Countermand: back to shop-checkout:2',
      },
    },
  ])
  expect((await w.verify('v2.2.1')).map(({ result, text }) => [result, text])).toEqual([
    [
      'passed',
      '4/4 tasks running · 4 of another version, without traffic, until CodeDeploy removes them',
    ],
    ['passed', expect.stringContaining('shop/checkout:2.2.1 is sha256:')],
  ])
})

test('a deployment that is under way is stopped, and taken back by CodeDeploy', async () => {
  const w = await world({ codeDeploy: group })
  w.ship('2.4.0')
  await expect.poll(() => deployed(w).isShifted).toBe(true)

  const { how } = await w.route('v2.3.0')

  expect(how).toBe(
    'stop the deployment in CodeDeploy, and have it go back to v2.3.0 · traffic goes back to tasks that run still',
  )
  expect(await goTo(w, 'v2.3.0')).toEqual(['StopDeployment'])
  expect([...w.running().keys()]).toEqual(['shop/checkout:2.3.0'])
  expect(
    (await w.candidates()).map(({ revision, standing }) => [revision.name, standing.kind]),
  ).toContainEqual(['v2.4.0', 'bad'])
})

test('from a deployment under way to an older version it is taken back first, and all of it can be undone', async () => {
  const w = await world({ codeDeploy: group })
  w.ship('2.4.0')

  const { steps, how } = await w.route('v2.2.1')

  expect(how).toMatch(/^stop the deployment in CodeDeploy, then CodeDeploy deploys shop-checkout:2/)
  expect(await goTo(w, 'v2.2.1')).toEqual(['StopDeployment', 'CreateDeployment'])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.2.1'))
  for (const step of steps.toReversed()) {
    await w.executor.apply(step.undo, 'rb_1.undo', signal())
    await w.follow({ ...step, change: step.undo })
  }
  expect(deployed(w).wanted).toMatch(/:4$/)
})

test('a rollback that was undone or ended says nothing against the version it went to', async () => {
  const standingOf = async (w: World, name: string) =>
    (await w.candidates()).find(({ revision }) => revision.name === name)?.standing.kind
  /** Goes there, and takes it back. */
  const triesAndUndoes = async (w: World) => {
    const [step] = (await w.route('v2.2.1')).steps
    await w.apply(step)
    await w.executor.apply(step?.undo ?? null, 'rb_1.undo', signal())
    await expect.poll(() => deployed(w).status).toBe('Succeeded')
    expect((await w.observe()).running.name).toBe('v2.3.0')
  }
  const served = await world({ codeDeploy: group })
  await triesAndUndoes(served)
  expect(await standingOf(served, 'v2.2.1')).toBe('served')

  const unproven = await world({ codeDeploy: group, ranSince: new Date(Date.now() - 3_600_000) })
  await triesAndUndoes(unproven)
  expect(await standingOf(unproven, 'v2.2.1')).toBe('unproven')

  // By its description a deployment of somebody else: what served long stays good however another one of it ends.
  served.pretend.ship(cluster, service, served.definitions.get('2.2.1') ?? '')
  const [back] = (await served.route('v2.3.0')).steps
  await served.apply(back)
  await served.follow(back)
  expect(await standingOf(served, 'v2.2.1')).toBe('served')
})

test('where CodeDeploy does not tell the AppSpec of a version, one is written, and that is said', async () => {
  const loadBalancers = [
    {
      targetGroupArn:
        'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/green/abc',
      containerName: 'app',
      containerPort: 8080,
    },
  ]
  const w = await world({ codeDeploy: group, around: { loadBalancers } })
  await w.observe()
  w.pretend.forgetAppSpecs()
  const later = { ...w, executor: w.freshExecutor() }
  const observed = await later.executor.observe(w.target, signal())
  const to = observed.history.find(({ name }) => name === 'v2.2.1')
  if (!to) throw new Error('our record has no v2.2.1')

  const { steps, warnings } = await later.executor.route(
    w.target,
    observed,
    to.id,
    'rb_1',
    signal(),
  )
  await later.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

  expect(warnings).toMatchObject([{ text: expect.stringContaining('without hooks') }])
  expect(deployed(w).wanted).toBe(w.definitions.get('2.2.1'))
})

test('a version whose tasks never became healthy is bad, and what ran before still runs', async () => {
  const w = await world({ codeDeploy: { ...group, takesBack: true } })
  w.ship('2.4.0-rc1')
  await expect.poll(() => deployed(w).status).toBe('Succeeded')

  const found = await w.candidates()

  expect(found.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', expect.anything()],
    ['v2.4.0-rc1', 'bad'],
    ['v2.2.1', 'served'],
    ['v2.1.9', 'served'],
  ])
  expect(found[1]?.standing).toMatchObject({
    because: expect.stringMatching(/^CodeDeploy did not finish its deployment: .*never became/),
  })
})

test('a rollback whose tasks do not become healthy has failed, in CodeDeploy’s words', async () => {
  const w = await world({ codeDeploy: group, versions: ['2.2.1-rc1', '2.3.0'] })
  const { steps } = await w.route('v2.2.1-rc1')
  await w.apply(steps[0])

  expect((await w.follow(steps[0])).at(-1)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^CodeDeploy could not finish it: .*never became healthy/),
  })
})

test('a deployment that has ended badly is made once more by the change that its failure names, once', async () => {
  let isBroken = true
  const behaviours = (image: string): Behaviour =>
    isBroken && image.endsWith('2.2.1') ? { start: { kind: 'crash-loop' } } : healthy
  const w = await world({ codeDeploy: group, ecs: { behaviours } })
  const [step] = (await w.route('v2.2.1')).steps
  await w.apply(step)
  const failed = (await w.follow(step)).at(-1)
  isBroken = false
  const again = { ...step, change: failed?.kind === 'failed' ? failed.again : undefined } as Step

  await w.apply(step)
  expect(w.changesAsked()).toHaveLength(1)
  await w.apply(again)
  await w.apply(again)

  expect((await w.follow(again)).at(-1)?.kind).toBe('settled')
  expect(w.changesAsked()).toHaveLength(2)
  expect(deployed(w).wanted).toBe(w.definitions.get('2.2.1'))
})

test('while CodeDeploy takes a deployment back nothing is raced, and it is said', async () => {
  const w = await world({ codeDeploy: { ...group, takesBack: true }, ecs: { taskStartMs: 1 } })
  w.ship('2.4.0')
  const { steps } = await w.route('v2.3.0')
  w.pretend.scale(cluster, service, 5)
  w.pretend.startTasksIn(600_000)
  await w.apply(steps[0])

  await expect
    .poll(async () => (await w.observe()).blockers)
    .toMatchObject([
      { why: expect.stringMatching(/^CodeDeploy is taking its last deployment back already/) },
    ])
})

test('the second step waits while CodeDeploy still takes the stopped deployment back', async () => {
  const w = await world({ codeDeploy: group, ecs: { taskStartMs: 1 } })
  w.ship('2.4.0')
  const [first, second] = (await w.route('v2.2.1')).steps
  w.pretend.scale(cluster, service, 5)
  w.pretend.startTasksIn(600_000)
  await w.apply(first)
  await expect.poll(async () => (await w.observe()).blockers).toHaveLength(1)

  await expect(w.apply(second)).rejects.toThrow(/^CodeDeploy still takes deployment d-\S+ back$/)
  await expect(w.apply(second)).rejects.toThrow(NoAnswer)
  w.pretend.scale(cluster, service, 4)
  await w.follow(first)
  await w.apply(second)

  expect(w.changesAsked().map(({ operation }) => operation)).toEqual([
    'StopDeployment',
    'CreateDeployment',
  ])
})

test('a definition that was deregistered is known, and cannot be used', async () => {
  const w = await world({ codeDeploy: group })
  const { steps } = await w.route('v2.2.1')

  w.pretend.deregister(w.definitions.get('2.2.1') ?? '')

  expect((await w.route('v2.2.1')).blockers).toMatchObject([{ kind: 'target_missing' }])
  await expect(w.apply(steps[0])).rejects.toThrow('is not ACTIVE')
})

test('where no task can be looked at it is not known what serves, and it is said why', async () => {
  const w = await world({ codeDeploy: group })
  w.pretend.deny('ListTasks')

  expect((await w.verify('v2.3.0')).map(({ id, result, text }) => [id, result, text])).toEqual([
    ['units', 'passed', '4/4 tasks running'],
    ['serving', 'unknown', expect.stringMatching(/^no task can be looked at: .*ecs:ListTasks/)],
  ])
})

test('alarms that would end a rollback as well are said before anybody decides', async () => {
  const w = await world({ codeDeploy: { ...group, alarms: ['checkout-5xx'] } })

  expect((await w.observe()).warnings).toMatchObject([
    { kind: 'platform', text: expect.stringMatching(/^the alarms checkout-5xx watch/) },
  ])
})

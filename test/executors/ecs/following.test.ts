import { expect, test } from 'vitest'
import { Deployment } from '#executors/ecs/objects.ts'
import { isShifted } from '#executors/ecs/states.ts'
import type { Progress } from '#ports/executor.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { cluster, freshWorlds, service, signal, type World } from './world.ts'

const world = freshWorlds()
const forLong = 600_000

async function begun(w: World, name: string) {
  const { steps } = await w.route(name)
  await w.apply(steps[0])
  return steps[0]
}
const resultsOf = (checks: readonly { readonly id: string; readonly result: string }[]) =>
  checks.map(({ id, result }) => [id, result])

test('a circuit breaker that put the bad version back is a failure, however stable the service is', async () => {
  const w = await world({
    versions: ['2.2.1-rc1', '2.3.0'],
    breaker: { rollback: true, threshold: 3 },
  })
  const step = await begun(w, 'v2.2.1-rc1')

  const seen = await w.follow(step)

  expect(seen.at(-1)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^ECS took it back to shop-checkout:2: /),
  })
  expect(resultsOf(await w.verify('v2.2.1-rc1'))).toEqual([
    ['units', 'failed'],
    ['serving', 'failed'],
  ])
})

test('a circuit breaker that only stops is a failure as well', async () => {
  const w = await world({
    versions: ['2.2.1-rc1', '2.3.0'],
    breaker: { rollback: false, threshold: 3 },
  })

  const seen = await w.follow(await begun(w, 'v2.2.1-rc1'))

  expect(seen.at(-1)).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^ECS stopped it: /),
  })
})

test('tasks that failed are counted on although ECS forgets them as soon as one runs', async () => {
  let behaviour: Behaviour = { start: { kind: 'crash-loop' } }
  const behaviours = (image: string) => (image.endsWith('2.2.1') ? behaviour : healthy)
  const w = await world({ pauses: true, ecs: { taskStartMs: 15, behaviours } })
  const step = await begun(w, 'v2.2.1')
  let note = ''

  for await (const now of w.executor.progress(step?.change ?? null, signal())) {
    if (now.kind === 'moving') note = now.note
    if (/\d tasks have failed to start/.test(note)) behaviour = healthy
    if (note.includes('PAUSE')) break
  }

  expect(note).toMatch(/^it waits at a PAUSE hook .*; \d+ tasks have failed to start$/)
})

test('tasks of another version beside as many of ours as are wanted are no success before traffic has moved', async () => {
  const w = await world({ strategy: 'BLUE_GREEN', pauses: true })
  await begun(w, 'v2.2.1')
  await expect.poll(() => w.state().stage).toBe('POST_SCALE_UP')

  const [units] = await w.verify('v2.2.1')

  expect(units).toEqual({
    id: 'units',
    result: 'failed',
    text: '4/4 tasks running · 4 of another version',
  })
})

test('blue/green is settled as soon as all traffic is there, while ECS keeps the former tasks for a while', async () => {
  const w = await world({ strategy: 'BLUE_GREEN', bakeMinutes: forLong })

  const seen = await w.follow(await begun(w, 'v2.2.1'))

  expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 4, wanted: 4 })
  expect(w.state()).toMatchObject({ status: 'IN_PROGRESS', stage: 'BAKE_TIME' })
  expect([...w.running().keys()].toSorted()).toEqual(['shop/checkout:2.2.1', 'shop/checkout:2.3.0'])
  const checks = await w.verify('v2.2.1')
  expect(resultsOf(checks)).toEqual([
    ['units', 'passed'],
    ['serving', 'passed'],
  ])
  expect(checks[0]?.text).toMatch(/4 of another version, without traffic, until ECS removes them$/)
})

test('a deployment that ECS calls done is waited for until all tasks that are wanted run', async () => {
  let behaviour: Behaviour = healthy
  const w = await world({ ecs: { behaviours: () => behaviour } })
  const step = await begun(w, 'v2.2.1')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')
  behaviour = { start: { kind: 'crash-loop' } }
  w.pretend.scale(cluster, service, 6)
  const seen: Progress[] = []

  for await (const now of w.executor.progress(step?.change ?? null, signal())) {
    seen.push(now)
    behaviour = healthy
  }

  expect(seen[0]).toMatchObject({
    kind: 'moving',
    ready: 4,
    wanted: 6,
    note: expect.stringContaining('its tasks are not all there'),
  })
  expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 6, wanted: 6 })
})

test('what somebody deploys over a rollback that is done ends it, though all its tasks run still', async () => {
  let behaviour: Behaviour = healthy
  const w = await world({ ecs: { behaviours: () => behaviour } })
  const step = await begun(w, 'v2.2.1')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')
  behaviour = { start: { kind: 'crash-loop' } }
  w.ship('2.4.0')

  const seen = await w.follow(step)

  expect(seen.at(-1)).toMatchObject({ kind: 'failed', message: 'superseded by shop-checkout:4' })
})

test('while a former version still has a share of the requests, the new one is not settled', () => {
  const former = { arn: 'former', runningTaskCount: 4 }
  const baking = (requestedProductionTrafficWeight: number) =>
    Deployment.parse({
      serviceDeploymentArn: 'arn',
      status: 'IN_PROGRESS',
      createdAt: new Date(),
      lifecycleStage: 'BAKE_TIME',
      targetServiceRevision: { arn: 'new', runningTaskCount: 4 },
      sourceServiceRevisions: [{ ...former, requestedProductionTrafficWeight }],
    })

  expect([0, 10].map((share) => isShifted(baking(share)))).toEqual([true, false])
})

test('tasks of another version that are not known to be without traffic are no success', async () => {
  const w = await world({ ecs: { taskStartMs: 100_000 } })
  await begun(w, 'v2.2.1')

  expect(resultsOf(await w.verify('v2.2.1'))).toEqual([
    ['units', 'failed'],
    ['serving', 'unknown'],
  ])
})

test('our own deployment that waits at a PAUSE hook says whom it waits for', async () => {
  const w = await world({ pauses: true })
  const { how } = await w.route('v2.2.1')
  const step = await begun(w, 'v2.2.1')
  let said = ''

  for await (const now of w.executor.progress(step?.change ?? null, signal())) {
    said = now.kind === 'moving' ? now.note : now.kind
    if (said.includes('PAUSE')) break
  }

  expect(how).toContain('it will wait at a PAUSE hook')
  expect(said).toBe('it waits at a PAUSE hook until somebody continues it in ECS')
})

test('nothing wanted is stable at once, and proves nothing', async () => {
  const w = await world({ desiredCount: 0 })

  const seen = await w.follow(await begun(w, 'v2.2.1'))

  expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
  expect(await w.verify('v2.2.1')).toContainEqual({
    id: 'units',
    result: 'unknown',
    text: '0 tasks are wanted: nothing runs',
  })
  expect((await w.observe()).warnings).toContainEqual({ kind: 'zero_replicas' })
})

test('an ECS that does not answer for a while has not failed', async () => {
  const w = await world()
  const step = await begun(w, 'v2.2.1')
  w.pretend.faults.add({ path: '/DescribeServices', times: 3, status: 503 })

  const seen = await w.follow(step)

  expect(seen[0]).toMatchObject({
    kind: 'moving',
    note: expect.stringMatching(/^ECS in eu-central-1 answers ServiceUnavailableException/),
  })
  expect(seen.at(-1)?.kind).toBe('settled')
})

const loadBalancers = [
  {
    targetGroupArn:
      'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/shop/73e2d6bc24d8a067',
    containerName: 'app',
    containerPort: 8080,
  },
]

test('healthy is what the load balancer calls so, of the tasks that should serve and of no others', async () => {
  const w = await world({ around: { loadBalancers }, strategy: 'BLUE_GREEN', bakeMinutes: forLong })
  const endpoints = async () => (await w.verify('v2.2.1')).find(({ id }) => id === 'endpoints')
  const before = w.definitions.get('2.2.1') ?? ''
  w.pretend.findTargets(before, 'initial')
  await w.follow(await begun(w, 'v2.2.1'))

  expect(await endpoints()).toEqual({
    id: 'endpoints',
    result: 'unknown',
    text: '0/4 targets healthy in shop',
  })
  w.pretend.findTargets(before, 'unhealthy')
  expect(await endpoints()).toEqual({
    id: 'endpoints',
    result: 'failed',
    text: '0/4 targets healthy in shop, 4 unhealthy (Target.ResponseCodeMismatch)',
  })
  w.pretend.findTargets(before, 'healthy')
  w.pretend.findTargets(w.definitions.get('2.3.0') ?? '', 'unhealthy')
  expect(await endpoints()).toEqual({
    id: 'endpoints',
    result: 'passed',
    text: '4/4 targets healthy in shop',
  })
})

test('without the right to ask the load balancer its targets are unknown, and stay so', async () => {
  const w = await world({ around: { loadBalancers } })
  await w.follow(await begun(w, 'v2.2.1'))
  w.pretend.deny('DescribeTargetHealth')

  expect((await w.verify('v2.2.1')).at(-1)).toEqual({
    id: 'endpoints',
    result: 'unknown',
    text: 'how the load balancer finds the targets in shop is not known: not allowed to call elasticloadbalancing:DescribeTargetHealth on target group shop',
    isLasting: true,
  })
})

test('without the right to look at tasks it is unknown what they run, and why', async () => {
  const w = await world({ around: { loadBalancers } })
  await w.follow(await begun(w, 'v2.2.1'))
  w.pretend.deny('DescribeTasks')

  expect(await w.verify('v2.2.1')).toEqual([
    { id: 'units', result: 'passed', text: '4/4 tasks running' },
    {
      id: 'serving',
      result: 'unknown',
      text: 'no task can be looked at: not allowed to call ecs:DescribeTasks on service prod/checkout',
    },
    {
      id: 'endpoints',
      result: 'unknown',
      text: 'how the load balancer finds the targets in shop is not known: no task of this version is seen',
    },
  ])
})

test.for([
  ['that has ended', 0],
  ['that is watched still', forLong],
] as const)(
  'an undo of a rollback %s is followed to the version that was left',
  async ([, bake]) => {
    const w = await world()
    w.pretend.settings(cluster, service, { bakeMinutes: bake })
    const step = await begun(w, 'v2.2.1')
    await w.follow(step)

    await w.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())
    const seen = []
    for await (const now of w.executor.progress(step?.undo ?? null, signal())) seen.push(now)

    expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 4, wanted: 4 })
    expect(w.running().get('shop/checkout:2.3.0')).toBe(4)
  },
)

test('tasks of a deployment that do not start are said before anything is decided', async () => {
  const w = await world({ ecs: { taskStartMs: 5 } })
  w.ship('2.4.0-rc1')

  await expect
    .poll(async () => (await w.observe()).warnings)
    .toContainEqual({
      kind: 'platform',
      text: expect.stringMatching(/^\d+ tasks in a row failed to start$/),
    })
  expect((await w.observe()).warnings).toContainEqual({ kind: 'in_flight', ready: 0, wanted: 4 })
})

test('the circuit breaker and the alarms that watch a deployment are shown', async () => {
  const w = await world({
    pauses: true,
    breaker: { rollback: true, threshold: 10 },
    alarms: { names: ['checkout-5xx'], rollback: true },
  })
  w.ship('2.4.0')

  const texts = (await w.observe()).warnings.flatMap((one) =>
    one.kind === 'platform' ? [one.text] : [],
  )

  expect(texts).toContain('the alarms checkout-5xx watch deployments and take them back')
  expect(texts).toContain('ECS’s circuit breaker takes it back after 10 failed tasks; so far 0')
})

test('what the bad version leaves behind: its deployment, the events, why its tasks ended, and where its logs are', async () => {
  const w = await world({ breaker: { rollback: true, threshold: 3 } })
  w.ship('2.4.0-rc1')
  await expect.poll(() => w.state().status).toBe('ROLLBACK_SUCCESSFUL')
  const bad = await w.revision('v2.4.0-rc1')

  const found = await w.executor.evidence(w.target, bad, signal())

  const text = JSON.stringify(found)
  expect(text).toContain('EssentialContainerExited: Essential container in task exited')
  expect(text).toContain('app (shop/checkout:2.4.0-rc1), ended with 1')
  expect(text).toContain('not captured: they are in CloudWatch Logs, group /shop/checkout')
  expect(found.find(({ kind }) => kind === 'events')?.text).toContain('has reached a steady state.')
  expect(text).not.toContain('hunter2')
})

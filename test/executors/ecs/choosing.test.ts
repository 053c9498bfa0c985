import { expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { chooseTarget } from '#domain/rollback/choose-target.ts'
import { minutes } from '#domain/time.ts'
import { Brief } from '#executors/ecs/objects.ts'
import { revisionOf } from '#executors/ecs/revision.ts'
import { cluster, freshWorlds, service, signal, type World } from './world.ts'

const world = freshWorlds()

test('what runs and what ran before are told by their tags, numbers, digests and dates', async () => {
  const { observe, candidates } = await world()

  const { running, history, units } = await observe()

  expect([running, ...history].map(({ name, number }) => [name, number])).toEqual([
    ['v2.3.0', 3],
    ['v2.2.1', 2],
    ['v2.1.9', 1],
  ])
  expect(running.images[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(running.by).toBe('deploy/pipeline')
  expect(units).toEqual({ noun: 'tasks', count: 4, ready: 4 })
  const [, before] = await candidates()
  expect(before?.standing).toEqual({ kind: 'served', forMicros: 7_200_000_000 })
})

test('a service that is not there is said to be so, although ECS answers 200', async () => {
  const w = await world()
  w.pretend.remove(cluster, service)

  await expect(w.observe()).rejects.toThrow('there is no ECS service checkout in cluster prod')
  const nowhere = { ...w.target, spec: { cluster: 'stage', service, region: null } }
  await expect(w.executor.observe(nowhere, signal())).rejects.toThrow('there is no')
})

test('a service that was deleted is not there, although ECS goes on describing it', async () => {
  const w = await world()
  w.pretend.status(cluster, service, 'INACTIVE')

  await expect(w.observe()).rejects.toThrow('there is no ECS service checkout in cluster prod')
})

test.for([
  ['EXTERNAL', 'EXTERNAL controller'],
  ['CODE_DEPLOY', 'CodeDeploy deploys it'],
] as const)('a service that %s deploys is refused, and says who can', async ([controller, why]) => {
  const { observe, route } = await world({ controller })

  const { blockers } = await observe()

  expect(blockers).toEqual([{ kind: 'unsupported', why: expect.stringContaining(why) }])
  expect((await route('v2.2.1')).blockers).toEqual(blockers)
})

test('an Express service, and one that is being drained, are refused', async () => {
  const express = await world({ managedBy: 'ECS' })
  const drained = await world()
  drained.pretend.status(cluster, service, 'DRAINING')

  expect((await express.observe()).blockers).toMatchObject([
    { why: expect.stringContaining('Express') },
  ])
  expect((await drained.observe()).blockers).toMatchObject([
    { why: expect.stringContaining('DRAINING') },
  ])
})

test('deployments of the same definition again are no versions of their own', async () => {
  const { pretend, definitions, candidates, observe } = await world()
  const bad = definitions.get('2.3.0') ?? ''
  pretend.ship(cluster, service, bad)
  await expect.poll(() => pretend.state(cluster, service).status).toBe('SUCCESSFUL')
  pretend.ship(cluster, service, bad, { platformVersion: '1.5.0' })
  await expect.poll(() => pretend.state(cluster, service).status).toBe('SUCCESSFUL')

  const names = (await candidates()).map(({ revision }) => revision.name)

  expect(names).toEqual(['v2.3.0', 'v2.2.1', 'v2.1.9'])
  const { running } = await observe()
  expect(Date.now() * 1_000 - running.since).toBeGreaterThan(3_000_000_000)
})

test('a version that ECS took back itself is marked bad, and the one before runs still', async () => {
  const w = await world({ breaker: { rollback: true, threshold: 3 } })
  w.ship('2.4.0-rc1')
  await expect.poll(() => w.state().status).toBe('ROLLBACK_SUCCESSFUL')

  const found = await w.candidates()

  expect(found.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', 'unproven'],
    ['v2.4.0-rc1', 'bad'],
    ['v2.2.1', 'served'],
    ['v2.1.9', 'served'],
  ])
  expect(found[1]?.standing).toMatchObject({
    because: expect.stringContaining('ECS took its deployment back'),
  })
})

test('a version that was rolled back from is no way back from the next one, however long ECS says that it served', async () => {
  const w = await world()
  const back = async () => {
    const { running } = await w.observe()
    return chooseTarget(await w.candidates(), running.id, undefined, minutes(30))
  }
  expect(await back()).toMatchObject({
    kind: 'chosen',
    candidate: { revision: { name: 'v2.2.1' } },
  })
  const bad = await w.revision('v2.3.0')
  const [step] = (await w.route('v2.2.1')).steps
  await w.apply(step)
  await w.follow(step)
  const because = 'rolled back for errors after the deployment'

  await w.record.revisions.markBad(
    w.target.workload,
    { id: bad, name: 'v2.3.0' },
    because,
    rollbackId('rb_1'),
  )

  expect(await w.candidates()).toContainEqual(
    expect.objectContaining({
      revision: expect.objectContaining({ name: 'v2.3.0' }),
      standing: expect.objectContaining({ kind: 'bad', because }),
    }),
  )
  expect(await back()).toMatchObject({
    kind: 'chosen',
    candidate: { revision: { name: 'v2.1.9' } },
  })
})

test('the version that a deployment under way replaces has served until then, and is the one to go back to', async () => {
  const w = await world({ pauses: true })
  w.ship('2.4.0')
  const found = await w.candidates()

  const choice = chooseTarget(found, await w.revision('v2.4.0'), undefined, minutes(30))

  expect(choice).toMatchObject({ kind: 'chosen', candidate: { revision: { name: 'v2.3.0' } } })
})

test('a version that ECS took back once and that ended well later is not bad', async () => {
  const w = await world({ alarms: { names: ['checkout-5xx'], rollback: true } })
  const takenBack = await takeBack(w)
  w.pretend.settings(cluster, service, { bakeMinutes: 0 })
  w.pretend.ship(cluster, service, takenBack)
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const [running] = await w.candidates()

  expect(running).toMatchObject({ revision: { name: 'v2.4.0' }, standing: { kind: 'unproven' } })
})

test('however many deployments were taken back, they are described in calls that ECS takes', async () => {
  const w = await world({ alarms: { names: ['checkout-5xx'], rollback: true } })
  const takenBack = await takeBack(w)
  for (let count = 0; count < 24; count += 1) await takeBack(w, takenBack)

  const found = await w.candidates()

  expect(found.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', 'unproven'],
    ['v2.4.0', 'bad'],
    ['v2.2.1', 'served'],
    ['v2.1.9', 'served'],
  ])
})

test('a version that served long, or was verified, is not bad because ECS ended a rollback to it', async () => {
  const w = await world({ alarms: { names: ['checkout-5xx'], rollback: true } })
  await takeBack(w, w.definitions.get('2.2.1'))

  expect(
    (await w.candidates()).map(({ revision, standing }) => [revision.name, standing.kind]),
  ).toEqual([
    ['v2.3.0', 'unproven'],
    ['v2.2.1', 'served'],
    ['v2.1.9', 'served'],
  ])

  const other = await world({ alarms: { names: ['checkout-5xx'], rollback: true } })
  const definition = await takeBack(other)
  await other.observe()
  await other.record.revisions.markVerified(other.target.workload, {
    id: await other.revision('v2.4.0'),
    name: 'v2.4.0',
  })
  await takeBack(other, definition)
  const found = await other.candidates()
  expect(found.find(({ revision }) => revision.name === 'v2.4.0')?.standing.kind).toBe('verified')
})

/** An alarm goes off while ECS watches a new version. */
async function takeBack(w: World, definition = w.define('2.4.0')): Promise<string> {
  w.pretend.settings(cluster, service, { bakeMinutes: 600_000 })
  w.pretend.ship(cluster, service, definition)
  await expect.poll(() => w.state().stage, { interval: 2 }).toBe('BAKE_TIME')
  w.pretend.alarm(cluster, service)
  await expect.poll(() => w.state().status, { interval: 2 }).toBe('ROLLBACK_SUCCESSFUL')
  return definition
}

test('what was verified after ECS took it back counts as verified, and what was marked bad stays bad', async () => {
  const w = await world({ breaker: { rollback: true, threshold: 3 } })
  w.ship('2.4.0-rc1')
  await expect.poll(() => w.state().status).toBe('ROLLBACK_SUCCESSFUL')
  await w.observe()
  w.record.pass(Date.now() * 1_000)

  await w.record.revisions.markVerified(w.target.workload, {
    id: await w.revision('v2.4.0-rc1'),
    name: 'v2.4.0-rc1',
  })

  const found = await w.candidates()
  expect(found.find(({ revision }) => revision.name === 'v2.4.0-rc1')?.standing.kind).toBe(
    'verified',
  )
})

test('a definition that was deregistered is known, and cannot be used', async () => {
  const { pretend, definitions, candidates, route, apply, observe, executor, target, revision } =
    await world()
  const plan = await route('v2.2.1')
  const { running, history, precondition } = await observe()
  const to = history.find(({ name }) => name === 'v2.2.1')

  pretend.deregister(definitions.get('2.2.1') ?? '')

  const found = (await candidates()).find(({ revision: { name } }) => name === 'v2.2.1')
  expect(found?.missing).toMatch(/shop-checkout:2 is INACTIVE: register it once more/)
  expect((await route('v2.2.1')).blockers).toMatchObject([{ kind: 'target_missing' }])
  if (!to) throw new Error('no v2.2.1')
  expect(
    await executor.changedSince({ target, precondition, from: running, to }, signal()),
  ).toMatch(/shop-checkout:2 was deregistered/)
  await expect(apply(plan.steps[0])).rejects.toThrow('TaskDefinition is inactive')
  expect(await revision('v2.3.0')).toBe(running.id)
})

test('what ECS no longer tells of comes from our record', async () => {
  const w = await world()
  await w.observe()
  const another = await world({ versions: ['2.3.0'] })
  for (const [id, row] of w.record.rows) another.record.rows.set(id, row)
  for (const tag of ['2.1.9', '2.2.1']) another.define(tag)

  const { history } = await another.observe()

  expect(history.map(({ name }) => name)).toContain('v2.2.1')
})

test('without any earlier deployment those of the family are offered, and none is chosen', async () => {
  const w = await world({ versions: ['2.3.0'] })
  w.define('2.2.0', 'another-family')
  w.define('2.2.1')

  const found = await w.candidates()

  expect(found.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', 'unproven'],
    ['v2.2.1', 'unproven'],
  ])
})

test('a deployment of more than 90 days ago is told by nobody', async () => {
  const day = 86_400_000
  const w = await world({ versions: ['2.3.0'] })
  const old = w.define('2.2.0', 'old-family')
  w.pretend.createService({
    cluster,
    name: 'cart',
    past: [
      { definition: old, at: new Date(Date.now() - 100 * day) },
      { definition: w.definitions.get('2.3.0') ?? '', at: new Date(Date.now() - 95 * day) },
    ],
  })

  const { running, history } = await w.executor.observe(
    { ...w.target, spec: { cluster, service: 'cart', region: null } },
    signal(),
  )

  expect(running.name).toBe('v2.3.0')
  expect(history).toEqual([])
})

test('a service that nobody deployed since ECS keeps revisions is told by itself, and gone back from', async () => {
  const w = await world({ versions: ['2.3.0'], ranSince: new Date('2023-05-01T00:00:00Z') })
  w.define('2.2.1')

  expect((await w.observe()).running).toMatchObject({ name: 'v2.3.0', orEarlier: true })
  expect(await w.verify('v2.3.0')).toMatchObject([
    { id: 'units', result: 'passed' },
    { id: 'serving', result: 'passed' },
  ])
  const { steps } = await w.route('v2.2.1')
  await w.apply(steps[0])
  expect((await w.follow(steps[0])).at(-1)?.kind).toBe('settled')
  await w.apply(steps[0])
  expect(w.pretend.changes()).toBe(1)
})

test('history is read over many pages, and described in calls that ECS takes', async () => {
  const versions = Array.from({ length: 7 }, (_, index) => `1.0.${index}`)
  const w = await world({ versions, ecs: { pageSize: 20 } })
  for (let count = 0; count < 45; count += 1)
    w.pretend.ship(cluster, service, w.definitions.get('1.0.6') ?? '')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { running, history } = await w.observe()

  expect([running, ...history].map(({ name }) => name)).toEqual(
    versions.toReversed().map((tag) => `v${tag}`),
  )
})

test('a version of another family is told and brought back by its full name', async () => {
  const w = await world({ versions: ['2.2.1'] })
  w.ship('2.3.0', 'checkout-renamed')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { steps } = await w.route('v2.2.1')
  await w.apply(steps[0])

  expect(w.state().definition).toBe(w.definitions.get('2.2.1'))
  expect(w.changesAsked()).toEqual([
    {
      operation: 'UpdateService',
      request: { cluster, service, taskDefinition: w.definitions.get('2.2.1') },
    },
  ])
})

test('a status that is not known yet hides none of the other deployments', () => {
  const row = { serviceDeploymentArn: 'arn', createdAt: new Date(0), status: 'SOMETHING_NEW' }

  expect(Brief.parse(row)).toMatchObject({ status: 'STOPPED', targetServiceRevisionArn: '' })
})

test('since when a version runs does not move when its deployment ends', async () => {
  const w = await world({ bakeMinutes: 600_000 })
  w.ship('2.4.0')
  await expect.poll(() => w.state().stage).toBe('BAKE_TIME')
  const { running } = await w.observe()
  await new Promise((resolve) => setTimeout(resolve, 20))
  w.pretend.settings(cluster, service, { bakeMinutes: 0 })
  w.pretend.endBake(cluster, service)
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  expect((await w.observe()).running.since).toBe(running.since)
})

test('however many versions our record knows, few are asked of ECS at every look', async () => {
  const w = await world({ versions: ['2.3.0'] })
  for (let patch = 0; patch < 30; patch += 1) {
    const definition = w.define(`1.0.${patch}`, 'another-family')
    await w.record.revisions.saw(w.target.workload, {
      revision: revisionOf(definition),
      name: `v1.0.${patch}`,
      template: { taskDefinition: definition },
      running: false,
      healthy: false,
      servedMicros: 0,
      digests: {},
    })
  }
  const before = w.pretend.exchanges.length

  const { history } = await w.observe()

  expect(history).toHaveLength(5)
  expect(w.pretend.exchanges.length - before).toBeLessThan(12)
})

import { afterEach, expect, test } from 'vitest'
import { shipToWaitInCodeDeploy, shopByCodeDeploy } from '#sandbox/shop/code-deploy.ts'
import { withCodeDeploy, withEcs } from '#sandbox/shop/config.ts'
import { shipBadToEcs, shipGoodToEcs, shopOnEcs } from '#sandbox/shop/ecs.ts'
import { type Stage, stage } from '../support/scenario.ts'

const { cluster, service } = shopOnEcs
let play: Stage
afterEach(async () => play.close())

test('a service on ECS is shipped, found bad, rolled back, verified and watched', async () => {
  play = await stage({ configured: withEcs, hasEcs: true })
  const { ecs } = play.world
  if (!ecs) throw new Error('the shop has no ECS')
  await play.meanwhile('the pipeline deploys 5.5.0 to ECS', async () => {
    shipBadToEcs(ecs, 'errors')
    await expect.poll(() => ecs.state(cluster, service).status).toBe('SUCCESSFUL')
  })
  await play.passes(2)

  await play.types('onCall', '/rollback recommendations --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect([...ecs.running(cluster, service)]).toEqual([['shop/recommendations:5.4.1', 3]])
  expect(ecs.exchanges.filter(({ operation }) => /^(Update|Stop)/.test(operation))).toMatchObject([
    { operation: 'UpdateService', status: 200 },
  ])
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/rolled-back-on-ecs.txt')
})

test('while tasks of a new version do not start, nobody is told that it looks well', async () => {
  play = await stage({ configured: withEcs, hasEcs: true })
  const { ecs } = play.world
  if (!ecs) throw new Error('the shop has no ECS')
  await play.meanwhile('the pipeline deploys 5.5.0 to ECS', async () => {
    shipBadToEcs(ecs, 'crash')
  })

  await play.types('onCall', '/assess recommendations')

  const said = play.screenplay()
  expect(said).toMatch(
    /\d+ container restarts in 10 min \(in \d instances?, EssentialContainerExited\)/,
  )
  expect(said).toContain('others are not')
  expect(said).not.toContain('looks well')
  expect(said).not.toContain('every instance is ready')
})

test('a deployment on ECS that waits at a PAUSE hook is continued by the word of somebody who did not ask for it', async () => {
  play = await stage({ configured: withEcs, hasEcs: true })
  const { ecs } = play.world
  if (!ecs) throw new Error('the shop has no ECS')
  ecs.pauseDeployments(cluster, service)
  await play.meanwhile('the pipeline deploys 5.4.2 to ECS, which waits at its hook', async () => {
    shipGoodToEcs(ecs, '5.4.2')
    await expect.poll(() => ecs.state(cluster, service).stage).toBe('POST_SCALE_UP')
  })
  await play.types('onCall', '/promote recommendations')
  await play.presses('onCall', 'Promote to full', play.lastIn('checkout', 'Promote to full'))
  await play.presses('teamLead', 'Promote to full', play.lastIn('checkout', 'Promote to full'))
  await play.passes(2)

  expect(ecs.state(cluster, service).status).toBe('SUCCESSFUL')
  expect([...ecs.running(cluster, service)]).toEqual([['shop/recommendations:5.4.2', 3]])
  expect(
    ecs.exchanges.filter(({ operation }) => operation === 'ContinueServiceDeployment'),
  ).toMatchObject([{ request: { action: 'CONTINUE' }, status: 200 }])
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/continued-on-ecs.txt')
})

test('a rollback on ECS that an alarm ended is tried again when the alarm is quiet, by a person', async () => {
  play = await stage({ configured: withEcs, hasEcs: true })
  const { ecs } = play.world
  if (!ecs) throw new Error('the shop has no ECS')
  ecs.settings(cluster, service, { alarms: { names: ['recommendations-5xx'], rollback: true } })
  await play.meanwhile('the pipeline deploys 5.5.0 to ECS', async () => {
    shipBadToEcs(ecs, 'errors')
    await expect.poll(() => ecs.state(cluster, service).status).toBe('SUCCESSFUL')
  })
  await play.passes(2)
  await play.types('onCall', '/rollback recommendations --reason "errors after deploy"')
  ecs.startTasksIn(600_000)
  await play.begins('onCall', 'Approve', play.card(), /scale up/)

  await play.until(
    'the alarm that 5.5.0 rang takes the rollback back',
    async () => ecs.alarm(cluster, service),
    /stopped at/,
  )
  ecs.startTasksIn(0)
  await play.presses('onCall', 'Try again', play.card())
  await play.passes(2)

  expect([...ecs.running(cluster, service)]).toEqual([['shop/recommendations:5.4.1', 3]])
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/tried-again-on-ecs.txt')
})

test('what CodeDeploy has wait is sent traffic by the word of people, and the rollback from it in a step of its own', async () => {
  play = await stage({ configured: withCodeDeploy, hasEcs: true })
  const { ecs } = play.world
  if (!ecs) throw new Error('the shop has no ECS')
  const invoices = shopByCodeDeploy.service
  await play.meanwhile(
    'CodeDeploy brings 4.1.0, which waits before its first traffic',
    async () => {
      shipToWaitInCodeDeploy(ecs, 'errors')
      await expect.poll(() => ecs.deployedByCodeDeploy(cluster, invoices).isWaiting).toBe(true)
    },
  )
  await play.types('onCall', '/promote invoices')
  await play.presses('teamLead', 'Promote to full', play.lastIn('checkout', 'Promote to full'))
  await play.passes(2)
  expect([...ecs.serving(cluster, invoices)]).toEqual([['shop/invoices:4.1.0', 2]])

  await play.types('onCall', '/rollback invoices --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  expect([...ecs.serving(cluster, invoices)]).toEqual([['shop/invoices:4.0.2', 2]])
  expect(
    ecs.exchanges
      .filter(({ operation }) => /^(Continue|Create|Stop)/.test(operation))
      .map(({ operation, status }) => [operation, status]),
  ).toEqual([
    ['ContinueDeployment', 200],
    ['CreateDeployment', 200],
    ['ContinueDeployment', 200],
  ])
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/sent-by-code-deploy.txt')
})

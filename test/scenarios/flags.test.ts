import { afterEach, expect, test } from 'vitest'
import { withMesh } from '#sandbox/shop/config.ts'
import type { VirtualService } from '#sandbox/cluster/traffic-objects.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const weights = (): readonly unknown[] => {
  const route: VirtualService | undefined = play.world.cluster.get(
    'VirtualService',
    'production',
    'payments',
  )
  return (route?.spec.http ?? []).flatMap(({ route: sent = [] }) =>
    sent.map(({ weight }) => weight),
  )
}
const flag = (service: 'checkout' | 'payments') => play.world.flags?.find(service)

test('the flag that came with a bad version is switched off, and the version goes on running', async () => {
  play = await stage({ hasFlags: true })
  await play.shipsWithFlag('checkout', 100)
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(30)

  expect(flag('checkout')?.isOn).toBe(false)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('flag-off'))
})

test('combined: the flag off, the stable version scaled up, the requests away from the canary and its pods down, in one approval', async () => {
  play = await stage({ configured: withMesh, hasMesh: true, hasFlags: true })
  await play.shipsWithFlag('payments', 50, true)
  await play.meanwhile('the canary gets six pods and 60 % of the requests', async () => {
    const { cluster } = play.world
    cluster.setImage('Deployment', 'production', 'payments-canary', 'shop/payments:1.9.0', {
      replicas: 6,
    })
    cluster.setWeights('production', 'payments', [40, 60])
    await play.rolledOut('payments-canary')
  })
  await play.types(
    'onCall',
    '/rollback payments --combined --reason "payments are slow" --severity critical',
  )
  await play.presses('teamLead', 'Approve', play.card())
  await expect.poll(weights).toEqual([100, 0])
  await play.passes(2)
  await play.passes(30)

  expect(flag('payments')?.isOn).toBe(false)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('combined'))
})

test('an undo gives the flag back to the share that had it', async () => {
  play = await stage({ hasFlags: true })
  await play.shipsWithFlag('checkout', 25)
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')
  await play.presses('onCall', 'Approve', play.card())
  expect(flag('checkout')?.isOn).toBe(false)
  await play.answers('onCall', 'Undo this rollback…', play.card(), { reason: 'it was the network' })

  expect(flag('checkout')).toMatchObject({ isOn: true, rules: [{ share: 25 }] })
  await expect(play.screenplay()).toMatchFileSnapshot(golden('flag-undone'))
})

test('an undo that gave the flag to more people than before asks a person, and says what it did', async () => {
  play = await stage({ hasFlags: true })
  await play.shipsWithFlag('checkout', 25)
  const own = flag('checkout')
  if (own) own.rules = []
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')
  await play.presses('onCall', 'Approve', play.card())
  await play.answers('onCall', 'Undo this rollback…', play.card(), { reason: 'it was the network' })

  expect(own?.isOn).toBe(true)
  const words = play.world.slack.words(play.card().message)
  expect(words).toContain('is not as it was before: it is on for everybody now')
  expect(words).not.toContain('was changed meanwhile')
})

test('whoever changes the flag before it is approved has it their way: nothing is switched, and it is decided anew', async () => {
  play = await stage({ hasFlags: true })
  await play.shipsWithFlag('checkout', 25)
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')
  await play.meanwhile('somebody opens new-checkout for 60 %', () =>
    play.world.flags?.open('checkout', 60),
  )
  await play.presses('onCall', 'Approve', play.card())

  expect(flag('checkout')).toMatchObject({ isOn: true, rules: [{ share: 60 }] })
  await expect(play.screenplay()).toMatchFileSnapshot(golden('flag-changed-under-us'))
})

test('a flag that was on before the version came stays on, and the card says so', async () => {
  play = await stage({ hasFlags: true })
  play.world.flags?.open('checkout', 100)
  await play.world.clock.move(3)
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')

  const words = play.world.slack.words(play.card().message)
  expect(words).toContain('Roll back checkout: v2.3.0 → v2.2.1')
  expect(words).toContain(
    'not now: switch the flag off (flag new-checkout in production (shop) was on at 14:20 UTC already, before v2.3.0 came)',
  )
})

test('Unleash is away: a combined rollback goes without the flag, and says so', async () => {
  play = await stage({ configured: withMesh, hasMesh: true, hasFlags: true })
  await play.shipsWithFlag('payments', 50, true)
  play.world.flags?.faults.add({ status: 503, times: 99 })
  await play.types('onCall', '/rollback payments --combined --reason "slow" --severity critical')

  expect(play.world.slack.words(play.card().message)).toContain(
    'not switched off: Unleash (shop) answered 503',
  )
  await play.presses('teamLead', 'Approve', play.card())
  await expect.poll(weights).toEqual([100, 0])
  expect(flag('payments')?.isOn).toBe(true)
})

test('Unleash wants the change approved there: that is said, and the next way is offered and planned', async () => {
  play = await stage({ hasFlags: true })
  await play.shipsWithFlag('checkout', 25)
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')
  const own = flag('checkout')
  if (own) own.pending = 'approval'
  await play.presses('onCall', 'Approve', play.card())

  expect(play.world.slack.words(play.card().message)).toContain(
    'Change requests are enabled in project "default" for environment "production"',
  )
  await play.presses('onCall', 'Instead: undo the Deployment', play.card())
  expect(play.world.slack.words(play.card().message)).toContain(
    'Roll back checkout: v2.3.0 → v2.2.1',
  )
  expect(own?.isOn).toBe(true)
})

test('the cluster does not answer: the flag is switched off all the same, for the version that was last seen', async () => {
  play = await stage({ hasFlags: true })
  await play.ships('checkout')
  await play.looksAround()
  await play.world.clock.move(2)
  play.world.flags?.open('checkout', 100)
  await play.world.clock.move(2)
  play.world.cluster.faults.add({ status: 503, times: 1_000 })
  await play.types('onCall', '/rollback checkout --reason "orders fail" --severity critical')

  const words = play.world.slack.words(play.card().message)
  expect(words).toContain('v2.3.0 is what ran when it was last looked at')
  expect(words).toContain('no other way is open')
  await play.presses('onCall', 'Approve', play.card())
  expect(flag('checkout')?.isOn).toBe(false)
})

test('a service that is nothing but a flag is rolled back like any other', async () => {
  play = await stage({
    hasFlags: true,
    configured: (yaml) => `${yaml}
  new-look:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Website
    targets: [{ flag: { provider: shop, key: new-checkout, environment: production } }]
`,
  })
  play.world.flags?.open('checkout', 50)
  await play.types('onCall', '/rollback new-look --reason "people complain" --severity high')
  expect(play.world.slack.words(play.card().message)).toContain(
    'Roll back new-look: new-checkout on for 50 % → new-checkout off',
  )
  await play.presses('onCall', 'Approve', play.card())

  expect(flag('checkout')?.isOn).toBe(false)
  expect(play.world.slack.words(play.card().message)).toContain(
    '✓ flag new-checkout in production is off',
  )
})

test('the form offers to switch flags off first, and only where there are any', async () => {
  play = await stage({ configured: withMesh, hasMesh: true, hasFlags: true })
  await play.shipsWithFlag('payments', 50, true)
  const { slack } = play.world
  const opened = () => slack.until(() => slack.modal('onCall'))
  const redrawn = async (name: string, value: string) => {
    await slack.as('onCall').click(await opened(), name, { value })
    await play.settled()
    return JSON.stringify((await opened()).blocks)
  }
  await play.types('onCall', '/rollback')

  expect(await redrawn('service', 'reviews')).not.toContain('Feature flags')
  const chosen = await redrawn('service', 'payments')
  expect(chosen).toContain('Off first, then the version goes back')
  expect(chosen).toContain('v1.9.0 with faster-payments → v1.9.0 without faster-payments')
  const both = await redrawn('flags', 'flags-first')
  expect(both).toContain('v1.9.0 → v1.8.3')
  expect(both).toContain('flag faster-payments in production')
  await play.fills('onCall', {
    service: 'payments',
    flags: 'flags-first',
    'reason-kind': 'other',
    reason: 'payments are slow',
    severity: 'critical',
  })

  expect(slack.words(play.card().message)).toContain('switch faster-payments off')
})

test('combined, and Unleash refuses: nothing was changed, and the way itself goes without the flag, for it was not tried', async () => {
  play = await stage({ configured: withMesh, hasMesh: true, hasFlags: true })
  await play.shipsWithFlag('payments', 50, true)
  await play.types('onCall', '/rollback payments --combined --reason "slow" --severity critical')
  const own = flag('payments')
  if (own) own.pending = 'approval'
  await play.presses('teamLead', 'Approve', play.card())
  expect(weights()).toEqual([90, 10])
  await play.presses('teamLead', 'Instead: shift the traffic', play.card())

  const words = play.world.slack.words(play.card().message)
  expect(words).toContain('Take away the canary of payments: v1.9.0 → v1.8.3')
  expect(words).not.toContain('switch faster-payments off')
  expect(words).toContain('*Why so*  shift the traffic: the first way in the order')
  expect(words).toContain('not now: switch the flag off (already tried in this rollback)')
  await play.presses('teamLead', 'Approve', play.card())
  await expect.poll(weights).toEqual([100, 0])
})

import { afterEach, expect, test } from 'vitest'
import { withColours } from '#sandbox/shop/config.ts'
import { shipBad, shipCanary } from '#sandbox/shop/shipments.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const selected = () =>
  play.world.cluster.get('Service', 'production', 'vouchers')?.spec.selector?.['colour']

test('a bad version loses its requests to the colour that served before, by one change of the Service', async () => {
  play = await stage({ configured: withColours, hasColours: true })
  // Only what was seen to serve is gone back to.
  for (let quarters = 0; quarters < 3; quarters += 1) {
    await play.passes(15)
    await play.looksAround()
  }
  const image = shipBad(play.world.cluster, 'vouchers')
  await play.reaches(() => selected() === 'blue')
  play.remarks(`the pipeline ships ${image} into blue, and has the Service select blue`)
  await play.passes(3)
  await play.types('onCall', '/rollback vouchers --reason "vouchers are refused" --severity high')
  await play.presses('onCall', 'Approve', play.card())
  await expect.poll(selected).toBe('green')
  await play.passes(2)
  await play.presses('onCall', 'Keep vouchers-blue', play.card())
  await play.passes(30)
  expect(replicas('blue')).toBe(3)

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/switched.txt')
})

const replicas = (colour: 'blue' | 'green') =>
  play.world.cluster.get('Deployment', 'production', `vouchers-${colour}`)?.spec.replicas
const card = (words: string) => play.lastIn('checkout', words)
const servesLong = async () => {
  for (let quarters = 0; quarters < 3; quarters += 1) {
    await play.passes(15)
    await play.looksAround()
  }
}
const waits = async (colour: 'blue' | 'green') => {
  const image = shipCanary(play.world.cluster, 'vouchers')
  play.remarks(`the pipeline ships ${image} into ${colour}, one pod, and leaves the Service alone`)
  await play.reaches(() => {
    const { metadata, status } =
      play.world.cluster.get('Deployment', 'production', `vouchers-${colour}`) ?? {}
    return status?.observedGeneration === metadata?.generation && status?.availableReplicas === 1
  })
}

test('the next version is promoted by one change of the Service, and what served before is kept for as long as it may be needed', async () => {
  play = await stage({ configured: withColours, hasColours: true })
  await servesLong()
  await play.types('onCall', '/promote vouchers')
  await waits('blue')
  await play.types('onCall', '/promote vouchers --dry-run')
  await play.types('onCall', '/promote vouchers')
  await play.presses('teamLead', 'Promote to full', card('Promote to full'))
  expect([selected(), replicas('blue'), replicas('green')]).toEqual(['blue', 3, 3])
  await play.types('onCall', '/promote vouchers')
  await play.passes(6)
  expect([selected(), replicas('blue'), replicas('green')]).toEqual(['blue', 3, 0])

  await servesLong()
  await waits('green')
  await play.types('onCall', '/promote vouchers')
  await play.presses('teamLead', 'Promote to full', card('Promote to full'))
  expect(selected()).toBe('green')
  play.world.cluster.answer('shop/vouchers:1.5.2', { errorRate: 0.062, p95Seconds: 0.64 })
  await play.passes(3)
  await play.types('onCall', '/rollback vouchers --reason "vouchers are refused" --severity high')
  await play.passes(3)
  // An incident is open: the way back stays as short as it is.
  expect([selected(), replicas('blue'), replicas('green')]).toEqual(['green', 3, 3])
  await play.presses('onCall', 'Approve', play.card())
  await expect.poll(selected).toBe('blue')
  await play.passes(2)
  expect([selected(), replicas('blue'), replicas('green')]).toEqual(['blue', 3, 3])
  await play.passes(31)
  await play.passes(2)

  // The bad colour goes when all is stable; the one that serves again is no longer what was left.
  expect([selected(), replicas('blue'), replicas('green')]).toEqual(['blue', 3, 0])
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/promoted-by-colours.txt')
})

import { afterEach, expect, test } from 'vitest'
import { withMesh } from '#sandbox/shop/config.ts'
import type { VirtualService } from '#sandbox/cluster/traffic-objects.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

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

test('a bad canary loses its requests by the weights of its route, and then its pods', async () => {
  play = await stage({ configured: withMesh, hasMesh: true })
  await play.shipsCanary('payments', 'errors')
  expect(weights()).toEqual([90, 10])
  await play.passes(3)
  await play.types(
    'onCall',
    '/rollback payments --reason "errors on the canary" --severity critical',
  )
  await play.presses('teamLead', 'Approve', play.card())
  await expect.poll(weights).toEqual([100, 0])
  await play.passes(2)
  await play.passes(30)

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/rerouted.txt')
})

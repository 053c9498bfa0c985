import { afterEach, expect, test } from 'vitest'
import { withColours } from '#sandbox/shop/config.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
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
  await play.passes(30)

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/switched.txt')
})

import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

test('it waits for the change window, and says when that is before anybody decides', async () => {
  play = await stage()
  await play.ships('cart', 'slow')
  play.world.metrics.fail({ kind: 'empty' })
  await play.types('onCall', '/rollback cart --at next window --dry-run')
  await play.types(
    'onCall',
    '/rollback cart --at next window --severity low --reason "slow basket"',
  )
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(41 * 60)
  play.world.metrics.fail(undefined)
  await play.passes(38)

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/next-window.txt')
})

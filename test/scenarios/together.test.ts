import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('several services go back one after the other under one approval', async () => {
  play = await stage()
  await play.ships('checkout', 'errors')
  await play.ships('cart', 'slow')
  play.world.metrics.fail({ kind: 'empty' })
  await play.types('onCall', '/rollback cart checkout --reason "both went out at 14:20"')
  await play.presses('onCall', 'Approve all', play.card())
  await play.passes(1)
  await play.passes(1)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('together'))
})

test('a form that stands open starts no later for it', async () => {
  play = await stage()
  await play.ships('checkout', 'errors')
  await play.ships('cart', 'slow')
  await play.types('onCall', '/rollback --changed-since 30m --reason "baskets are empty"')
  await play.passes(4)
  await play.fills('onCall', {})

  expect(play.screenplay()).toContain('started 14:24 UTC')
})

test('what went out in the window is ticked, and only that', async () => {
  play = await stage()
  await play.ships('checkout', 'errors')
  await play.ships('cart', 'slow')
  await play.types('onCall', '/rollback --changed-since 30m --reason "baskets are empty"')
  const ticked = JSON.stringify(play.world.slack.modal('onCall'))
  expect(ticked.match(/"initial_options":\[(.*?)\]/)?.[1]).toMatch(/cart.*checkout/)
  expect(ticked).toMatch(/"multi_static_select".*payments/)
  await play.fills('onCall', {})

  await expect(play.screenplay()).toMatchFileSnapshot(golden('changed-since'))
})

import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

test('approved at minute 3 by the on-call engineer', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.passes(3)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)
  console.log(play.transcript())
  expect(play.transcript()).toContain('back on')
}, 60_000)

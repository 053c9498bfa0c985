import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

test('a slot that was stopped is started by Compose at the version that served, is well, gets the requests, and the bad one is kept for the way back', async () => {
  play = await stage({ hasDocker: true, hasNginx: true })
  const { slots, docker } = play.world
  if (!slots || !docker) throw new Error('the shop has no slots that Compose starts')
  for (let quarters = 0; quarters < 3; quarters += 1) {
    await play.passes(15)
    await play.looksAround()
  }
  await play.meanwhile(
    'the pipeline starts 3.3.0 in slot green by Compose, switches to it and stops slot blue',
    () => slots.ship('errors'),
  )
  const running = (slot: string) => [...docker.running('shop', `loyalty-${slot}`)]
  const shipped = [running('blue'), running('green')]
  await play.passes(2)

  await play.types('onCall', '/rollback loyalty --reason "points are missing"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect(shipped).toEqual([[], [['shop/loyalty:3.3.0', 1]]])
  expect(slots.serving()).toBe('blue')
  expect([running('blue'), running('green')]).toEqual([
    [['shop/loyalty:3.2.0', 1]],
    [['shop/loyalty:3.3.0', 1]],
  ])
  await expect(play.screenplay()).toMatchFileSnapshot(
    '../golden/scenarios/slot-started-and-switched.txt',
  )
})

import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('a gradual rollback is finished at once by somebody with authority', async () => {
  play = await stage()
  await play.ships('checkout', 'slow')
  play.world.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'ready', afterMs: 4_000 } })
  play.world.metrics.fail({ kind: 'empty' })
  await play.types('onCall', '/rollback checkout --severity medium --reason "slow pages"')
  await play.begins('onCall', 'Approve', play.card(), /of another version left/)
  await play.answers('onCall', 'Finish at once…', play.card(), {
    reason: 'it gets worse by the minute',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('collapsed'))
})

test('scheduled: approved now, begun at its time', async () => {
  play = await stage()
  await play.ships('cart', 'slow')
  play.world.metrics.fail({ kind: 'empty' })
  await play.types('onCall', '/rollback cart --at 16:00 --severity low --reason "slow basket"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(60)
  play.world.metrics.fail(undefined)
  await play.passes(40)
  await play.passes(2)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('scheduled'))
})

test('a StatefulSet with a pod that will not start', async () => {
  play = await stage()
  await play.ships('catalog-db', 'missing-image')
  await play.types('onCall', '/rollback catalog-db --reason "search is down"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('statefulset'))
})

test('a StatefulSet taken back to the pod that will not start: waited for, then a person must look', async () => {
  play = await stage()
  await play.ships('catalog-db', 'missing-image')
  await play.types('onCall', '/rollback catalog-db --reason "search is down"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.answers(
    'onCall',
    'Undo this rollback…',
    play.card(),
    { reason: 'the new index is needed' },
    /of another version left|ImagePullBackOff/,
  )
  await play.passes(16)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('statefulset-taken-back'))
})

test('a DaemonSet', async () => {
  play = await stage()
  await play.ships('edge-agent', 'crash')
  await play.types('onCall', '/rollback edge-agent --reason "agents crash"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('daemonset'))
})

test('after an hour, over a warning, two vice presidents approve', async () => {
  play = await stage({
    configured: (yaml) => yaml.replace('[U0VPENG001]', '[U0VPENG001, U0MANAGER1]'),
  })
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.passes(61)
  await play.presses('vp', 'Approve', play.card())
  await play.passes(2)
  await play.types('onCall', '/rollback checkout --to v2.3.0 --reason "it was the bank"')
  await play.answers('vp', 'Approve…', play.card(), { reason: 'the bank has confirmed the cause' })
  await play.presses('vp', 'Approve…', play.card())
  await play.presses('vp', 'Ask the VP engineering', play.lastPrivate('vp'))
  await play.answers('manager', 'Approve…', play.card(), { reason: 'confirmed to me as well' })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('two-vice-presidents'))
})

test('T093 a version that was rolled back is marked: going to it needs a typed acknowledgement and one level more', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.types('onCall', '/rollback checkout --to v2.3.0 --reason "it was the bank"')
  await play.presses('onCall', 'Approve…', play.card())
  await play.answers('teamLead', 'Approve…', play.card(), {
    reason: 'the bank has confirmed the cause',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('back-to-the-marked-one'))
})

test('what is measured raises the severity that somebody had put lower', async () => {
  play = await stage()
  await play.ships('cart')
  await play.types('outsider', '/rollback cart --severity low --reason "basket looks odd"')

  expect(play.screenplay()).toContain(
    'Countermand changed the severity from low to critical: “5xx above 5 %”',
  )
  expect(play.world.slack.words(play.card().message)).toContain('*CRITICAL*')
})

import { afterEach, expect, test } from 'vitest'
import { pipelineDeploys } from '../support/pipeline.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const ask = '/rollback checkout --reason "errors after deploy"'

test('approved at minute 3 by the on-call engineer', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.passes(3)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('approved-at-minute-3'))
})

test('refused at 15:00.000000, approved by the team lead', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.standsAt(play.minutes(15) - 1)
  await play.presses('outsider', 'Approve', play.card())
  await play.standsAt(play.minutes(15))
  await play.presses('onCall', 'Approve', play.card())
  await play.presses('teamLead', 'Approve', play.card())

  await expect(play.screenplay()).toMatchFileSnapshot(golden('refused-at-15-approved-by-the-lead'))
})

test('the next level is asked while the request waits', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.passes(16)
  await play.passes(15)
  await play.passes(30)
  await play.passes(60)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('escalation-while-waiting'))
})

test('somebody without authority asks, and somebody with it decides', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('outsider', ask)
  await play.presses('outsider', 'Approve', play.card())
  await play.presses('manager', 'Approve', play.card())

  await expect(play.screenplay()).toMatchFileSnapshot(golden('requester-without-authority'))
})

test('payments needs two people', async () => {
  play = await stage()
  await play.ships('payments')
  await play.types('onCall', '/rollback payments --reason "cards are declined"', 'payments')
  await play.presses('onCall', 'Approve', play.card())
  await play.presses('onCall', 'Break-glass…', play.card())
  await play.presses('onCall', 'Ask the team lead', play.lastPrivate('onCall'))
  await play.presses('teamLead', 'Approve', play.card())

  await expect(play.screenplay()).toMatchFileSnapshot(golden('two-people'))
})

test('break-glass above one’s window, reviewed afterwards', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.passes(20)
  await play.presses('onCall', 'Approve', play.card())
  await play.answers('onCall', 'Break-glass…', play.card(), {
    reason: 'nobody of the leads answers and orders are lost',
  })
  await play.presses('onCall', 'Review break-glass…', play.card())
  await play.answers('teamLead', 'Review break-glass…', play.card(), {
    reason: 'right call, I was on a plane',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('break-glass'))
})

test('rejected with a reason', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('outsider', ask)
  await play.answers('onCall', 'Reject', play.card(), { reason: 'the errors come from the bank' })
  await play.presses('onCall', 'Approve', play.card()).catch(() => undefined)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('rejected'))
})

test('T026 a button of an earlier plan does nothing', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  const stale = play.card()
  await play.presses('onCall', 'Cancel', play.card())
  await play.presses('onCall', 'Approve', stale)
  await play.passes(180)
  await play.presses('onCall', 'Approve', stale)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('stale-button'))
})

test('somebody deploys between the plan and the approval', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.meanwhile('a colleague breaks the glass and deploys 2.3.1', async () => {
    play.world.cluster.setImage('Deployment', 'production', 'checkout', 'shop/checkout:2.3.1', {
      groups: ['countermand:break-glass'],
    })
    await play.rolledOut('checkout')
  })
  await play.presses('onCall', 'Approve', play.card())

  await expect(play.screenplay()).toMatchFileSnapshot(golden('changed-under-us'))
})

test('the old version does not help: the decision opens again', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  play.world.cluster.behave('shop/checkout:2.2.1', {
    start: { kind: 'ready' },
    traffic: { errorRate: 0.048, p95Seconds: 0.2 },
  })
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(4)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('not-recovered'))
})

test('the old version does not come up either: failed, undone by a person', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  play.world.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'image-missing' } })
  await play.begins('onCall', 'Approve', play.card(), /ImagePullBackOff/)
  await play.until('4 min later', () => play.world.clock.move(4), /Slower than planned/)
  await play.until('10 min later', () => play.world.clock.move(10), /stopped/)
  await play.answers('teamLead', 'Undo this rollback…', play.card(), {
    reason: 'v2.3.0 serves at least some',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('failed-and-undone'))
})

test('undone after it had recovered', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.answers('onCall', 'Undo this rollback…', play.card(), {
    reason: 'orders need the new tax table',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('undone-after-recovery'))
})

test('taken back too late: somebody has deployed, and the rollback is stuck', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.meanwhile('a colleague breaks the glass and deploys 2.3.1', async () => {
    play.world.cluster.setImage('Deployment', 'production', 'checkout', 'shop/checkout:2.3.1', {
      groups: ['countermand:break-glass'],
    })
    await play.rolledOut('checkout')
  })
  await play.answers('onCall', 'Undo this rollback…', play.card(), {
    reason: 'orders need the new tax table',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('stuck'))
})

test('what is held cannot be deployed, until the hold is lifted by whom it may be', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('teamLead', 'Approve', play.card())
  await play.passes(2)
  await play.answers('teamLead', 'Lift freeze…', play.card(), { reason: 'the fix must go out' })
  await pipelineDeploys(play, 'shop/checkout:2.3.0')
  await play.presses('onCall', 'Lift hold…', play.card())
  await play.answers('teamLead', 'Lift hold…', play.card(), { reason: 'the fix is on its way' })
  await play.types('onCall', '/rollback history checkout')
  await pipelineDeploys(play, 'shop/checkout:2.3.0')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('hold-lifted'))
})

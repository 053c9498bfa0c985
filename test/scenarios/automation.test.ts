import { afterEach, expect, test } from 'vitest'
import { withAutomation } from '#sandbox/shop/config.ts'
import { type Stage, stage } from '../support/scenario.ts'
import { aGroup, anAlert, deliver, webhookVariables } from '../webhooks/senders.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const rules = `
webhooks:
  rules: [{ name: by label, source: alertmanager, serviceFrom: service }]
`
const staged = (mode: 'on' | 'dry-run', more = '') =>
  stage({
    configured: (yaml) =>
      `${yaml.replace(
        '    statusComponent: Checkout\n',
        `    statusComponent: Checkout\n    automation: { mode: ${mode}${more} }\n`,
      )}${rules}`,
    variables: webhookVariables(['alertmanager']),
  })
/** The errors of the new version are as old as the rule asks for. */
const errorsLast = async () => {
  await play.ships('checkout')
  await play.passes(3)
}
const halfAMinute = () => play.meanwhile('half a minute passes', () => play.world.clock.move(0.5))

test('a countdown that nobody stops ends in a rollback, once, with the rule and the figures that fired it; what it brought is never rolled back by itself', async () => {
  play = await staged('on')
  await errorsLast()
  await halfAMinute()
  await play.passes(2)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-rolls-back'))
})

test('whoever may cancel cancels a countdown, and the version is not counted down again', async () => {
  play = await staged('on')
  await errorsLast()
  await play.presses('teamLead', 'Cancel', play.card())
  await halfAMinute()
  await play.passes(2)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-cancelled'))
})

test('an outsider pauses nothing; where whoever decides at this minute does, people decide, and nothing happens by itself until it is switched on again', async () => {
  play = await staged('on')
  await errorsLast()
  await play.presses('outsider', 'Pause automation', play.card())
  await play.presses('onCall', 'Pause automation', play.card())
  await halfAMinute()
  await play.types('onCall', '/rollback automation checkout')
  await play.types('onCall', '/rollback automation on checkout --reason "the test is over"')
  await play.passes(1)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-paused'))
})

test('in the sandbox the basket is counted down, and whoever may approve need not wait', async () => {
  play = await stage({ configured: withAutomation })
  await play.ships('cart')
  await play.passes(3)
  await play.presses('onCall', 'Now', play.card())
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-now'))
})

test('where something it depends on suffers as well, people are asked; once that is over, it is counted down', async () => {
  play = await staged('on')
  await play.ships('payments')
  await errorsLast()
  await play.meanwhile('payments goes back to the version before', async () => {
    play.world.cluster.setImage('Deployment', 'production', 'payments', 'shop/payments:1.8.3', {
      by: 'lead',
      changeCause: 'payments 1.8.3 by lead',
    })
    await play.rolledOut('payments')
  })
  await play.passes(2)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-asks'))
})

test('what runs beside a sick canary is not rolled back for it: people are told to take the canary away', async () => {
  play = await staged('on')
  await play.shipsCanary('checkout', 'errors')
  await play.passes(8)
  await play.passes(25)
  await play.passes(1)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-vetoed'))
})

test('a dry run says what it would have done, and does nothing', async () => {
  play = await staged('dry-run')
  await errorsLast()
  await halfAMinute()
  await play.passes(2)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('automation-dry-run'))
})

test('an alert that asks is counted down; when it is over before that, people decide', async () => {
  play = await staged('on', ', triggers: [alert]')
  await play.ships('checkout')
  const { slack, app } = play.world
  const { url } = app
  const asking = (status: 'firing' | 'resolved') =>
    aGroup(
      anAlert({
        startsAt: '2026-11-21T14:21:00Z',
        status,
        annotations: { rollback: 'true', reason: 'errors since 14:21' },
      }),
    )
  await play.meanwhile('an alert asks for a rollback', () =>
    deliver(url, 'alertmanager', asking('firing')),
  )
  const counting = slack.words(play.card().message)
  await play.meanwhile('it is over', () => deliver(url, 'alertmanager', asking('resolved')))
  await halfAMinute()
  const decided = slack.words(play.card().message)

  expect(counting).toContain('Rolling back checkout by itself at 14:22:30 UTC: v2.3.0 → v2.2.1')
  expect(counting).toContain('alert: Alertmanager fires ‘HighErrorRate’')
  expect(decided).toContain('[Approve]')
  expect(slack.transcript()).toContain('because what had fired is over: people decide')
})

import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const ask = '/rollback checkout --reason "errors after deploy"'

test('a right is missing in the cluster: the verb is named', async () => {
  play = await stage()
  await play.ships('checkout')
  play.world.cluster.access.forbid('patch', 'deployments')
  await play.types('onCall', ask)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('missing-right'))
})

test('T085 the cluster does not answer', async () => {
  play = await stage()
  await play.ships('checkout')
  play.world.cluster.faults.add({ status: 503, times: 1_000 })
  await play.types('onCall', ask)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('cluster-away'))
})

test('the metrics are away: the rollback goes on, and is not called good', async () => {
  play = await stage()
  await play.ships('checkout')
  play.world.metrics.fail({ kind: 'down' })
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(6)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('metrics-away'))
})

test('Slack goes away after the approval: the rollback finishes, and everything is told afterwards', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.meanwhile('Slack stops answering right after the click', async () => {
    const card = play.card()
    await play.world.slack.as('onCall').click(card, 'Approve', { confirm: true })
    play.world.slack.faults.down(true)
    await play.completed()
    play.world.slack.faults.down(false)
  })
  await play.passes(1)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('slack-away'))
})

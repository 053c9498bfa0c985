import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const ask = '/rollback checkout --reason "errors after deploy"'

/** The version to go back to is as bad as the one that runs. */
const noBetter = () =>
  play.world.cluster.behave('shop/checkout:2.2.1', {
    start: { kind: 'ready' },
    traffic: { errorRate: 0.048, p95Seconds: 0.2 },
  })

test('nobody decides what comes next: whoever may is called again, with an update', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  noBetter()
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(6)
  await play.passes(5)
  await play.passes(5)
  await play.types('teamLead', '/rollback severity medium --reason "one region only"', room())
  await play.passes(5)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('called-again'))
})

test('what people know goes onto the timeline, and the draft of the post-mortem under the card', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.passes(9)
  await play.types('onCall', ask)
  await play.types('outsider', '/rollback note checkout the first customer called at 14:22')
  await play.types(
    'outsider',
    '/rollback since checkout 14:10 --reason "it was slow before, I think"',
  )
  await play.types('outsider', '/rollback since checkout 14:22 --reason "first customer"')
  await play.types('onCall', '/rollback correct 4 the customer called at 14:23', room())
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.presses('onCall', 'Checklist', play.card())
  await play.meanwhile('@oncall ticks what is asked first', async () => {
    const form = play.world.slack.modal('onCall')
    if (!form) throw new Error('the checklist was not opened')
    await play.world.slack.as('onCall').click(form, 'Tick')
  })
  await play.passes(31)
  await play.types('manager', '/rollback postmortem checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('told-by-people'))
  const { archive, config } = play.world
  const [incident] = await archive.incidents()
  const draft = incident && (await archive.export(incident, 'postmortem', config.catalogue))
  expect(draft).toContain('- Service: checkout (prod/production), owned by Payments')
  expect(draft).toMatch(/Rollback 1: decide 9 min · approve 0 s · .*restored after 11 min/)
  expect(draft).toContain('noted “the first customer called at 14:22”')
})

/** The incident’s own channel. */
const room = (): string => play.card().channel

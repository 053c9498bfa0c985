import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const card = () => play.lastIn('checkout', 'Add impact…')

test('a watch says what changes and nothing else, and what came of it', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/assess checkout')
  await play.presses('onCall', 'Watch for 15 min', card())
  await play.passes(1)
  await play.meanwhile('somebody deploys the version before', async () => {
    play.world.cluster.setImage('Deployment', 'production', 'checkout', 'shop/checkout:2.2.1', {
      by: 'lead',
      changeCause: 'checkout 2.2.1 by lead',
    })
    await play.rolledOut('checkout')
  })
  await play.passes(1)
  await play.passes(1)
  await play.passes(12)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('watched'))
})

test('a watch is stopped, and whoever says that it is no incident says why', async () => {
  play = await stage()
  await play.ships('checkout', 'slow')
  await play.types('onCall', '/assess checkout')
  await play.presses('onCall', 'Watch for 15 min', card())
  await play.presses('teamLead', 'Stop watching', card())
  await play.presses('onCall', 'Watch for 15 min', card())
  await play.answers('teamLead', 'Not an incident…', card(), {
    reason: 'query logging is on for an hour, on purpose',
  })
  await play.passes(2)

  await expect(play.screenplay()).toMatchFileSnapshot(golden('no-incident'))
})

test('the owner is called once, with the figures, whoever asks', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/assess checkout')
  const first = card()
  await play.presses('onCall', 'Ask the owner', first)
  await play.types('teamLead', '/assess checkout')
  await play.presses('teamLead', 'Ask the owner', card())
  await play.passes(11)
  await play.presses('teamLead', 'Ask the owner', card())

  await expect(play.screenplay()).toMatchFileSnapshot(golden('owner-asked'))
})

test('what people know moves the severity, stands under their names and can be taken back', async () => {
  play = await stage()
  await play.types('onCall', '/assess checkout')
  await play.answers('onCall', 'Add impact…', card(), { impact: 'some-users' })
  await play.answers('teamLead', 'Add impact…', card(), { impact: 'simple-fix', amount: '8 min' })
  await play.answers('teamLead', 'Add impact…', card(), { impact: 'revenue', amount: 'much' })
  await play.answers('manager', 'Add impact…', card(), { impact: 'data-loss' })
  await play.presses('manager', 'Add impact…', card())
  const form = play.world.slack.modal('manager')
  if (!form) throw new Error('no form is open')
  await play.meanwhile('@manager takes it back in the form', async () => {
    await play.world.slack.as('manager').click(form, 'Take back')
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('impact-added'))
})

test('with an incident open, everything stands on its timeline, and what is said raises its severity', async () => {
  play = await stage()
  await play.types('onCall', '/rollback checkout --severity low --reason "an odd look"')
  await play.types('onCall', '/assess checkout')
  await play.answers('teamLead', 'Add impact…', card(), { impact: 'many-users' })
  await play.presses('teamLead', 'Add impact…', card())
  await play.answers('onCall', 'Not an incident…', card(), {
    reason: 'the numbers came from a test',
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('assessed-in-an-incident'))
})

import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

test.each(['payments', 'cart'])(
  'a first play with %s ends well although nothing was broken before',
  async (service) => {
    play = await stage()
    await play.types('onCall', `/rollback ${service} --reason "only trying"`)
    await play.presses('teamLead', 'Approve', play.card())
    await play.passes(2)

    expect(play.world.slack.words(play.card().message)).toMatch(/is back on v.* and recovering/)
  },
)

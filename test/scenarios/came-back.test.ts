import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

test('a version that came back runs since its return, and holds nothing of what ran in between', async () => {
  play = await stage()
  const { cluster } = play.world
  const deploy = (tag: string) => async () => {
    cluster.setImage('Deployment', 'production', 'checkout', `shop/checkout:${tag}`)
    await play.rolledOut('checkout')
  }
  await play.meanwhile('the pipeline ships 2.3.1', deploy('2.3.1'))
  await play.passes(3)
  await play.types('onCall', '/rollback status checkout')
  await play.meanwhile('a colleague goes back to 2.2.1 by hand', deploy('2.2.1'))
  await play.passes(25)
  await play.types('onCall', '/rollback history checkout')
  await play.types('onCall', '/rollback checkout --reason "customers complain again"')

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/came-back.txt')
})

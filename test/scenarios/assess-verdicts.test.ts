import { afterEach, expect, test } from 'vitest'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('what suffers together with what it depends on is not cured by going back', async () => {
  play = await stage()
  await play.ships('payments')
  await play.ships('checkout')
  await play.types('onCall', '/assess checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('looked-elsewhere'))
})

test('a bad canary is told from what runs beside it, and only it is taken away', async () => {
  play = await stage()
  await play.types('onCall', '/assess checkout --canary')
  await play.shipsCanary('checkout', 'errors')
  await play.passes(8)
  await play.types('onCall', '/assess checkout --canary')
  await play.passes(25)
  await play.types('onCall', '/assess checkout --canary --why')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('bad-canary'))
})

test('a sick canary is found without being asked for, from its first minutes on, and what runs beside it is not blamed', async () => {
  play = await stage()
  await play.shipsCanary('checkout', 'errors')
  await play.passes(3)
  await play.types('onCall', '/assess checkout')
  await play.passes(17)
  await play.types('onCall', '/assess checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('canary-found'))
})

test('right after a deploy nothing was counted of it yet, and that is what is said', async () => {
  play = await stage()
  await play.meanwhile('the pipeline ships a bad version of checkout', async () => {
    shipBad(play.world.cluster, 'checkout')
    await play.rolledOut('checkout')
  })
  await play.types('onCall', '/assess checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('too-soon'))
})

test('a good canary is called good only when it has served enough, and not where nobody can count', async () => {
  play = await stage()
  await play.shipsCanary('checkout')
  await play.passes(45)
  await play.types('onCall', '/assess checkout --canary')
  await play.types('onCall', '/assess cart --canary', 'incidents')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('good-canary'))
})

test('a source that hangs holds up neither the answer nor the others, and is said to', async () => {
  // The others have this long, whatever else the machine does; the one that hangs never answers.
  play = await stage({ patience: 4 })
  play.world.metrics.fail({ kind: 'hangs', about: 'p95' })
  await play.types('onCall', '/assess checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('hangs'))
})

test('where nobody counts errors, what the platform shows is told, is not called well, and is enough to act on', async () => {
  play = await stage()
  const { cluster } = play.world
  await play.meanwhile('the pipeline ships shop/catalog-db:15.0-beta', async () => {
    shipBad(cluster, 'catalog-db', 'never-ready')
    const isWarned = () => cluster.list('Event').some(({ reason }) => reason === 'Unhealthy')
    await expect.poll(isWarned).toBe(true)
  })
  await play.types('onCall', '/assess catalog-db')
  await play.passes(8)
  await play.types('onCall', '/assess catalog-db --why')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('platform-alone'))
})

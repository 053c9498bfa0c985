import { afterEach, expect, test } from 'vitest'
import { ComposeTarget } from '#executors/compose/schema.ts'
import { shipBadToDocker, shopOnDocker } from '#sandbox/shop/docker.ts'
import { type Stage, stage } from '../support/scenario.ts'

const { project, service } = shopOnDocker
let play: Stage
afterEach(async () => play.close())

async function aShop() {
  play = await stage({ hasDocker: true })
  const { docker, config } = play.world
  const [target] = config.catalogue.get(service)?.targets ?? []
  const { spec } = target ?? {}
  if (!docker) throw new Error('the shop has no Docker')
  const { directory } = ComposeTarget.parse(spec)
  // Looked at once, as it is every minute: Docker itself remembers nothing.
  await play.passes(1)
  return { docker, directory }
}

test('a service of Compose is shipped, found bad, rolled back by its former image, verified and watched', async () => {
  const { docker, directory } = await aShop()
  await play.meanwhile('somebody deploys 1.9.0 by Compose', async () => {
    shipBadToDocker(docker, 'errors', directory)
    await expect
      .poll(() => [...docker.running(project, service)])
      .toEqual([['shop/wishlist:1.9.0', 2]])
  })
  await play.passes(2)

  await play.types('onCall', '/rollback wishlist --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect([...docker.running(project, service)]).toEqual([['shop/wishlist:1.8.1', 2]])
  expect(docker.commands.filter(({ args }) => args.includes('up'))).toHaveLength(2)
  await expect(play.screenplay()).toMatchFileSnapshot(
    '../golden/scenarios/rolled-back-by-compose.txt',
  )
})

test('a former version that does not get well any more is taken back by itself, and people are asked', async () => {
  const { docker, directory } = await aShop()
  await play.meanwhile('somebody deploys 1.9.0 by Compose', async () => {
    shipBadToDocker(docker, 'errors', directory)
    await expect
      .poll(() => [...docker.running(project, service)])
      .toEqual([['shop/wishlist:1.9.0', 2]])
  })
  await play.passes(2)
  docker.behave('shop/wishlist:1.8.1', { start: { kind: 'never-ready' } })

  await play.types('onCall', '/rollback wishlist --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  expect([...docker.running(project, service)]).toEqual([['shop/wishlist:1.9.0', 2]])
  await expect(play.screenplay()).toMatchFileSnapshot(
    '../golden/scenarios/compose-did-not-get-well.txt',
  )
})

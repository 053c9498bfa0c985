import { afterEach, expect, test } from 'vitest'
import { startCluster } from '#sandbox/cluster/index.ts'
import { startMetrics } from '#sandbox/metrics/index.ts'
import { servingOnEcs, shipBadToEcs, shopEcs, shopOnEcs } from '#sandbox/shop/ecs.ts'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function shop() {
  const ecs = await shopEcs({ now: () => new Date(), taskStartMs: 1 })
  open.push(ecs.close)
  const cluster = await startCluster()
  open.push(cluster.close)
  const metrics = await startMetrics({ cluster, elsewhere: servingOnEcs(ecs) })
  open.push(metrics.close)
  const health = async () => {
    const response = await fetch(`${metrics.url}/recommendations/health`)
    return [response.status, await response.json()]
  }
  return { ecs, health }
}

test('a bad version comes out by itself, and is what answers', async () => {
  const { ecs, health } = await shop()
  expect(await health()).toEqual([200, { status: 'ok', version: '5.4.1' }])

  const image = shipBadToEcs(ecs, 'errors')

  await expect
    .poll(() => [...ecs.running(shopOnEcs.cluster, shopOnEcs.service)])
    .toEqual([[image, 3]])
  expect(await health()).toEqual([200, { status: 'ok', version: '5.5.0' }])
})

test('a version that does not start stays beside the one that serves', async () => {
  const { ecs, health } = await shop()

  const image = shipBadToEcs(ecs, 'crash')

  await expect
    .poll(() => ecs.tasks(shopOnEcs.cluster, shopOnEcs.service).map((task) => task.image))
    .toContain(image)
  expect(await health()).toEqual([200, { status: 'ok', version: '5.4.1' }])
})

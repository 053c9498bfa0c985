import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { recordHistory } from '#sandbox/metrics/history.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { shipCanary } from '#sandbox/shop/shipments.ts'
import { until } from './client.ts'

let cluster: Cluster
let history: ReturnType<typeof recordHistory>

beforeEach(async () => {
  cluster = await shopCluster({ podStartMs: 20, podStopMs: 5, hasRollouts: true })
  history = recordHistory(cluster, 'production', () => new Date())
})
afterEach(async () => {
  history.close()
  await cluster.close()
})

function ready(service: string, track: string) {
  history.services()
  return Object.fromEntries(history.at(`${service}/${track}`, Date.now() + 1_000)?.ready ?? [])
}

describe('the shop', () => {
  test('has a Rollout that came out whole, twice', () => {
    const { status } = cluster.get('Rollout', 'production', 'search') ?? {}
    const images = cluster
      .list('ReplicaSet', 'production')
      .filter(({ metadata }) => metadata.name.startsWith('search'))
      .map(({ spec }) => [spec.template.spec.containers[0]?.image, spec.replicas])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other)))

    expect(status).toMatchObject({ phase: 'Healthy', availableReplicas: 10 })
    expect(images).toEqual([
      ['shop/search:5.0.2', 0],
      ['shop/search:5.1.0', 10],
    ])
  })

  test('puts the next version of a Rollout to its first stop, and counts it apart', async () => {
    shipCanary(cluster, 'search')

    await until(
      cluster,
      () => cluster.get('Rollout', 'production', 'search')?.status?.phase === 'Paused',
    )
    await until(cluster, () => ready('search', 'canary')['shop/search:5.1.1'] === 2)
    expect(ready('search', 'stable')).toEqual({ 'shop/search:5.1.0': 8 })
  })

  test('puts the next version of a Deployment beside it, and another one once that was promoted', async () => {
    expect(shipCanary(cluster, 'checkout')).toBe('shop/checkout:2.2.2')
    await until(cluster, () => ready('checkout', 'canary')['shop/checkout:2.2.2'] === 1)

    cluster.setImage('Deployment', 'production', 'checkout', 'shop/checkout:2.2.2')
    cluster.setImage('Deployment', 'production', 'checkout-canary', 'shop/checkout:2.2.2', {
      replicas: 0,
    })
    await until(cluster, () => Object.keys(ready('checkout', 'canary')).length === 0)

    expect(shipCanary(cluster, 'checkout')).toBe('shop/checkout:2.2.3')
    await until(cluster, () => ready('checkout', 'canary')['shop/checkout:2.2.3'] === 1)
  })
})

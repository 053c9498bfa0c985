import { afterEach, beforeEach, expect, test } from 'vitest'
import { healthProbe } from '#metrics/health-probe.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { type PretendMetrics, startMetrics } from '#sandbox/metrics/index.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { isRolledOut, until } from '../cluster/client.ts'

let cluster: Cluster
let front: PretendMetrics

beforeEach(async () => {
  cluster = await shopCluster({ podStartMs: 10, podStopMs: 5 })
  front = await startMetrics({ cluster })
})
afterEach(async () => {
  await front.close()
  await cluster.close()
})

const health = (service: string) =>
  healthProbe({ hosts: new Set([new URL(front.url).host]), timeoutMs: 30_000 }).get(
    `${front.url}/${service}/health`,
    new AbortController().signal,
  )
const version = async () => (await fetch(`${front.url}/checkout/health`)).headers.get('x-version')

test('a service with ready pods is healthy and says which version answered', async () => {
  expect(await health('checkout')).toMatchObject({ ok: true, status: 200 })
  expect(await version()).toBe('2.2.1')

  const image = shipBad(cluster, 'checkout')
  await until(cluster, () => isRolledOut(cluster, 'checkout', image))

  expect(await version()).toBe('2.3.0')
})

test('a service without any ready pod answers 503', async () => {
  cluster.behave('shop/cart:3.1.0', { start: { kind: 'image-missing' } })
  await until(cluster, () => {
    const slice = cluster
      .list('EndpointSlice', 'production')
      .find(({ metadata }) => metadata.name.startsWith('cart-'))
    return !JSON.stringify(slice?.endpoints).includes('"ready":true')
  })

  expect(await health('cart')).toMatchObject({ ok: false, status: 503 })
})

test('a service that nobody runs is 404', async () => {
  expect(await health('search')).toMatchObject({ ok: false, status: 404 })
})

test('faults of the metrics leave the services alone', async () => {
  front.fail({ kind: 'down' })
  expect(await health('checkout')).toMatchObject({ ok: true, status: 200 })
})

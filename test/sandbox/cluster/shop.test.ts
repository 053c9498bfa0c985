import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { clientOf, isRolledOut, until } from './client.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await shopCluster({ podStartMs: 20, podStopMs: 5 })
})
afterEach(() => cluster.close())

test('starts as a calm day: everything ready, the previous versions still known', () => {
  const pods = cluster.pods('production')
  const byApp = Object.groupBy(pods, (pod) => pod.metadata.labels?.['app'] ?? '')
  const sets = cluster.list('ReplicaSet', 'production')

  expect(Object.fromEntries(Object.entries(byApp).map(([app, of]) => [app, of?.length]))).toEqual({
    checkout: 12,
    payments: 4,
    cart: 3,
    'catalog-db': 3,
    'edge-agent': 3,
  })
  expect(
    pods.every((pod) =>
      pod.status.conditions.some((c) => c.type === 'Ready' && c.status === 'True'),
    ),
  ).toBe(true)
  expect(
    new Set(
      sets
        .filter((set) => set.metadata.name.startsWith('checkout'))
        .map((set) => [
          set.spec.template.spec.containers[0]?.image,
          set.spec.replicas,
          set.metadata.annotations?.['deployment.kubernetes.io/revision'],
        ]),
    ),
  ).toEqual(
    new Set([
      ['shop/checkout:2.1.9', 0, '1'],
      ['shop/checkout:2.2.1', 12, '2'],
    ]),
  )
  expect(cluster.list('ControllerRevision', 'production')).toHaveLength(4)
  expect(isRolledOut(cluster, 'checkout', 'shop/checkout:2.2.1')).toBe(true)
})

test('the running version of checkout is six days old, and nothing moves by itself', async () => {
  const set = cluster.list('ReplicaSet', 'production').find((one) => one.spec.replicas === 12)
  const age = Date.now() - Date.parse(set?.metadata.creationTimestamp ?? '')
  const answer = await clientOf(cluster).get(
    '/apis/apps/v1/namespaces/production/deployments/checkout',
  )

  const again = await clientOf(cluster).get(
    '/apis/apps/v1/namespaces/production/deployments/checkout',
  )

  expect(Math.round(age / 86_400_000)).toBe(6)
  expect(again.body['metadata']).toEqual(answer.body['metadata'])
})

test('a bad version brings its changes of environment and memory and replaces every pod', async () => {
  const image = shipBad(cluster, 'checkout')
  await until(cluster, () => isRolledOut(cluster, 'checkout', image))

  const deployment = cluster.get('Deployment', 'production', 'checkout')
  const container = deployment?.spec.template.spec.containers[0]

  expect(container).toMatchObject({
    image: 'shop/checkout:2.3.0',
    resources: { limits: { memory: '512Mi' } },
  })
  expect(container?.env?.map(({ name }) => name)).toEqual([
    'LOG_LEVEL',
    'DATABASE_URL',
    'PAYMENT_V2',
  ])
  expect(cluster.behaviourOf(image).traffic).toEqual({ errorRate: 0.062, p95Seconds: 0.64 })
})

test.each([
  ['crash', 'CrashLoopBackOff'],
  ['missing-image', 'ImagePullBackOff'],
] as const)(
  'a version of the kind %s shows %s and keeps the old pods serving',
  async (kind, reason) => {
    const image = shipBad(cluster, 'checkout', kind)
    const waitingFor = () =>
      cluster
        .pods('production')
        .flatMap((pod) => pod.status.containerStatuses ?? [])
        .filter((status) => status.image === image)
        .map((status) => status.state.waiting?.reason)

    await until(cluster, () => waitingFor().includes(reason))

    const serving = cluster
      .list('EndpointSlice', 'production')
      .find((slice) => slice.metadata.name.startsWith('checkout'))
    const ready = serving?.endpoints.filter((one) =>
      JSON.stringify(one['conditions']).includes('"ready":true'),
    )
    expect(ready).toHaveLength(12)
  },
)

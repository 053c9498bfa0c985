import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { commitWhatRuns } from '#sandbox/shop/git.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { until } from './client.ts'

let cluster: Cluster
let now: number

beforeEach(async () => {
  now = Date.parse('2026-11-21T14:20:00Z')
  cluster = await shopCluster({
    now: () => new Date(now),
    podStartMs: 20,
    podStopMs: 5,
    flaggerEveryMs: 20,
    hasFlagger: true,
    hasGitOps: true,
  })
})
afterEach(() => cluster.close())

const image = (name: string) =>
  cluster.get('Deployment', 'production', name)?.spec.template.spec.containers[0]?.image
/** As somebody would with kubectl, past Git. */
const byHand = (name: string, tag: string) =>
  cluster.setImage('Deployment', 'production', name, `shop/${name}:${tag}`)
const change = (path: string, body: object) =>
  fetch(`${cluster.url}${path}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${cluster.adminToken}`,
      'content-type': 'application/merge-patch+json',
    },
    body: JSON.stringify(body),
  })
const storefront = () => cluster.get('Application', 'argocd', 'storefront')
const passes = async (seconds: number) => {
  now += seconds * 1_000
  // Whatever is written makes everybody look.
  await change('/api/v1/namespaces/production/configmaps/countermand-freeze', {
    metadata: { annotations: { at: String(now) } },
  })
}

describe('what Argo CD brings', () => {
  const switched = (automated: object | null) =>
    change('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/storefront', {
      spec: { syncPolicy: { automated } },
    })

  test('follows a commit, and is brought back when somebody changes it past Git', async () => {
    shipBad(cluster, 'reviews')
    await until(cluster, () => image('reviews') === 'shop/reviews:2.5.0')

    byHand('reviews', '2.4.1')
    await until(cluster, () => storefront()?.status?.sync?.status === 'OutOfSync')
    await passes(6)

    await until(cluster, () => image('reviews') === 'shop/reviews:2.5.0')
    expect(storefront()?.status).toMatchObject({ operationState: { phase: 'Succeeded' } })
  })

  test('stays as it is while nothing syncs by itself, and is compared all the same', async () => {
    await switched(null)
    byHand('reviews', '2.4.0')
    await until(cluster, () => storefront()?.status?.sync?.status === 'OutOfSync')
    await passes(60)
    expect(image('reviews')).toBe('shop/reviews:2.4.0')

    commitWhatRuns(cluster, 'reviews')
    await until(cluster, () => storefront()?.status?.sync?.status === 'Synced')
    await switched({ selfHeal: true })
    await passes(200)

    await until(cluster, () => storefront()?.status?.reconciledAt === '2026-11-21T14:24:20Z')
    expect(image('reviews')).toBe('shop/reviews:2.4.0')
  })
})

describe('what Flux brings', () => {
  const leftAlone = (reconcile: string | null) =>
    change('/apis/apps/v1/namespaces/production/deployments/mail', {
      metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': reconcile } },
    })

  test('comes back within its interval, unless the object says that it is to be left alone', async () => {
    await leftAlone('disabled')
    byHand('mail', '1.3.1')
    shipBad(cluster, 'mail')
    await until(
      cluster,
      () =>
        cluster.get('Kustomization', 'flux-system', 'mail')?.status?.lastAppliedRevision ===
        cluster.git.at('mail')?.revision,
    )
    expect(image('mail')).toBe('shop/mail:1.3.1')

    await leftAlone(null)
    await passes(90)

    await until(cluster, () => image('mail') === 'shop/mail:1.4.0')
  })
})

test('Flagger has the past of orders, and goes on with the next version by itself where nobody is asked', async () => {
  const canary = () => cluster.get('Canary', 'production', 'orders')?.status
  expect(canary()?.phase).toBe('Succeeded')
  expect(image('orders-primary')).toBe('shop/orders:7.0.0')
  expect(
    new Set(
      cluster
        .list('ReplicaSet', 'production')
        .filter(({ metadata }) => metadata.name.startsWith('orders-primary'))
        .map(({ spec }) => spec.template.spec.containers[0]?.image),
    ),
  ).toEqual(new Set(['shop/orders:6.9.3', 'shop/orders:7.0.0']))

  shipBad(cluster, 'orders')

  await until(cluster, () => image('orders-primary') === 'shop/orders:7.1.0')
  await until(cluster, () => canary()?.phase === 'Succeeded')
  expect(cluster.get('Deployment', 'production', 'orders')?.spec.replicas).toBe(0)
})

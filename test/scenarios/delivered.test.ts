import { afterEach, expect, test } from 'vitest'
import { withFlagger, withGitOps } from '#sandbox/shop/config.ts'
import { commitWhatRuns } from '#sandbox/shop/git.ts'
import { shipBad, shipCanary } from '#sandbox/shop/shipments.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`
const card = (words: string) => play.lastIn('checkout', words)

const flagger = () => play.world.cluster.get('Canary', 'production', 'orders')?.status
/** A new version of orders, which stands at the first gate. */
const waitsAtFlagger = async (ship: () => string) => {
  await play.meanwhile('the pipeline ships orders, and Flagger asks whether to begin', async () => {
    play.remarks(ship())
    await play.reaches(() => flagger()?.phase === 'Waiting')
    await play.looksAround()
  })
}
const servedBy = (deployment: string) =>
  play.world.cluster.get('Deployment', 'production', deployment)?.spec.template.spec.containers[0]
    ?.image

test('Flagger takes a version through its gates, each opened by whoever may, and promotes it', async () => {
  play = await stage({ configured: withFlagger, hasFlagger: true })
  await waitsAtFlagger(() => shipCanary(play.world.cluster, 'orders'))
  await play.types('onCall', '/rollback history orders')
  await play.types('onCall', '/rollback status orders')
  await play.types('onCall', '/rollback orders --dry-run')
  await play.types('onCall', '/promote orders')
  expect(flagger()?.phase).toBe('Waiting')
  await play.presses('teamLead', 'Promote to 10 %', card('Promote to 10 %'))
  expect(flagger()).toMatchObject({ phase: 'Progressing', canaryWeight: 10 })
  await play.passes(11)
  await play.presses('teamLead', 'Promote to 50 %', card('Promote to 50 %'))
  await play.passes(31)
  await play.presses('teamLead', 'Promote to full', card('Promote to full'))

  expect(flagger()?.phase).toBe('Succeeded')
  expect(servedBy('orders-primary')).toBe('shop/orders:7.0.1')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('promoted-by-flagger'))
})

test('what Flagger promoted is rolled back where it serves, and waits at the gate when Flagger would try it again', async () => {
  play = await stage({ configured: withFlagger, hasFlagger: true })
  await waitsAtFlagger(() => shipCanary(play.world.cluster, 'orders'))
  await play.types('onCall', '/promote orders')
  await play.presses('teamLead', 'Promote to 10 %', card('Promote to 10 %'))
  await play.passes(11)
  await play.presses('teamLead', 'Promote to 50 %', card('Promote to 50 %'))
  await play.passes(31)
  await play.presses('teamLead', 'Promote to full', card('Promote to full'))
  expect(servedBy('orders-primary')).toBe('shop/orders:7.0.1')
  play.world.cluster.answer('shop/orders:7.0.1', { errorRate: 0.03, p95Seconds: 0.18 })
  await play.passes(3)
  await play.types('onCall', '/rollback orders --reason "orders are lost"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect(servedBy('orders-primary')).toBe('shop/orders:7.0.0')
  expect(servedBy('orders')).toBe('shop/orders:7.0.0')
  const said = play.screenplay()
  await expect(said.slice(said.indexOf('@oncall types /rollback') - 10)).toMatchFileSnapshot(
    golden('rolled-back-after-flagger'),
  )
})

test('a version that fails while Flagger tries it is taken back by Flagger, when somebody decides so', async () => {
  play = await stage({ configured: withFlagger, hasFlagger: true })
  await waitsAtFlagger(() => shipBad(play.world.cluster, 'orders'))
  await play.types('onCall', '/promote orders')
  await play.presses('teamLead', 'Promote to 10 %', card('Promote to 10 %'))
  await play.passes(3)
  await play.types('onCall', '/rollback orders --reason "orders fail on the new version"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  expect(flagger()).toMatchObject({ phase: 'Failed', canaryWeight: 0 })
  expect([servedBy('orders'), servedBy('orders-primary')]).toEqual([
    'shop/orders:7.0.0',
    'shop/orders:7.0.0',
  ])
  await expect(play.screenplay()).toMatchFileSnapshot(golden('taken-back-by-flagger'))
})

const application = () => play.world.cluster.get('Application', 'argocd', 'storefront')

test('what Argo CD brought is rolled back: its sync is paused, Git is put right, and the sync goes on', async () => {
  play = await stage({ configured: withGitOps, hasGitOps: true })
  await play.ships('reviews')
  await play.types('onCall', '/rollback reviews --reason "stars are missing"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  expect(application()?.status?.sync?.status).toBe('OutOfSync')
  expect(servedBy('reviews')).toBe('shop/reviews:2.4.1')
  await play.meanwhile('somebody reverts the commit', () =>
    commitWhatRuns(play.world.cluster, 'reviews'),
  )
  await play.answers('onCall', 'Resume sync…', play.card(), { reason: '2.4.1 is in Git again' })
  await play.passes(30)

  expect(application()).toMatchObject({
    spec: { syncPolicy: { automated: { selfHeal: true } } },
    status: { sync: { status: 'Synced' } },
  })
  expect(servedBy('reviews')).toBe('shop/reviews:2.4.1')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('argo-cd-paused'))
})

/** Argo CD has looked again since: the product asks when, and what it saw. */
const compared = (status: string, since: string) =>
  play.reaches(() => {
    const { sync, reconciledAt = '' } = application()?.status ?? {}
    return sync?.status === status && reconciledAt > since
  })

test('where Git still has the bad version the sync stays paused, and people are reminded', async () => {
  play = await stage({ configured: withGitOps, hasGitOps: true })
  await play.ships('reviews')
  await play.types('onCall', '/rollback reviews --reason "stars are missing"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(4)
  await compared('OutOfSync', '2026-11-21T14:23')
  await play.passes(236)
  await play.meanwhile('somebody reverts the commit', () =>
    commitWhatRuns(play.world.cluster, 'reviews'),
  )
  await compared('Synced', '2026-11-21T18:23')
  await play.passes(245)

  expect(application()?.spec.syncPolicy?.automated).toEqual({ prune: true, selfHeal: true })
  expect(servedBy('reviews')).toBe('shop/reviews:2.4.1')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('argo-cd-reminded'))
})

test('where somebody switches the sync on past us, people are told before its time is over, and what comes back with it', async () => {
  play = await stage({ configured: withGitOps, hasGitOps: true })
  await play.ships('reviews')
  await play.types('onCall', '/rollback reviews --reason "stars are missing"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(4)
  await compared('OutOfSync', '2026-11-21T14:23')
  await play.passes(30)
  const before = play.screenplay().length
  await play.meanwhile('somebody has the Application sync by itself again', async () => {
    await syncsByItself(play)
    await play.reaches(() => application()?.spec.syncPolicy?.automated !== undefined)
  })
  await play.passes(6)

  const said = play.screenplay().slice(before)
  expect(said).toContain(
    '@oncall Argo CD (Application argocd/storefront) brings reviews what Git has again: kubectl-edit switched it on',
  )
  await expect(said).toMatchFileSnapshot(golden('argo-cd-switched-on'))
})

/** Without healing: so what comes of it is still to be seen. */
async function syncsByItself({ world: { cluster } }: Stage): Promise<void> {
  const path = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/storefront'
  const response = await fetch(`${cluster.url}${path}?fieldManager=kubectl-edit`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${cluster.adminToken}`,
      'content-type': 'application/merge-patch+json',
    },
    body: JSON.stringify({ spec: { syncPolicy: { automated: { selfHeal: false } } } }),
  })
  expect(response.status).toBe(200)
}

test('what Flux brought is rolled back: Flux leaves it alone until Git is put right', async () => {
  play = await stage({ configured: withGitOps, hasGitOps: true })
  await play.ships('mail')
  await play.types('onCall', '/rollback mail --reason "no mail goes out"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  expect(servedBy('mail')).toBe('shop/mail:1.3.2')
  await play.meanwhile('somebody reverts the commit', () =>
    commitWhatRuns(play.world.cluster, 'mail'),
  )
  await play.answers('onCall', 'Resume sync…', play.card(), { reason: '1.3.2 is in Git again' })
  // When Flux looks next by itself is its own affair.
  const told = play.screenplay()
  await play.passes(1)
  await play.meanwhile('somebody commits once more', () =>
    commitWhatRuns(play.world.cluster, 'mail'),
  )
  await play.passes(30)

  expect(servedBy('mail')).toBe('shop/mail:1.3.2')
  expect(play.screenplay()).toContain('incident closed by Countermand: stable for the whole watch')
  expect(play.screenplay()).toContain(
    '✓ Flux syncs by itself (Kustomization flux-system/mail), and Git has what runs',
  )
  await expect(told).toMatchFileSnapshot(golden('flux-paused'))
})

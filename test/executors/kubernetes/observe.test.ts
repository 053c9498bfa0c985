import { afterEach, describe, expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { NotAllowed } from '#ports/executor.ts'
import { answeringProxy } from '../../support/answering-proxy.ts'
import { aWorld, followed, kinds, type Setup, signal, until, type World } from './world.ts'

const open: World[] = []
async function world(setup: Setup = {}): Promise<World> {
  const made = await aWorld(setup)
  open.push(made)
  return made
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

const threeImages = ['shop/checkout:2.2.1', 'shop/checkout:2.2.2', 'shop/checkout:2.3.0']

describe.for(kinds)('observing a %s', (kind) => {
  test('names what runs and what could, newest first, with the digests running pods show', async () => {
    const w = await world({ kind, images: threeImages })

    const { running, history, units } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(running.by).toBe('kubectl-set')
    expect(running.images[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(history.map(({ name, number }) => [name, number])).toEqual([
      ['v2.2.2', 2],
      ['v2.2.1', 1],
    ])
    expect(units).toEqual({ noun: 'pods', count: 3, ready: 3 })
  })

  test('still knows what it once saw when the platform has forgotten it', async () => {
    const w = await world({
      kind,
      images: ['shop/checkout:2.2.1'],
      spec: { revisionHistoryLimit: 0 },
    })
    await w.observe()
    await w.ship('2.3.0')
    await until(async () => (await w.observe()).units.ready === 3)
    await until(
      async () => !(await w.observe()).warnings.some(({ kind: what }) => what === 'in_flight'),
    )
    // What is left over is cleared away a moment after the rollout.
    await until(async () => (await w.observe()).history.every(({ number }) => number === undefined))

    const observed = await w.observe()

    expect(observed.history.map(({ name, number }) => [name, number])).toEqual([
      ['v2.2.1', undefined],
    ])
    const route = await w.routeTo('v2.2.1')
    expect(route.blockers).toEqual([])
    expect(route.how).toContain('from our own record')
    for (const [index, step] of route.steps.entries()) {
      await w.executor.apply(step.change, `rb.${index}`, signal())
      expect((await followed(w.executor, step)).at(-1)?.kind).toBe('settled')
    }
    expect(await w.image()).toBe('shop/checkout:2.2.1')
  })

  test('what is shipped after a rollback is theirs who shipped it, although it inherits our words; so is what we brought once and they bring back', async () => {
    const w = await world({ kind })
    const { steps } = await w.routeTo('v2.2.1')
    for (const [index, step] of steps.entries()) {
      await w.executor.apply(step.change, `rb_1.${index}`, signal())
      await followed(w.executor, step)
    }
    expect((await w.observe()).running.by).toMatch(/^Countermand/)

    await w.ship('2.3.1')
    await until(async () => (await w.observe()).history.some(({ name }) => name === 'v2.2.1'))

    const { running, history } = await w.observe()
    expect(running).toMatchObject({ name: 'v2.3.1', by: 'kubectl-set' })
    expect(history.find(({ name }) => name === 'v2.2.1')?.by).not.toBe('kubectl-set')

    // The API server notes whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await w.ship('2.2.1')
    await until(async () => (await w.observe()).history.some(({ name }) => name === 'v2.3.1'))
    expect((await w.observe()).running).toMatchObject({ name: 'v2.2.1', by: 'kubectl-set' })
  })

  test('T087 says what nobody keeps any more, and offers the rest', async () => {
    const w = await world({ kind, images: threeImages, spec: { revisionHistoryLimit: 1 } })
    const observed = await w.observe()
    w.record.rows.set(
      'gone' as never,
      {
        ...[...w.record.rows.values()][0],
        revision: 'gone',
        name: 'v1.0.0',
        template: undefined,
      } as never,
    )

    const again = await w.observe()
    const candidates = await w.executor.candidates(w.target, again)
    const route = await w.executor.route(w.target, again, 'gone' as never, 'rb', signal())

    expect(observed.history.map(({ name }) => name)).toContain('v2.2.2')
    expect(candidates.find(({ revision }) => revision.name === 'v1.0.0')?.missing).toContain(
      'no longer keeps it',
    )
    expect(route.blockers).toMatchObject([{ kind: 'target_missing' }])
    expect(w.patches()).toEqual([])
  })
})

test('versions of somebody else with the same labels are not history', async () => {
  const w = await world()
  const labels = { app: 'checkout', 'pod-template-hash': 'other' }
  const somebody = { name: 'somebody', namespace: w.namespace }
  await w.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: somebody })
  const uid = (await w.cluster.get('ConfigMap', 'somebody'))?.metadata.uid
  // One without an owner would be adopted by the Deployment that selects it.
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'somebody', uid, controller: true }
  await w.cluster.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'other', namespace: w.namespace, labels, ownerReferences: [owner] },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'other/thing:9.9.9' }] },
      },
    },
  })

  const { history } = await w.observe()

  expect(history.map(({ name }) => name)).toEqual(['v2.2.1'])
})

describe('warnings and blockers', () => {
  const kindsOf = async (w: World) => {
    const { warnings, blockers } = await w.observe()
    return [...warnings, ...blockers].map(({ kind }) => kind)
  }

  test('a calm service has none', async () => {
    expect(await kindsOf(await world())).toEqual([])
  })

  test('T090 a paused rollout is noticed', async () => {
    const w = await world()
    await w.request('PATCH', w.path, { spec: { paused: true } })

    expect(await kindsOf(w)).toContain('paused')
  })

  test('zero replicas are noticed', async () => {
    expect(await kindsOf(await world({ replicas: 0 }))).toContain('zero_replicas')
  })

  test('a rollout in flight is noticed, and that nothing serves', async () => {
    const w = await world({ spec: { strategy: { type: 'Recreate' } } })
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'never-ready' } })
    await w.ship('2.4.0')
    await until(async () => (await w.observe()).units.ready === 0)

    expect(await kindsOf(w)).toEqual(expect.arrayContaining(['in_flight', 'nothing_serving']))
  })

  test('an autoscaler is named with its limits', async () => {
    const w = await world()
    await w.cluster.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'checkout', namespace: w.namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
        minReplicas: 2,
        maxReplicas: 20,
      },
    })

    const { warnings } = await w.observe()

    expect(warnings).toEqual([{ kind: 'autoscaler', name: 'checkout', min: 2, max: 20 }])
  })

  test.for([
    [
      {
        annotations: {
          'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:production/checkout',
        },
      },
      'Argo CD',
      'shop',
    ],
    [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'Argo CD', 'shop'],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux', 'apps'],
    [{ labels: { 'helm.toolkit.fluxcd.io/name': 'shop' } }, 'Flux Helm', 'shop'],
  ] as const)('a GitOps owner is named: %j', async ([metadata, tool, name]) => {
    const w = await world({ metadata })

    const { warnings } = await w.observe()

    expect(warnings).toEqual([{ kind: 'gitops_owner', tool, name }])
  })

  test('what the next apply or Helm upgrade would redo is named', async () => {
    const w = await world({
      metadata: {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: {
          'meta.helm.sh/release-name': 'shop',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      },
    })

    const { warnings } = await w.observe()

    expect(warnings).toEqual([
      { kind: 'last_applied', manager: 'Helm release shop' },
      { kind: 'last_applied', manager: 'kubectl apply' },
    ])
  })

  test('a tag that can move is named, and told apart by its digest', async () => {
    const w = await world({ images: ['shop/checkout:1.0.0', 'shop/checkout:latest'] })

    const { warnings, running } = await w.observe()

    expect(warnings).toEqual([{ kind: 'mutable_tag', image: 'shop/checkout:latest' }])
    expect(running.name).toBe(`latest@${running.images[0]?.digest?.slice(7, 14)}`)
  })

  test('a target that Flagger keeps at zero is refused with the reason', async () => {
    const w = await world({ replicas: 0 })
    await w.cluster.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'checkout-primary', namespace: w.namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'checkout-primary' } },
        template: {
          metadata: { labels: { app: 'checkout-primary' } },
          spec: { containers: [{ name: 'app', image: 'shop/checkout:2.2.1' }] },
        },
      },
    })

    const { blockers } = await w.observe()

    expect(blockers).toMatchObject([{ kind: 'unsupported' }])
    expect(JSON.stringify(blockers)).toContain('checkout-primary')
  })

  test.for(['StatefulSet', 'DaemonSet'] as const)('OnDelete is refused for a %s', async (kind) => {
    const w = await world({ kind, spec: { updateStrategy: { type: 'OnDelete' } } })

    expect((await w.observe()).blockers).toMatchObject([{ kind: 'unsupported' }])
  })

  test('a partition that would keep pods on the bad version is refused', async () => {
    const w = await world({
      kind: 'StatefulSet',
      spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
    })

    expect((await w.observe()).blockers).toMatchObject([{ kind: 'unsupported' }])
  })

  test('an Argo Rollout that runs the pods is no place for this', async () => {
    const w = await world()
    const rollouts = `/apis/argoproj.io/v1alpha1/namespaces/${w.namespace}/rollouts`
    const workloadRef = { kind: 'Deployment', name: 'checkout' }
    const items = [
      { metadata: { name: 'checkout-canary', uid: 'u1' }, spec: { workloadRef } },
      { metadata: { name: 'own-template', uid: 'u2' }, spec: {} },
    ]
    const proxy = await answeringProxy(w.cluster.url, { [rollouts]: { metadata: {}, items } })
    const executor = await w.executorAt(proxy.url)

    const { blockers } = await executor.observe(w.target, signal())
    await proxy.close()

    expect(blockers).toHaveLength(1)
    expect(JSON.stringify(blockers)).toContain('the Argo Rollout checkout-canary runs the pods')
  })

  test('a missing right names the verb and the resource', async () => {
    const w = await world()
    await w.cluster.forbid('list', 'replicasets')

    const refusal = await w.observe().catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(NotAllowed)
    expect(refusal).toMatchObject({ verb: 'list', resource: 'replicasets' })
  })

  test('scaling leaves the precondition as it was, any other change of the spec does not', async () => {
    const w = await world()
    const before = await w.observe()
    await w.request('PATCH', w.path, { spec: { replicas: 5 } })
    const scaled = await w.observe()
    await w.request('PATCH', w.path, { spec: { minReadySeconds: 7 } })
    const changed = await w.observe()

    expect(scaled.precondition).toEqual(before.precondition)
    expect(changed.precondition).not.toEqual(before.precondition)
  })
})

describe('candidates', () => {
  test('are verified, served, unproven or bad – and two bad releases in a row are no way back', async () => {
    const w = await world({ images: [...threeImages, 'shop/checkout:2.4.0'] })
    await w.pastHasServed()
    const observed = await w.observe()
    const id = (name: string) =>
      observed.history.find((one) => one.name === name)?.id ?? ('' as never)
    await w.record.revisions.markVerified(w.target.workload, id('v2.2.1'))
    await w.record.revisions.markBad(w.target.workload, id('v2.3.0'), 'errors', rollbackId('rb_0'))

    const candidates = await w.executor.candidates(w.target, observed)

    const standings = candidates.map(({ revision, standing }) => [revision.name, standing.kind])
    expect(standings).toEqual([
      ['v2.4.0', 'unproven'],
      ['v2.3.0', 'bad'],
      ['v2.2.2', 'served'],
      ['v2.2.1', 'verified'],
    ])
    const served = candidates[2]?.standing
    expect(served).toMatchObject({ forMicros: 2 * 3_600_000_000 })
  })

  test('a bad version that somebody went back from has not "served" by the dates of the platform', async () => {
    const w = await world()
    await w.pastHasServed()
    const { steps } = await w.routeTo('v2.2.1')
    for (const [index, step] of steps.entries()) {
      await w.executor.apply(step.change, `rb.${index}`, signal())
      await followed(w.executor, step)
    }

    const candidates = await w.executor.candidates(w.target, await w.observe())

    expect(candidates.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
      // Written down before going back renumbered it.
      ['v2.2.1', 'served'],
      ['v2.3.0', 'unproven'],
    ])
  })

  test('a restart of the bad version does not make its earlier self a candidate', async () => {
    const w = await world()
    await w.request('PATCH', w.path, {
      spec: {
        template: {
          metadata: {
            annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T07:00:00Z' },
          },
        },
      },
    })
    await until(async () => (await w.observe()).blockers.length === 0)

    const { running, history } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(history.map(({ name }) => name)).toEqual(['v2.2.1'])
  })

  test('time seen running healthy counts as having served', async () => {
    const w = await world({ images: ['shop/checkout:2.2.1'] })
    await w.observe()
    w.record.pass(90 * 60_000_000)
    await w.observe()
    await w.ship('2.3.0')
    await until(async () => (await w.observe()).blockers.length === 0)

    const candidates = await w.executor.candidates(w.target, await w.observe())

    expect(candidates[1]).toMatchObject({
      revision: { name: 'v2.2.1' },
      standing: { kind: 'served', forMicros: 90 * 60_000_000 },
    })
  })
})

import { describe, expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import { answeringProxy } from '../../support/answering-proxy.ts'
import { freshWorlds, signal, until, type World } from './world.ts'

const world = freshWorlds()

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

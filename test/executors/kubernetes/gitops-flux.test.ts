import { describe, expect, test } from 'vitest'
import {
  carriedOut,
  fluxLabels,
  freshGitOpsWorlds,
  type GitOpsWorld,
  takenBack,
} from './gitops-world.ts'
import { onceServed, signal, until } from './world.ts'

const world = freshGitOpsWorlds()
/** A minute after anything that is done now. */
const later = () => new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
const syncOf = async (w: GitOpsWorld, version = 'v2.2.1') =>
  (await w.verify(version)).filter(({ id }) => id === 'sync')

describe('Flux', () => {
  const annotation = 'kustomize.toolkit.fluxcd.io/reconcile'
  const annotations = async (w: GitOpsWorld) => (await w.workload()).metadata.annotations ?? {}

  test('leaves the workload alone that a rollback annotates, and nothing else is paused', async () => {
    const w = await world({ metadata: { labels: fluxLabels('kustomize') } })
    const left = async () => (await annotations(w))[annotation] === 'disabled'
    const plan = await w.routeTo('v2.2.1')

    expect(plan.warnings).toContainEqual({
      kind: 'sync_paused',
      tool: 'Flux',
      name: `Kustomization ${w.namespace}/shop`,
      others: [],
    })
    await w.reconciled(left, async () => {
      await carriedOut(
        w,
        plan.steps.slice(1).map((step) => ({ ...step, settles: undefined })),
      )
      await until(async () => (await w.image()) === 'shop/checkout:2.3.0')
    })
    const again = await w.routeTo('v2.2.1')
    await w.reconciled(left, async () => {
      await carriedOut(w, again.steps)
      const checks = await onceServed(() => w.verify('v2.2.1'))
      expect(checks.map(({ result }) => result)).not.toContain('failed')
    })
    expect(
      await w.executor.syncer?.look(w.target, again.steps[0]?.change ?? null, signal()),
    ).toMatchObject({ kind: 'unknown' })
    await takenBack(w, again.steps.slice(0, 1))
    expect(await annotations(w)).not.toHaveProperty(annotation)
    expect(await syncOf(w)).toMatchObject([{ result: 'unknown', isLasting: true }])
  })

  test('that goes on keeps the rollback once it has applied what Git has since', async () => {
    const w = await world({ metadata: { labels: fluxLabels('kustomize') } })
    await w.has('Kustomization', 'shop', { spec: kustomization })
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)
    await takenBack(w, steps.slice(0, 1))
    const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${w.namespace}/kustomizations/shop/status`
    const { generation } = (await w.thing('Kustomization')).metadata
    const applied = (lastReconciled: string, lastReconciledStatus = 'ReconciliationSucceeded') =>
      w.request('PATCH', path, {
        status: {
          observedGeneration: generation,
          conditions: [ready('2020-01-01T00:00:00Z')],
          history: [
            {
              digest: 'sha256:1',
              firstReconciled: '2020-01-01T00:00:00Z',
              lastReconciled,
              lastReconciledDuration: '1s',
              lastReconciledStatus,
              totalReconciliations: 2,
            },
          ],
        },
      })
    const name = `Kustomization ${w.namespace}/shop`

    await applied('2020-01-01T00:00:00Z')
    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'unknown',
        text: `Flux syncs by itself (${name}): Flux has not applied what Git has since`,
      },
    ])
    await applied(later(), 'HealthCheckFailed')
    expect(await syncOf(w)).toMatchObject([{ result: 'unknown' }])
    await applied(later())

    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'passed',
        text: `Flux syncs by itself (${name}), and Git has what runs`,
      },
    ])
    await w.cluster.forbid('get', 'kustomizations')
    expect(await syncOf(w)).toMatchObject([
      {
        result: 'unknown',
        text: expect.stringContaining('not allowed to get kustomizations'),
        isLasting: true,
      },
    ])
  })

  test('that goes on with a HelmRelease keeps the rollback once another release went out since', async () => {
    const w = await world({ metadata: { labels: fluxLabels('helm') } })
    await w.has('HelmRelease', 'shop', { spec: release })
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)
    await takenBack(w, steps.slice(0, 1))
    expect(await syncOf(w)).toMatchObject([{ result: 'unknown', isLasting: true }])
    const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${w.namespace}/helmreleases/shop/status`
    const { generation } = (await w.thing('HelmRelease')).metadata
    const lastDeployed = later()

    await w.request('PATCH', path, {
      status: {
        observedGeneration: generation,
        conditions: [ready(lastDeployed)],
        history: [
          {
            name: 'shop',
            namespace: w.namespace,
            version: 2,
            status: 'deployed',
            chartName: 'shop',
            chartVersion: '1.0.0',
            configDigest: 'sha256:1',
            digest: 'sha256:2',
            firstDeployed: lastDeployed,
            lastDeployed,
          },
        ],
      },
    })

    expect(await syncOf(w)).toMatchObject([{ result: 'passed' }])
  })

  test('suspends a HelmRelease, out of the reach of the Kustomization that writes it', async () => {
    const w = await world({ metadata: { labels: fluxLabels('helm') } })
    await w.has('HelmRelease', 'shop', {
      metadata: { labels: fluxLabels('kustomize', 'apps') },
      spec: release,
    })
    const others = async () =>
      (await w.routeTo('v2.2.1')).warnings.flatMap((one) =>
        one.kind === 'sync_paused' ? [one.others] : [],
      )
    expect(await others()).toEqual([['whatever else it releases']])
    const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${w.namespace}/helmreleases/shop/status`
    await w.request('PATCH', path, {
      status: {
        inventory: { entries: [{ id: `${w.namespace}_payments_apps_Deployment`, v: 'v1' }] },
      },
    })
    const plan = await w.routeTo('v2.2.1')

    expect(await others()).toEqual([['deployment payments']])
    await carriedOut(w, plan.steps)
    const paused = await w.thing('HelmRelease')
    expect(paused.spec['suspend']).toBe(true)
    expect(paused.metadata.annotations).toMatchObject({ [annotation]: 'disabled' })
    expect(await syncOf(w)).toMatchObject([{ result: 'passed' }])
    await takenBack(w, plan.steps.slice(0, 1))
    const resumed = await w.thing('HelmRelease')
    expect(resumed.spec['suspend']).toBeUndefined()
    expect(resumed.metadata.annotations ?? {}).toEqual({})
  })

  test('of which a release is under way when it is suspended is waited for until its controller has seen that', async () => {
    const w = await world({ metadata: { labels: fluxLabels('helm') } })
    await w.has('HelmRelease', 'shop', { spec: release })
    const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${w.namespace}/helmreleases/shop/status`
    const seen = async () => {
      const { generation } = (await w.thing('HelmRelease')).metadata
      await w.request('PATCH', path, { status: { observedGeneration: generation } })
    }
    await seen()
    const [pause] = (await w.routeTo('v2.2.1')).steps
    if (!pause) throw new Error('the plan has no step')
    let isDone = false

    const paused = carriedOut(w, [pause]).then(() => (isDone = true))
    await until(async () => (await w.thing('HelmRelease')).spec['suspend'] === true)
    const name = `HelmRelease ${w.namespace}/shop`
    expect(await syncOf(w, 'v2.3.0')).toEqual([
      { id: 'sync', result: 'unknown', text: `a sync of Flux (${name}) is still under way` },
    ])
    expect((await w.observe()).warnings).toContainEqual({
      kind: 'gitops_owner',
      tool: 'Flux',
      name,
      why: 'it is paused, but has not ended what it began before',
    })
    expect(isDone).toBe(false)
    await seen()
    await paused

    expect(isDone).toBe(true)
    expect(await syncOf(w, 'v2.3.0')).toEqual([
      { id: 'sync', result: 'passed', text: `Flux is paused (${name})` },
    ])
  })

  test('that has suspended a HelmRelease already is left as it is', async () => {
    const w = await world({ metadata: { labels: fluxLabels('helm') } })
    await w.has('HelmRelease', 'shop', {
      spec: { ...release, suspend: true },
    })

    const plan = await w.routeTo('v2.2.1')

    expect(plan.pauses).toBeUndefined()
    expect(plan.steps.map(({ name }) => name)).toEqual(['template restored'])
  })
})

const kustomization = {
  interval: '1m',
  path: './deploy',
  prune: true,
  sourceRef: { kind: 'GitRepository', name: 'shop' },
}
const ready = (lastTransitionTime: string) => ({
  type: 'Ready',
  status: 'True',
  reason: 'ReconciliationSucceeded',
  message: 'Applied revision: main@sha1:1',
  lastTransitionTime,
})
const release = { interval: '5m', chartRef: { kind: 'OCIRepository', name: 'shop' } }

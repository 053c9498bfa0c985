import { expect, test } from 'vitest'
import { carriedOut, freshWorlds, isNoticed } from './world.ts'

const fresh = freshWorlds()
const steps = [{ setWeight: 50 }, { pause: {} }]
const marked = {
  canary: {
    steps,
    canaryMetadata: { labels: { role: 'canary' }, annotations: { note: 'new' } },
    stableMetadata: { labels: { role: 'stable' } },
    antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 1 } },
  },
}

test('what the controller puts into the templates of copies is not brought back with them', async () => {
  const w = await fresh({ strategy: marked })

  await carriedOut(w, (await w.plan('v2.2.1')).steps)

  const { metadata, spec } = (await w.look()).spec.template
  expect(metadata.labels).toEqual({ app: 'checkout' })
  expect(spec.affinity).toBeUndefined()
})

test('a canary and the version it becomes are the same version', async () => {
  const w = await fresh({ strategy: marked, images: ['shop/checkout:2.2.1'] })
  await w.ship('shop/checkout:2.3.0')
  await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')
  const before = await w.observe()

  await w.patch({ status: { promoteFull: true } }, '/status')
  await w.onceIt((seen) => seen.status.phase === 'Healthy')
  const after = await w.observe()

  expect(after.running.id).toBe(before.running.id)
  expect(after.history.map(({ id }) => id)).toEqual(before.history.map(({ id }) => id))
})

test('a Deployment that lends its template to a Rollout is no target of its own; one that is not there lends none', async () => {
  const w = await fresh({ images: ['shop/checkout:2.2.1'] })
  const labels = { app: 'elsewhere' }
  await w.cluster.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'elsewhere', namespace: w.cluster.namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...w.cluster.placement,
          containers: [{ name: 'app', image: 'shop/elsewhere:1.0.0' }],
        },
      },
    },
  })
  await w.cluster.must('POST', w.path.replace(/\/checkout$/, ''), {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'elsewhere', namespace: w.cluster.namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'elsewhere' },
      strategy: { canary: { steps } },
    },
  })
  const seenAs = async (kind: string) =>
    w.executor.observe(
      { ...w.target, spec: { ...Object(w.target.spec), kind, name: 'elsewhere' } },
      AbortSignal.timeout(30_000),
    )

  await expect
    .poll(() => seenAs('rollout'))
    .toMatchObject({ running: { name: 'v1.0.0' }, blockers: [] })
  const deployment = await seenAs('deployment')
  await w.cluster.must(
    'DELETE',
    `/apis/apps/v1/namespaces/${w.cluster.namespace}/deployments/elsewhere`,
  )
  const alone = await seenAs('rollout')

  expect(alone.blockers).toContainEqual({
    kind: 'unsupported',
    why: 'its template lives in the Deployment elsewhere (workloadRef), which is not there',
  })
  expect(deployment.blockers).toMatchObject([
    {
      kind: 'unsupported',
      why: expect.stringContaining('the Argo Rollout elsewhere runs the pods'),
    },
  ])
})

import { afterEach, expect, test } from 'vitest'
import { fromDate } from '#domain/time.ts'
import { intervalOf } from '#executors/kubernetes/flagger/interval.ts'
import { trafficShare } from '#executors/kubernetes/flagger/state.ts'
import { FlaggerCanary } from '#executors/kubernetes/objects.ts'
import type { Delivered } from '#ports/delivery.ts'
import type { Executor } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { answeringProxy } from '../../support/answering-proxy.ts'
import { aWorld, signal, type World } from './world.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
async function world(): Promise<World> {
  const made = await aWorld()
  closing.push(made.close)
  return made
}

const look = (w: World, executor: Executor = w.executor): Promise<Delivered> => {
  if (!executor.delivery) throw new Error('the executor knows nothing of delivery')
  return executor.delivery.look(w.target, signal())
}

const canaries = (w: World) => `/apis/flagger.app/v1beta1/namespaces/${w.namespace}/canaries`
const groups = { kind: 'APIGroupList', groups: [{ name: 'flagger.app', versions: [] }] }

/** As Flagger writes it down (docs.flagger.app, v1beta1). */
const canary = (phase: string, name = 'checkout', kind = 'Deployment') => ({
  metadata: { name: `${name}-canary`, uid: `u-${name}`, creationTimestamp: '2026-11-01T08:00:00Z' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind, name } },
  status: {
    phase,
    failedChecks: phase === 'Failed' ? 0 : 1,
    canaryWeight: 0,
    lastTransitionTime: '2026-11-21T14:25:00Z',
    conditions: [
      {
        type: 'Promoted',
        status: phase === 'Failed' ? 'False' : 'Unknown',
        reason: phase,
        message:
          phase === 'Failed'
            ? 'Canary analysis failed, Deployment scaled to zero.'
            : 'New revision detected, progressing canary analysis.',
      },
    ],
  },
})

/** The cluster as one in which Flagger has these in hand. */
async function withFlagger(
  w: World,
  answers: Readonly<Record<string, unknown>>,
): Promise<Executor> {
  const proxy = await answeringProxy(w.cluster.url, answers)
  closing.push(() => proxy.close())
  return w.executorAt(proxy.url)
}

test('while it waits for its promotion a version has the share of its last step, whatever its status says', () => {
  const shareIn = (phase: string, canaryWeight: number) =>
    trafficShare({
      phase,
      canary: FlaggerCanary.parse({
        metadata: { name: 'checkout', uid: 'u' },
        spec: {
          targetRef: { kind: 'Deployment', name: 'checkout' },
          analysis: { stepWeights: [20, 50] },
        },
        status: { phase, canaryWeight },
      }),
    })

  expect([
    shareIn('Progressing', 20),
    shareIn('WaitingPromotion', 0),
    shareIn('Promoting', 0),
    shareIn('Failed', 0),
  ]).toEqual([20, 50, 50, 0])
})

test.for([
  [undefined, 60],
  ['1m30s', 90],
  ['500ms', 10],
  ['5s', 10],
] as const)(
  'a gate of a Canary whose interval is %s is asked every %i seconds, and a plan counts on no less',
  ([interval, expected]) => {
    const analysis = interval === undefined ? {} : { interval }
    const { spec } = FlaggerCanary.parse({
      ...canary('Progressing'),
      spec: { ...canary('Progressing').spec, analysis },
    })

    expect(intervalOf({ spec })).toBe(expected * 1_000_000)
  },
)

test('the right in deploy/flagger.yaml is to list canaries, and nothing else', () => {
  expect(deployedGrants('flagger')).toEqual([
    { verb: 'list', group: 'flagger.app', resource: 'canaries', names: [], namespace: undefined },
  ])
})

test('a cluster without Flagger has nothing of it in hand, whether or not one may ask', async () => {
  const w = await world()

  expect(await look(w)).toEqual({ kind: 'none' })
  await w.cluster.grant([...deployedGrants('rbac'), ...deployedGrants('flagger')])
  expect(await look(w)).toEqual({ kind: 'none' })
})

test('what Flagger gave up is told with its own words, since when, and where to look', async () => {
  const w = await world()
  const items = [canary('Succeeded', 'cart'), canary('Failed')]
  const executor = await withFlagger(w, { [canaries(w)]: { metadata: {}, items } })

  expect(await look(w, executor)).toEqual({
    kind: 'told',
    by: 'Flagger',
    name: 'checkout-canary',
    isFailed: true,
    phase: 'Failed',
    why: 'Canary analysis failed, Deployment scaled to zero.',
    since: fromDate(new Date('2026-11-21T14:25:00Z')),
    asked: `${canaries(w)}/checkout-canary`,
  })
})

test.for(['Initializing', 'Progressing', 'Waiting', 'Promoting', 'Succeeded', 'Terminating'])(
  'what is %s was not given up',
  async (phase) => {
    const w = await world()
    const items = [canary(phase)]
    const executor = await withFlagger(w, { [canaries(w)]: { metadata: {}, items } })

    expect(await look(w, executor)).toMatchObject({ kind: 'told', isFailed: false, phase })
  },
)

test('what is somebody else’s, or of another kind, is not this target’s', async () => {
  const w = await world()
  const items = [canary('Failed', 'cart'), canary('Failed', 'checkout', 'DaemonSet')]
  const executor = await withFlagger(w, { [canaries(w)]: { metadata: {}, items } })

  expect(await look(w, executor)).toEqual({ kind: 'none' })
})

test('where Flagger is and may not be read, or cannot be, nobody knows: that is not well', async () => {
  const w = await world()
  await w.cluster.grant(deployedGrants('rbac'))
  const forbidden = await withFlagger(w, { '/apis': groups })
  const nonsense = await withFlagger(w, { [canaries(w)]: { metadata: {}, items: [{}] } })

  expect(await look(w, forbidden)).toEqual({
    kind: 'unknown',
    why: 'not allowed to list canaries',
  })
  expect(await look(w, nonsense)).toMatchObject({ kind: 'unknown' })
})

import { expect, test } from 'vitest'
import {
  type Division,
  shareOf,
  Undivided,
  weightsFor,
  weightsOf,
} from '#executors/kubernetes/traffic/division.ts'
import { readDivision, readOwnDivision } from '#executors/kubernetes/traffic/read.ts'
import { shiftTraffic } from '#executors/kubernetes/traffic/shift.ts'
import type { ChangeOf } from '#executors/kubernetes/schema.ts'
import { Workload } from '#executors/kubernetes/objects.ts'
import { runningRevision } from '#executors/kubernetes/revision.ts'
import { Superseded } from '#ports/executor.ts'
import {
  byGateway,
  destination,
  freshTrafficWorlds,
  jsonPatch,
  mergePatch,
  primary,
  testers,
  type TrafficWorld,
} from './traffic-world.ts'
import { signal } from './world.ts'

const world = freshTrafficWorlds()

const division = (w: TrafficWorld) => readDivision(w.api, w.spec, w.traffic, signal())
const own = (w: TrafficWorld) => readOwnDivision(w.api, w.spec, w.traffic, signal())
const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => 'not refused',
    (error: unknown) => (error instanceof Undivided ? error.message : String(error)),
  )

/** The change that brings the canary to `share` percent, planned now. */
async function change(w: TrafficWorld, share: number): Promise<ChangeOf<'set_weights'>> {
  const seen = await division(w)
  const { uid } = await w.executor
    .observe(w.target, signal())
    .then(({ precondition }) => precondition as { readonly uid: string })
  return {
    kind: 'set_weights',
    target: w.spec,
    workload: w.target.workload,
    cluster: 'prod',
    uid,
    canary: await canaryOf(w),
    routeUid: seen.metadata.uid,
    weights: weightsFor(seen, share),
    expect: [weightsOf(seen)],
    holdSeconds: 0,
  }
}
async function canaryOf(w: TrafficWorld) {
  const path = w.deploymentPath('checkout-canary')
  const workload = await w.api.get(path, Workload, signal())
  if (!workload) throw new Error('there is no canary')
  return {
    deployment: 'checkout-canary',
    uid: workload.metadata.uid,
    revision: runningRevision(workload),
  }
}
const shift = (w: TrafficWorld, made: ChangeOf<'set_weights'>, operation = 'rb_1.0') =>
  shiftTraffic(w.api, made, operation, signal())

test('a patch by position turns a colleague’s route and leaves the main one; ours finds its own by what it sends to', async () => {
  const w = await world()
  const planned = await change(w, 0)
  await w.patch([{ op: 'add', path: '/spec/http/0', value: testers }])
  await w.patch([{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 0 }])
  expect(await w.weights()).toEqual(['testers: 0', 'primary: 90/10'])

  await shift(w, planned)

  expect(await w.weights()).toEqual(['testers: 0', 'primary: 100/0'])
})

test('a merge patch of the one route takes every other away; ours leaves them', async () => {
  const w = await world({ http: [testers, primary] })
  await shift(w, await change(w, 0))
  expect(await w.weights()).toEqual(['testers: 100', 'primary: 100/0'])

  await w.patch({ spec: { http: [primary] } }, mergePatch)

  expect(await w.weights()).toEqual(['primary: 90/10'])
})

test('to set the stable weight alone leaves the canary its share; ours writes all weights of the route in one change', async () => {
  const w = await world()
  await w.patch([{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 }])
  expect(shareOf(await division(w), 'canary')).toBeCloseTo(9.09, 1)

  await shift(w, await change(w, 0))

  expect(await w.weights()).toEqual(['primary: 100/0'])
  expect(w.patches()).toHaveLength(1)
})

test('a colleague who changes the object between our look and our change is not overwritten, and the change is made on what they left', async () => {
  const w = await world()
  const planned = await change(w, 0)
  w.cluster.faults.add({ method: 'PATCH', times: 1, status: 409 })
  await shift(w, planned)
  expect(await w.weights()).toEqual(['primary: 100/0'])

  const again = { ...planned, weights: planned.expect[0] ?? {}, expect: [planned.weights] }
  await w.patch([{ op: 'replace', path: '/spec/http/0/route/1/weight', value: 40 }])

  await expect(shift(w, again, 'rb_1.0.undo')).rejects.toThrow(Superseded)
  expect(await w.weights()).toEqual(['primary: 100/40'])
})

test('a lost answer is read back, and a repeated change is made once', async () => {
  const w = await world()
  const planned = await change(w, 0)
  w.cluster.faults.add({ method: 'PATCH', times: 1, cut: 'after' })

  await shift(w, planned)
  await shift(w, planned)

  expect(await w.weights()).toEqual(['primary: 100/0'])
  expect(w.patches()).toHaveLength(1)
})

test('the route that was deleted and made again is another one', async () => {
  const w = await world()
  const planned = await change(w, 0)
  const shown = await w.cluster.must('GET', w.path)
  await w.cluster.must('DELETE', w.path)
  await w.cluster.create({
    apiVersion: shown['apiVersion'],
    kind: 'VirtualService',
    metadata: { name: 'checkout', namespace: w.namespace },
    spec: shown['spec'],
  })

  await expect(shift(w, planned)).rejects.toThrow('was deleted and made again')
  expect(await w.weights()).toEqual(['primary: 90/10'])
})

test('weights that do not sum up to 100 are read as shares, and written as a sum of 100; a third destination keeps its share', async () => {
  const w = await world({
    http: [
      {
        name: 'primary',
        route: [destination('stable', 6), destination('canary', 2), destination('legacy', 2)],
      },
    ],
  })
  expect(shareOf(await division(w), 'canary')).toBe(25)

  await shift(w, await change(w, 0))

  expect(await w.weights()).toEqual(['primary: 80/0/20'])
})

test('among several routes that know both versions none is guessed; the configured name decides', async () => {
  const http = [
    primary,
    { ...primary, name: 'mobile', route: [destination('stable', 50), destination('canary', 50)] },
  ]
  const w = await world({ http })
  expect(await refusal(division(w))).toBe(
    '2 routes of VirtualService checkout send to both versions, and the configuration names none of them',
  )

  const named = { ...w.traffic, route: 'mobile' }
  const seen: Division = await readDivision(w.api, w.spec, named, signal())

  expect(seen.title).toBe('route mobile of VirtualService checkout')
  expect(seen.alsoToCanary).toEqual(['route primary of VirtualService checkout'])
  expect(await refusal(readDivision(w.api, w.spec, { ...named, route: 'web' }, signal()))).toBe(
    'VirtualService checkout has no route named web',
  )
})

test('a route that delegates, redirects, or names a version twice is refused in a sentence', async () => {
  const w = await world({
    http: [{ name: 'primary', route: [...primary.route, destination('canary', 0)] }],
  })
  const named = { ...w.traffic, route: 'primary' }
  const asked = () => refusal(readDivision(w.api, w.spec, named, signal()))
  const replace = (route: object) =>
    w.patch({ spec: { http: [{ name: 'primary', ...route }] } }, mergePatch)
  const refusals = [await asked()]
  await replace({ delegate: { name: 'shop' } })
  refusals.push(await asked())
  await replace({ redirect: { uri: '/closed' } })
  refusals.push(await asked())
  await replace({ route: [destination('canary')] })
  refusals.push(await asked())

  expect(refusals).toEqual([
    'route primary of VirtualService checkout names the canary version 2 times',
    'route primary of VirtualService checkout delegates to another object: its weights decide nothing',
    'route primary of VirtualService checkout redirects: its weights decide nothing',
    'route primary of VirtualService checkout names the stable version nowhere',
  ])
})

test('tcp routes, a second object for the same host, and GitOps are told before anybody approves', async () => {
  const w = await world({
    spec: { tcp: [{ route: [{ destination: { host: 'checkout' } }] }] },
    metadata: { labels: { 'argocd.argoproj.io/instance': 'shop' } },
  })
  await w.cluster.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'old', namespace: w.namespace },
    spec: { hosts: [`checkout.${w.namespace}.svc.cluster.local`], http: [primary] },
  })

  expect((await own(w)).warnings).toEqual([
    {
      kind: 'traffic',
      text: 'VirtualService checkout also has tcp routes, which are left as they are',
    },
    { kind: 'gitops_owner', tool: 'Argo CD', name: 'shop' },
    {
      kind: 'traffic',
      text: 'VirtualService old is for the same host: which of the two decides is not certain',
    },
  ])
})

test('what another controller made is not ours to write', async () => {
  const w = await world({
    metadata: {
      ownerReferences: [
        {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'Canary',
          name: 'checkout',
          uid: '5a1f1a5e-0000-4000-8000-000000000000',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
  })

  expect(await refusal(own(w))).toBe(
    'Canary checkout sets the weights of route primary of VirtualService checkout itself and would write over ours; go by it instead',
  )
})

test('a backend of an HTTPRoute without a weight counts as 1, and all weights at 0 are never written', async () => {
  const w = await world({
    traffic: byGateway,
    rules: [
      {
        backendRefs: [
          { name: 'checkout-stable', port: 80 },
          { name: 'checkout-canary', port: 80, weight: 0 },
        ],
      },
    ],
  })
  expect(weightsOf(await division(w))).toEqual({ 'checkout-stable': 1, 'checkout-canary': 0 })
  await w.patch([{ op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 0 }])

  expect(weightsFor(await division(w), 0)).toEqual({ 'checkout-stable': 100, 'checkout-canary': 0 })
  await shift(w, await change(w, 0))

  expect(await w.weights()).toEqual(['-: 100/0'])
})

test('an HTTPRoute that its gateway does not accept is not believed to move anything', async () => {
  const w = await world({ traffic: byGateway })
  expect((await division(w)).warnings).toEqual([
    { kind: 'traffic', text: 'no gateway says whether HTTPRoute checkout is in effect' },
  ])
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason === 'Accepted' ? '' : 'no such Service',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })
  const say = (...conditions: readonly object[]) =>
    w.cluster.must(
      'PATCH',
      `${w.path}/status`,
      {
        status: {
          parents: [
            { parentRef: { name: 'front' }, controllerName: 'shop.dev/gateway', conditions },
          ],
        },
      },
      mergePatch,
    )
  await say(
    condition('Accepted', 'True', 'Accepted'),
    condition('ResolvedRefs', 'True', 'Accepted'),
  )
  expect(await division(w)).toMatchObject({ warnings: [], pending: undefined })

  await shift(w, await change(w, 0))
  expect((await division(w)).pending).toBe('no gateway has taken the change in yet')

  await w.patch(
    [{ op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 0 }],
    jsonPatch,
  )
  await say({ ...condition('ResolvedRefs', 'False', 'BackendNotFound'), observedGeneration: 2 })
  expect(await refusal(division(w))).toBe(
    'HTTPRoute checkout is not in effect: its gateway front says ResolvedRefs is False (BackendNotFound: no such Service)',
  )
})

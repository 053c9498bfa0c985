import { expect, test } from 'vitest'
import {
  type Division,
  shareOf,
  Undivided,
  weightOperations,
  weightsFor,
  weightsOf,
} from '#executors/kubernetes/traffic/division.ts'
import { divisionOfHttpRoute } from '#executors/kubernetes/traffic/http-route.ts'
import { HttpRoute } from '#executors/kubernetes/traffic/objects.ts'
import { readDivision, readOwnDivision } from '#executors/kubernetes/traffic/read.ts'
import { shiftTraffic } from '#executors/kubernetes/traffic/shift.ts'
import { Superseded } from '#ports/executor.ts'
import { change, division, shift } from './traffic-planned.ts'
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

const own = (w: TrafficWorld) => readOwnDivision(w.api, w.spec, w.traffic, signal())
const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => 'not refused',
    (error: unknown) => (error instanceof Undivided ? error.message : String(error)),
  )

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

/** Somebody is quicker with this than our change, which was decided on what they are changing. */
const overtakenBy = (w: TrafficWorld, value: number) => {
  let isFirst = true
  const patch: TrafficWorld['api']['patch'] = async (...asked) => {
    if (isFirst) await w.patch([{ op: 'replace', path: '/spec/http/0/route/1/weight', value }])
    isFirst = false
    return w.api.patch(...asked)
  }
  return { ...w.api, patch }
}

test('a colleague who is quicker than our change is found out by the server, and not overwritten', async () => {
  const w = await world()
  const planned = await change(w, 0)

  const shifted = shiftTraffic(overtakenBy(w, 40), planned, 'rb_1.0', signal())

  await expect(shifted).rejects.toThrow(Superseded)
  expect(await w.weights()).toEqual(['primary: 90/40'])
})

test('each weight is sent with a test that its destination stands there still', async () => {
  const w = await world()
  const seen = await division(w)

  const operations = weightOperations(seen, weightsFor(seen, 0))

  expect(operations.slice(-4)).toEqual(
    ['stable', 'canary'].flatMap((subset, at) => [
      {
        op: 'test',
        path: `/spec/http/0/route/${at}/destination`,
        value: { host: 'checkout', subset },
      },
      { op: 'add', path: `/spec/http/0/route/${at}/weight`, value: at === 0 ? 100 : 0 },
    ]),
  )
})

test('weights that the cluster writes otherwise than asked are a fault, not a success', async () => {
  const w = await world()
  const patch: TrafficWorld['api']['patch'] = (path, operations, ...more) => {
    const altered = operations.map((one) =>
      one.path.endsWith('/weight') ? { ...one, value: one.value === 100 ? 95 : 5 } : one,
    )
    return w.api.patch(path, altered, ...more)
  }

  await expect(
    shiftTraffic({ ...w.api, patch }, await change(w, 0), 'rb_1.0', signal()),
  ).rejects.toThrow('the cluster wrote checkout/stable 95, checkout/canary 5 instead of')
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

test('another HTTPRoute for the same requests of the same gateway is told; one for others is not', async () => {
  const w = await world({ traffic: byGateway })
  const other = (name: string, spec: object) =>
    w.cluster.create({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name, namespace: w.namespace },
      spec: { parentRefs: [{ name: 'front' }], ...spec },
    })
  const backendRefs = [{ name: 'legacy', port: 80 }]
  const path = { type: 'PathPrefix', value: '/old' }
  await other('narrower', { rules: [{ backendRefs, matches: [{ path }] }] })
  await other('elsewhere', { parentRefs: [{ name: 'back' }], rules: [{ backendRefs }] })
  await other('old', { hostnames: ['*.shop.test'], rules: [{ backendRefs }] })

  expect((await own(w)).warnings).toEqual([
    { kind: 'traffic', text: 'no gateway says whether HTTPRoute checkout is in effect' },
    {
      kind: 'traffic',
      text: 'HTTPRoute old matches the same requests at the same gateway: which of the two decides is not certain',
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

test('where all weights are 0 nobody has a share, and what is written then is no 0 for all', async () => {
  const routes = [destination('stable', 0), destination('canary', 0), destination('legacy', 0)]
  const seen = await division(await world({ http: [{ name: 'primary', route: routes }] }))

  expect([shareOf(seen, 'stable'), shareOf(seen, 'canary')]).toEqual([0, 0])
  expect(weightsFor(seen, 25)).toEqual({
    'checkout/legacy': 0,
    'checkout/stable': 75,
    'checkout/canary': 25,
  })
})

test('a backend without a weight counts as 1, also where no server has filled that in', () => {
  const route = HttpRoute.parse({
    metadata: { name: 'checkout', namespace: 'shop', uid: 'u', generation: 1 },
    spec: {
      rules: [
        { backendRefs: [{ name: 'checkout-stable' }, { name: 'checkout-canary', weight: 3 }] },
      ],
    },
  })

  const seen = divisionOfHttpRoute(route, byGateway)

  expect(weightsOf(seen)).toEqual({ 'checkout-stable': 1, 'checkout-canary': 3 })
  expect(shareOf(seen, 'canary')).toBe(75)
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

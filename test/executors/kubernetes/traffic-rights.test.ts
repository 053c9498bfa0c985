import { expect, test } from 'vitest'
import { resourceText, trafficNeeds } from '#executors/kubernetes/rights.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { byGateway, byIstio, freshTrafficWorlds, primary } from './traffic-world.ts'
import { signal } from './world.ts'

const world = freshTrafficWorlds()
const at = {
  cluster: 'prod',
  namespace: 'production',
  kind: 'deployment',
  name: 'checkout',
} as const

test('the Role in deploy/traffic.yaml gives exactly what moving traffic needs', () => {
  const targets = [
    { ...at, traffic: byIstio },
    { ...at, traffic: byGateway },
    { ...at, blueGreen: { service: 'checkout', deployment: 'checkout-green' } },
  ]
  const needed = targets.flatMap((target) =>
    trafficNeeds(target).map((need) => `${need.verb} ${resourceText(need)}`),
  )
  const once = [...new Set(needed)]
  const given = deployedGrants('traffic').map(({ verb, resource }) => `${verb} ${resource}`)

  expect(given.toSorted()).toEqual(once.toSorted())
})

test.for([
  ['get', 'cannot have its traffic shifted'],
  ['patch', 'cannot have its traffic shifted'],
  ['list', 'does not show whether two objects divide its traffic'],
] as const)('the examination misses the right to %s routes', async ([verb, loses]) => {
  const w = await world()
  expect(await w.executor.examine(w.target, signal())).toEqual([])

  await w.cluster.forbid(verb, 'virtualservices')

  expect(await w.executor.examine(w.target, signal())).toEqual([
    {
      kind: 'limits',
      text: `${loses}: may not ${verb} virtualservices in ${w.namespace}`,
      remedy: `add it to Role countermand-traffic in ${w.namespace}`,
    },
  ])
})

test('where Canaries of Flagger may not be listed, the plan and the examination say what that hides', async () => {
  const w = await world({ addOns: ['flagger'] })
  await w.cluster.forbid('list', 'canaries')
  const isServed = (await w.cluster.must('GET', '/apis')) as unknown as {
    readonly groups: readonly { readonly name: string }[]
  }
  // A cluster without Flagger has nobody who could set them.
  const hidden = isServed.groups.some(({ name }) => name === 'flagger.app')
    ? ['does not show whether Flagger sets its weights']
    : []

  const { warnings } = await w.seen()
  const found = await w.executor.examine(w.target, signal())

  expect(warnings.flatMap((one) => (one.kind === 'missing_right' ? [one.loses] : []))).toEqual(
    hidden,
  )
  expect(found.map(({ text }) => text)).toEqual(
    hidden.map((loses) => `${loses}: may not list canaries in ${w.namespace}`),
  )
})

test('a route that may not be read closes its own way, and the rollback is not refused for it', async () => {
  const w = await world()
  await w.cluster.forbid('get', 'virtualservices')

  const ways = await w.ways()

  expect(ways.map(({ mechanism, blockers }) => [mechanism, blockers.length > 0])).toEqual([
    ['mesh-reroute', true],
    ['canary-scale-down', true],
    ['deployment-undo', false],
  ])
  const observed = await w.executor.observe(w.target, signal())
  const checks = await w.executor.verify(w.target, observed.running, signal())
  expect(checks).toContainEqual({
    id: 'serving',
    result: 'unknown',
    text: 'where the requests go cannot be told: VirtualService checkout may not be read (not allowed to get virtualservices)',
  })
})

test('the examination finds a route that could not be shifted before it is needed', async () => {
  const w = await world({ http: [primary, { ...primary, name: 'mobile' }] })

  expect(await w.executor.examine(w.target, signal())).toEqual([
    {
      kind: 'limits',
      text: 'cannot have its traffic shifted: 2 routes of VirtualService checkout send to both versions, and the configuration names none of them',
      remedy:
        'correct the route or the target’s traffic in the configuration; docs/traffic.md says what is needed',
    },
  ])
})

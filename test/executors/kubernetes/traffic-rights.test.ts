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
  const needed = [byIstio, byGateway].flatMap((traffic) =>
    trafficNeeds({ ...at, traffic }).map((need) => `${need.verb} ${resourceText(need)}`),
  )
  const given = deployedGrants('traffic').map(({ verb, resource }) => `${verb} ${resource}`)

  expect(given.toSorted()).toEqual(needed.toSorted())
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

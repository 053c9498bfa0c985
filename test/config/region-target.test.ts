import { expect, test } from 'vitest'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const region = {
  provider: 'azure',
  subscription: '5f0e1d2c-3b4a-4958-8776-655443322110',
  trafficManager: { resourceGroup: 'prod', profile: 'shop' },
  regions: { westeurope: { endpoint: 'shop-weu' }, northeurope: { endpoint: 'shop-neu' } },
}
const sre = { 'on-call-engineer': { slackUserGroup: 'sre-oncall' } }

test('production in regions is named by what directs its requests', () => {
  const services = { shop: aService({ targets: [{ region }], roles: sre }) }

  const service = configOf({}, aFile({ services })).catalogue.get('shop')

  expect(service?.targets).toMatchObject([
    {
      executor: 'region',
      workload: 'azure/5f0e1d2c-3b4a-4958-8776-655443322110/prod/shop',
      title: 'Traffic Manager profile shop',
      spec: { regions: [{ name: 'westeurope' }, { name: 'northeurope' }] },
    },
  ])
  expect(service?.environment).toBe('azure/shop')
})

test.each([
  [{ roles: {} }, 'needs an on-call-engineer of its own: the on-call SRE'],
  [
    { targets: [{ region: { ...region, regions: { westeurope: { endpoint: 'shop-weu' } } } }] },
    'must name two regions at least',
  ],
  [
    {
      targets: [
        {
          region: {
            ...region,
            regions: { westeurope: { endpoint: 'x' }, northeurope: { endpoint: 'x' } },
          },
        },
      ],
    },
    'must name another endpoint for every region',
  ],
  [
    { targets: [{ region: { ...region, subscription: 'mine' } }] },
    'must be the id of a subscription',
  ],
])('a region that cannot be moved from is refused: %j', (changes, expected) => {
  const services = { shop: aService({ targets: [{ region }], roles: sre, ...changes }) }

  expect(problemsOf(aFile({ services })).join()).toContain(expected)
})

test('ways between regions are for a service that is a region, and are refused in the order of any other', () => {
  const order = { mechanismOrder: ['undo', 'regional-failover'] }
  const checkout = aService(order)
  const shop = aService({ ...order, targets: [{ region }], roles: sre })

  expect(problemsOf(aFile({ services: { shop } }))).toEqual([])
  expect(problemsOf(aFile({ services: { checkout } })).join()).toContain(
    'regional-failover is a way between regions, and none of its targets is a region: leave it out',
  )
})

import { expect, test } from 'vitest'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const on = (...targets: readonly object[]) =>
  aFile({ services: { checkout: aService({ targets }) } })
const ecs = { cluster: 'prod', service: 'shop_Checkout', region: 'eu-central-1' }

test('a service on ECS is named by its region, its cluster and itself', () => {
  const service = configOf({}, on({ ecs })).catalogue.get('checkout')

  expect(service?.targets).toEqual([
    {
      executor: 'ecs',
      workload: 'ecs/eu-central-1/prod/shop_Checkout',
      title: 'prod ECS service shop_Checkout',
      spec: ecs,
    },
  ])
  expect(service?.environment).toBe('ecs/prod')
})

test('without a region it is the one that AWS’s own variables name', () => {
  const service = configOf({}, on({ ecs: { ...ecs, region: undefined } })).catalogue.get('checkout')

  expect(service?.targets).toMatchObject([
    { workload: 'ecs/default/prod/shop_Checkout', spec: { region: null } },
  ])
})

test.each([
  [[{ ecs: { ...ecs, region: 'frankfurt' } }], 'must be a region such as eu-central-1'],
  [
    [{ ecs: { ...ecs, service: 'arn:aws:ecs:eu:1:service/x' } }],
    'must be a name in ECS, not an ARN',
  ],
  [[{ ecs: { cluster: 'prod' } }], 'targets[1].ecs.service: is missing'],
  [[{}], 'targets[1]: needs exactly one of kubernetes, ecs, compose and flag'],
  [
    [{ ecs, kubernetes: { cluster: 'prod', namespace: 'shop', deployment: 'x' } }],
    'needs exactly one of kubernetes, ecs, compose and flag',
  ],
  [[{ ecs }, { ecs }], 'belongs to checkout already'],
])('%j is refused: %s', (targets, why) => {
  expect(problemsOf(on(...targets)).join()).toContain(why)
})

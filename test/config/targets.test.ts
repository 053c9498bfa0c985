import { passwordsIn } from '#config/database-url.ts'
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

test('what was deregistered may be registered once more where the target says so', () => {
  const service = configOf({}, on({ ecs: { ...ecs, registerAgain: true } })).catalogue.get(
    'checkout',
  )

  expect(service?.targets).toMatchObject([{ executor: 'ecs', spec: { registerAgain: true } }])
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
  [
    [{}],
    'targets[1]: needs exactly one of kubernetes, ecs, compose, nginx, database, flag and region',
  ],
  [
    [{ ecs, kubernetes: { cluster: 'prod', namespace: 'shop', deployment: 'x' } }],
    'needs exactly one of kubernetes, ecs, compose, nginx, database, flag and region',
  ],
  [
    [{ ecs: { ...ecs, registerAgain: true, codeDeploy: { application: 'shop', group: 'a' } } }],
    'registerAgain: is for services that ECS deploys',
  ],
  [[{ ecs }, { ecs }], 'belongs to checkout already'],
])('%j is refused: %s', (targets, why) => {
  expect(problemsOf(on(...targets)).join()).toContain(why)
})

const database = {
  connection: 'checkout',
  dbmate: { migrations: '/srv/checkout/migrations' },
  backups: '/var/backups/countermand',
}
const withDatabase = (
  changes: object,
  checkout: Readonly<Record<string, unknown>> = { dependsOn: ['checkout-db'] },
) =>
  aFile({
    services: {
      checkout: aService(checkout),
      'checkout-db': aService({ targets: [{ database: { ...database, ...changes } }] }),
    },
  })
const variables = { MIGRATED_CHECKOUT_URL: 'postgres://owner:a-long-password@db.example/checkout' }

test('a database stops what depends on it, unless it says what else', () => {
  const stopsOf = (text: string) => {
    const spec = configOf(variables, text).catalogue.get('checkout-db')?.targets[0]?.spec
    return JSON.parse(JSON.stringify(spec)).stops
  }

  expect(stopsOf(withDatabase({}))).toEqual([
    {
      service: 'checkout',
      range: { database: 'checkout-db' },
      target: {
        executor: 'kubernetes',
        workload: 'prod/production/deployment/checkout',
        title: 'prod/production deployment checkout',
        spec: { cluster: 'prod', namespace: 'production', kind: 'deployment', name: 'checkout' },
      },
    },
  ])
  expect(stopsOf(withDatabase({ stops: [] }))).toEqual([])
  expect(stopsOf(withDatabase({ stops: ['checkout'] }, {}))).toHaveLength(1)
})

test.each([
  [{ backups: '/tmp/backups' }, 'must outlive a restart: not below /tmp'],
  [{ backups: 'backups' }, 'must be a whole path'],
  [{ golangMigrate: { migrations: '/srv/x' } }, 'needs exactly one of dbmate, golangMigrate'],
  [{ dbmate: undefined }, 'needs exactly one of dbmate, golangMigrate, command'],
  [{ stops: ['chekout'] }, 'no service chekout is configured; did you mean checkout'],
])('a database with %j is refused: %s', (changes, why) => {
  expect(problemsOf(withDatabase(changes), variables).join()).toContain(why)
})

test('a database needs an address of its own, which is not ours', () => {
  expect(problemsOf(withDatabase({}))).toEqual([
    'MIGRATED_CHECKOUT_URL is missing: the address of the database checkout, whose schema is rolled back.',
  ])
  expect(
    problemsOf(withDatabase({}), { ...variables, DATABASE_URL: variables.MIGRATED_CHECKOUT_URL }),
  ).toEqual([
    'MIGRATED_CHECKOUT_URL is Countermand’s own database: its schema is nobody’s to roll back.',
  ])
  expect(problemsOf(withDatabase({}), { MIGRATED_CHECKOUT_URL: 'mysql://x' }).join()).toContain(
    'must look like postgres://',
  )
  expect(
    JSON.stringify(configOf(variables, withDatabase({})).catalogue.get('checkout-db')),
  ).not.toContain('a-long-password')
})

test('a password behind the ? of an address is refused, and known as a secret', () => {
  const url = 'postgres://owner@db.example/checkout?password=a-long%20password'

  expect(problemsOf(withDatabase({}), { MIGRATED_CHECKOUT_URL: url })).toEqual([
    expect.stringMatching(/^MIGRATED_CHECKOUT_URL has its password behind the \?/),
  ])
  expect(passwordsIn(url)).toEqual(['a-long password', 'a-long%20password'])
})

test('blue and green behind one Service are one target, which keeps its name whichever serves', () => {
  const kubernetes = {
    cluster: 'prod',
    namespace: 'production',
    deployment: 'checkout-blue',
    blueGreen: { service: 'checkout', deployment: 'checkout-green' },
  }
  const service = configOf({}, on({ kubernetes })).catalogue.get('checkout')

  expect(service?.targets).toMatchObject([
    {
      workload: 'prod/production/deployment/checkout-blue',
      spec: { name: 'checkout-blue', blueGreen: kubernetes.blueGreen },
    },
  ])
  for (const wrong of [
    { blueGreen: { service: 'checkout', deployment: 'checkout-blue' } },
    { canary: { deployment: 'checkout-canary' } },
    { deployment: undefined, statefulSet: 'checkout-blue' },
  ])
    expect(problemsOf(on({ kubernetes: { ...kubernetes, ...wrong } }))).toEqual(
      expect.arrayContaining([
        expect.stringContaining('needs a deployment, another one beside it, and no canary'),
      ]),
    )
})

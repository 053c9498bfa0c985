import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { deployedGrants, type Grant } from '#sandbox/cluster/role.ts'
import { botScopes } from '#slack/scopes.ts'
import { anInstallation, steady } from './installation.ts'

type Installation = Awaited<ReturnType<typeof anInstallation>>
let shop: Installation
beforeAll(async () => {
  shop = await anInstallation()
})
afterAll(() => shop.close())
afterEach(async () => {
  shop.slack.faults.clear()
  shop.metrics.fail(undefined)
  shop.cluster.access.grant([...deployedGrants('rbac'), ...deployedGrants('freeze')])
  await shop.configure((yaml) => yaml)
})

const faults = (changed: Readonly<Record<string, string | undefined>> = {}) => shop.faults(changed)

test('an installation that has everything is said to be in place, line by line', async () => {
  const { code, out, err } = await shop.doctor()

  expect([code, err, out.match(/^[✗!] .*/gm)]).toEqual([0, '', null])
  await expect(`${steady(out)}\n`).toMatchFileSnapshot('../golden/doctor/in-place.txt')
})

test('a script reads the same as JSON', async () => {
  shop.cluster.access.forbid('list', 'controllerrevisions')

  const { code, out } = await shop.doctor('--json')

  const { ok, findings } = JSON.parse(out) as {
    readonly ok: boolean
    readonly findings: readonly { readonly result: string; readonly about: string }[]
  }
  expect([code, ok]).toEqual([1, false])
  expect(findings.filter(({ result }) => result === 'wrong')).toEqual(
    ['catalog-db', 'edge-agent'].map((about) => ({
      about,
      result: 'wrong',
      text: 'shows no version that could be gone back to: may not list controllerrevisions in production',
      remedy: 'add it to Role countermand in production',
    })),
  )
})

describe('what is not in place is said with what to do, and the rest is looked at all the same:', () => {
  test('a missing right, for each service that loses something', async () => {
    shop.cluster.access.forbid('delete', 'pods')

    expect(await faults()).toEqual({
      code: 1,
      faults: ['checkout', 'payments', 'cart', 'catalog-db', 'edge-agent'].map(
        (service) =>
          `✗ ${service}: ${service === 'catalog-db' ? 'cannot free a stuck StatefulSet pod' : 'cannot be finished at once in an emergency'}: may not delete pods in production – add it to Role countermand in production`,
      ),
    })
  })

  test('a right that may be left out, without failing', async () => {
    shop.cluster.access.grant([
      ...deployedGrants('rbac').filter(({ resource }) => resource !== 'configmaps'),
      ...deployedGrants('freeze'),
    ])

    const { code, faults: found } = await faults()

    expect(code).toBe(0)
    expect(found).toHaveLength(5)
    expect(found[0]).toBe(
      '! checkout: does not show which configuration was changed: may not get configmaps in production',
    )
  })

  test.for(deployedGrants('freeze'))(
    'the right to $verb $resource for a freeze and for holds',
    async (dropped) => {
      const { verb, resource } = dropped
      const named = deployedGrants('freeze').filter((grant) => !isSame(grant, dropped))
      const others = deployedGrants('rbac').filter(({ resource }) => resource !== 'configmaps')
      shop.cluster.access.grant([...others, ...named])

      const { code, faults: found } = await faults()

      expect(code).toBe(1)
      expect(found).toContain(
        `✗ checkout: ${lost[resource]}: may not ${verb} ${resource} in production – add it to Role countermand-freeze in production`,
      )
    },
  )

  const lost: Readonly<Record<string, string>> = {
    configmaps: 'cannot have its deploys frozen',
    podtemplates: 'cannot have a version that was rolled back refused',
  }
  const isSame = (one: Grant, other: Grant): boolean =>
    one.verb === other.verb && one.resource === other.resource

  test('a right that is never needed, once and without failing', async () => {
    shop.cluster.access.allow('list', 'secrets')

    expect(await faults()).toEqual({
      code: 0,
      faults: [
        '! checkout: the credential of cluster prod may list secrets in production, which is never needed – take the right away; deploy/rbac.yaml has all it needs',
      ],
    })
  })

  test('a cluster that the kubeconfig does not know', async () => {
    await shop.configure((yaml) => yaml.replace('freeze: true', 'context: mars'))

    const { code, faults: found } = await faults()

    expect(code).toBe(1)
    expect(found[0]).toBe(
      '✗ Cluster prod: the kubeconfig has no context mars; it has sandbox – check the cluster’s context and kubeconfig, and that this machine reaches it',
    )
    expect(found.slice(1).map((line) => line.split(':')[0])).toEqual([
      '✗ checkout',
      '✗ payments',
      '✗ cart',
      '✗ catalog-db',
      '✗ edge-agent',
    ])
  })

  test('a workload that is not there', async () => {
    await shop.configure((yaml) => yaml.replace('deployment: cart }', 'deployment: crat }'))

    expect((await faults()).faults).toEqual([
      '✗ cart: there is no deployment crat in production of prod – correct the target in the configuration',
    ])
  })

  test('a trigger that would never be told anything, without failing', async () => {
    await shop.configure((yaml) =>
      yaml.replace(
        'statusComponent: Basket',
        'statusComponent: Basket\n    automation: { mode: on, triggers: [flagger] }',
      ),
    )

    expect(await faults()).toEqual({
      code: 0,
      faults: [
        '! cart: names the trigger flagger, and no Canary of Flagger is about prod/production deployment cart – leave the trigger out, or see whether Flagger is there',
      ],
    })
  })

  test('a freeze that is configured and not installed', async () => {
    const path = '/api/v1/namespaces/production/configmaps/countermand-freeze'
    const headers = { authorization: `Bearer ${shop.cluster.adminToken}` }
    const map = await (await fetch(`${shop.cluster.url}${path}`, { headers })).json()
    await fetch(`${shop.cluster.url}${path}`, { method: 'DELETE', headers })

    const { faults: found } = await faults()
    shop.cluster.create(map as Fields)

    expect(found).toHaveLength(5)
    expect(found[0]).toContain(
      'there is no ConfigMap countermand-freeze in production – apply deploy/freeze.yaml',
    )
  })

  test('a Prometheus that is away, in one line', async () => {
    shop.metrics.fail({ kind: 'unavailable' })

    const { faults: found } = await faults()

    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^✗ Metrics: all 9 queries to http:\/\/127.0.0.1:#### fail: /)
  })

  test('a query that finds nothing, and one that nobody can read', async () => {
    await shop.configure((yaml) =>
      yaml
        .replace('service:p95_seconds{service="cart"}', 'service:p95_seconds{service="crat"}')
        .replace('avg_over_time(service:error_rate{service="cart"}', 'avg_over_tme((('),
    )

    const { faults: found } = await faults()

    expect(found).toEqual([
      expect.stringMatching(
        /^✗ Metrics: cart: errorRate cannot be measured: answered 400: bad_data/,
      ),
      '✗ Metrics: cart: p95 returns nothing for the last 30 min – try the query in Prometheus, with 30m for $window',
    ])
  })

  test('a health URL that does not answer', async () => {
    await shop.configure((yaml) => yaml.replace('/cart/health', '/crat/health'))

    expect((await faults()).faults).toEqual([
      expect.stringMatching(
        /^✗ cart: http:\S+\/crat\/health answered \d+ – correct the health URL/,
      ),
    ])
  })

  test('a level of authority that nobody holds', async () => {
    shop.slack.setUserGroup('checkout-oncall', [])

    const { faults: found } = await faults()
    shop.slack.setUserGroup('checkout-oncall', ['U0ONCALL01'])

    expect(found[0]).toBe(
      '✗ Authority: nobody is on-call engineer for checkout – name members or a user group that has some',
    )
    expect(found).toHaveLength(5)
  })

  test('Slack that does not answer, and a token that is none of a bot’s', async () => {
    shop.slack.faults.down(true)
    const { faults: away } = await faults()
    shop.slack.faults.clear()
    const { faults: refused } = await faults({ SLACK_BOT_TOKEN: 'xoxb-somebody-elses-token' })

    expect(away[0]).toMatch(/^✗ Slack: Slack does not answer: /)
    expect(away[1]).toMatch(/^✗ Authority: who holds which level cannot be asked: /)
    expect(away).toHaveLength(2)
    expect(refused[0]).toMatch(
      /^✗ Slack: Slack answers invalid_auth to the token – check SLACK_BOT_TOKEN/,
    )
  })

  test('a problem of the configuration, while everything that is understood is looked at', async () => {
    const { code, faults: found } = await faults({ SLACK_BOT_TOKEN: undefined, PORT: 'many' })

    expect(code).toBe(1)
    expect(found).toEqual([
      expect.stringMatching(/^✗ Configuration: SLACK_BOT_TOKEN is missing: /),
      '✗ Configuration: PORT must be a port between 0 and 65535.',
    ])
  })
})

test('scopes that the token was not given are named, and those it has too many', async () => {
  const narrow = await anInstallation([
    ...botScopes.filter((scope) => scope !== 'pins:write'),
    'admin',
  ])
  try {
    const { out } = await narrow.doctor()

    expect(out).toContain(
      '✗ Slack: it lacks the scope pins:write – put manifest.yml into the app’s “App Manifest” and install the app again',
    )
    expect(out).toContain('! Slack: it has more than is ever used: admin – ')
  } finally {
    await narrow.close()
  }
})

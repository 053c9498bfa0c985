import { expect, test } from 'vitest'
import { parseConfigFile } from '#config/file.ts'
import { loadConfig, secretsOf } from '#config.ts'
import { aFile, aSlackEnvironment, configOf } from './support.ts'

const problemsWith = (webhooks: unknown) =>
  parseConfigFile('c.yaml', aFile({ webhooks })).problems.map((line) =>
    line.replace(/^c\.yaml:\d+: /, ''),
  )

test('rules are read with their defaults', () => {
  const { webhooks } = configOf(
    aSlackEnvironment,
    aFile({
      webhooks: {
        grafana: { signatureHeader: 'X-Sig' },
        rules: [
          { match: { env: 'staging' }, effect: 'ignore' },
          { name: 'by label', source: 'grafana', serviceFrom: 'app', severity: 'high' },
        ],
      },
    }),
  )

  expect(webhooks).toEqual({
    unauthenticated: [],
    grafana: { signature: 'x-sig', timestamp: 'x-grafana-alerting-timestamp' },
    rules: [
      {
        name: 'rule 1',
        sources: [],
        match: { env: 'staging' },
        service: null,
        severity: null,
        effect: 'ignore',
      },
      {
        name: 'by label',
        sources: ['grafana'],
        match: {},
        service: { label: 'app' },
        severity: 'high',
        effect: 'open',
      },
    ],
  })
})

test('a rule that cannot work is a problem when the file is read', () => {
  expect(
    problemsWith({
      rules: [
        { service: 'chekout', match: { a: 'b' } },
        { service: 'checkout', serviceFrom: 'app' },
        { source: 'nagios', service: 'checkout' },
      ],
    }),
  ).toEqual([
    'webhooks.rules[2]: needs exactly one of service and serviceFrom; with effect: ignore, neither.',
    'webhooks.rules[3].source: must be one or several of alertmanager, pagerduty, grafana, datadog, opsgenie, jsm, github.',
  ])
  expect(problemsWith({ rules: [{ service: 'chekout' }] })).toEqual([
    'webhooks.rules[1].service: no service chekout is configured; did you mean checkout?',
  ])
})

test('a rule that is never reached is a problem; one that narrows is none', () => {
  const toCheckout = { service: 'checkout' }

  expect(
    problemsWith({ rules: [toCheckout, { source: 'github', match: { a: 'b' }, ...toCheckout }] }),
  ).toEqual(['webhooks.rules[2]: is never reached: rule 1 takes everything it is for.'])
  expect(
    problemsWith({
      rules: [
        { source: ['github', 'jsm'], ...toCheckout },
        { source: 'grafana', match: { a: 'b*' }, ...toCheckout },
        { source: 'grafana', match: { a: 'b' }, serviceFrom: 'app' },
        { match: { a: 'b' }, ...toCheckout },
      ],
    }),
  ).toEqual([])
})

test('secrets stand in the environment, are long enough, and are never shown', () => {
  const secret = 'alertmanager-secret-0123456789'
  const variables = {
    ...aSlackEnvironment,
    WEBHOOK_ALERTMANAGER_SECRET: secret,
    WEBHOOK_ALERTMANAGER_SECRET_PREVIOUS: `${secret}-old`,
  }
  const config = configOf(variables)

  expect(config.webhookSecrets).toEqual({ alertmanager: [secret, `${secret}-old`] })
  expect(secretsOf(config)).toEqual(expect.arrayContaining([secret, `${secret}-old`]))
  const bad = loadConfig(
    { ...aSlackEnvironment, WEBHOOK_JSM_SECRET: 'short', WEBHOOK_GITHUB_SECRET_PREVIOUS: secret },
    { file: { name: 'c.yaml', text: aFile() } },
  )
  expect(bad.ok ? [] : bad.problems).toEqual([
    'WEBHOOK_JSM_SECRET must be at least 16 characters: make one with “openssl rand -hex 32”.',
    'WEBHOOK_GITHUB_SECRET_PREVIOUS is set without WEBHOOK_GITHUB_SECRET.',
  ])
})

test('Flagger has a secret for each cluster, and one for a cluster that is not there is said to be wrong', () => {
  const secret = 'flagger-secret-0123456789'
  const file = { name: 'c.yaml', text: aFile() }
  const variables = {
    ...aSlackEnvironment,
    WEBHOOK_FLAGGER_PROD_SECRET: secret,
    WEBHOOK_FLAGGER_PROD_SECRET_PREVIOUS: `${secret}-old`,
  }
  const config = configOf(variables)
  const bad = loadConfig({ ...aSlackEnvironment, WEBHOOK_FLAGGER_PORD_SECRET: secret }, { file })

  expect(config.flaggerSecrets).toEqual(new Map([['PROD', [secret, `${secret}-old`]]]))
  expect(secretsOf(config)).toEqual(expect.arrayContaining([secret, `${secret}-old`]))
  expect(bad.ok ? [] : bad.problems).toEqual([
    'WEBHOOK_FLAGGER_PORD_SECRET is set, and no cluster of that name stands under clusters; did you mean WEBHOOK_FLAGGER_PROD_SECRET?',
  ])
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadConfig } from '#config.ts'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import { minutes, seconds } from '#domain/time.ts'
import { aFile, aService, configOf, problemsOf, someRoles } from './support.ts'

test('the example in the documentation is sound', () => {
  const text = readFileSync('docs/config.example.yaml', 'utf8')

  expect(problemsOf(text)).toEqual([])
  expect([...configOf({}, text).catalogue.keys()]).toEqual(['checkout', 'payments'])
})

test('a target becomes a workload named by where it runs', () => {
  const service = configOf({}).catalogue.get('checkout')

  expect(service?.targets).toEqual([
    {
      executor: 'kubernetes',
      workload: 'prod/production/deployment/checkout',
      title: 'prod/production deployment checkout',
      spec: { cluster: 'prod', namespace: 'production', kind: 'deployment', name: 'checkout' },
    },
  ])
  expect(service?.environment).toBe('prod/production')
})

test('all problems of a file come at once, each with its line, the nearest name and what to do', async () => {
  const text = readFileSync('test/fixtures/config/everything-wrong.yaml', 'utf8')

  await expect(`${problemsOf(text).join('\n')}\n`).toMatchFileSnapshot(
    '../golden/config/everything-wrong.txt',
  )
})

test.each([
  ['__proto__: {}', '__proto__'],
  ['constructor: {}', 'constructor'],
  ['services:\n  checkout:\n    signals:\n      __proto__: { a: 1 }', '__proto__'],
  ['services:\n  checkout:\n    dashboards:\n      - "__proto__": 1', '__proto__'],
])('T077 keys that change how objects work are refused at any depth: %j', (text, key) => {
  expect(problemsOf(text)).toContainEqual(
    expect.stringContaining(`The key ${key} is not allowed anywhere.`),
  )
})

test.each([
  ['__proto__: {}', 'The key __proto__ is not allowed anywhere.'],
  ['templates: { constructor: x }', 'The key constructor is not allowed anywhere.'],
  [
    'templates: !!map {}',
    'Tags such as tag:yaml.org,2002:map are not allowed: write the plain value.',
  ],
  ['metrics: {}', 'Map keys must be unique.'],
])('%s hides none of the other problems of a file', (line, refused) => {
  const text = readFileSync('test/fixtures/config/everything-wrong.yaml', 'utf8')
  const without = problemsOf(text)

  const found = problemsOf(`${text}${line}\n`)

  // The last of two equal keys counts, so what was wrong with the first is not asked.
  const others = without.filter(
    (problem) => !line.startsWith('metrics') || !/metrics/.test(problem),
  )
  expect(found).toEqual([...others, `x.yaml:${text.split('\n').length}: ${refused}`])
})

test.each([
  ['organisation: a\norganisation: b', 'x.yaml:2: Map keys must be unique'],
  ['organisation: !!js/function "x"', 'x.yaml:1: Tags such as'],
  ['organisation: !!str 3', 'x.yaml:1: Tags such as'],
  ['organisation: [', 'x.yaml:1'],
  ['organisation: a\n---\norganisation: b', 'x.yaml:2'],
  ['', 'a group of settings'],
  ['- a', 'must be a group of settings, not a list'],
])('T078 what is no plain configuration is refused with its line: %j', (text, expected) => {
  expect(problemsOf(text).join('\n')).toContain(expected)
})

test.each(['no', 'on', 'off', 'yes'])('T078 %s is a word, and stays one', (word) => {
  expect(configOf({}, aFile().replace('Example Shop', word)).organisation).toBe(word)
})

test('T078 anchors may be used, but not to unfold without end', () => {
  const bomb = ['a: &a [x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'])
    bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`)

  expect(problemsOf(bomb.join('\n'))).toEqual([
    'x.yaml:1: The file repeats its anchors too often: write the values out.',
  ])
  expect(problemsOf(aFile().replace('context: prod-eu', 'context: &name prod-eu'))).toEqual([])
})

test.each(['kube-system', 'kube-public', 'kube-node-lease', 'istio-system', '../other', 'a/b'])(
  'T066 the namespace %s is refused',
  (namespace) => {
    const targets = [{ kubernetes: { cluster: 'prod', namespace, deployment: 'checkout' } }]

    expect(problemsOf(aFile({ services: { checkout: aService({ targets }) } }))).toEqual([
      expect.stringMatching(
        /^x\.yaml:\d+: services\.checkout\.targets\[1\]\.kubernetes\.namespace: /,
      ),
    ])
  },
)

test.each([
  'pаyments',
  'ｃheckout',
  'check\u200bout',
  'Checkout',
  '-checkout',
  'a'.repeat(64),
  'a.b',
])('the service name %j could pass for another one and is refused', (name) => {
  expect(problemsOf(aFile({ services: { [name]: aService() } })).join()).toContain(
    'the name must be small letters',
  )
})

test.each([
  'ftp://shop.example/health',
  'javascript:alert(1)',
  'https://user:word@shop.example/',
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://[::ffff:127.0.0.1]/',
  'http://[fe90::1]/',
  'http://[fd00:ec2::254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://100.100.100.200/',
  'http://metadata.google.internal./',
  'http://my_host/',
  'shop.example/health',
])('T139 the address %s is not one that may be asked', (url) => {
  const services = { checkout: aService({ health: [url], runbook: url }) }

  expect(problemsOf(aFile({ services }))).toHaveLength(2)
})

test('the hosts that health checks may ask are listed', () => {
  const health = ['https://shop.example/health', 'http://127.0.0.1:8080/x']

  expect([
    ...configOf({}, aFile({ services: { checkout: aService({ health }) } })).healthHosts,
  ]).toEqual(['shop.example', '127.0.0.1:8080'])
})

test.each([
  [{ ...someRoles, 'team-lead': { members: [] } }, 'must name at least one person'],
  [{ ...someRoles, 'team-lead': {} }, 'names nobody'],
  [{ ...someRoles, 'team-lead': undefined }, 'is missing'],
  [{ ...someRoles, 'team-lead': { members: ['@lena'] } }, 'must be a Slack member id'],
])('T038 a role that nobody could hold is refused', (roles, expected) => {
  expect(problemsOf(aFile({ roles })).join()).toContain(expected)
})

test('T039 a threshold that no two people could meet is refused', () => {
  const one = { members: ['U0ONE01'] }
  const roles = Object.fromEntries(Object.keys(someRoles).map((role) => [role, one]))
  const services = { checkout: aService({ approval: { twoPerson: true } }) }

  expect(problemsOf(aFile({ roles, services }))).toEqual([
    expect.stringContaining('one and the same person'),
    expect.stringContaining('twoPerson asks for two people, but all roles together name only one'),
  ])
})

test('a service may not be called like a word of the command', () => {
  expect(problemsOf(aFile({ services: { note: aService() } }))).toEqual([
    expect.stringContaining('services.note: note is a word of the rollback command'),
  ])
})

test('services that depend on each other in a circle are refused', () => {
  const at = (deployment: string, dependsOn: readonly string[]) =>
    aService({
      dependsOn,
      targets: [{ kubernetes: { cluster: 'prod', namespace: 'production', deployment } }],
    })

  expect(
    problemsOf(aFile({ services: { a: at('a', ['b']), b: at('b', ['c']), c: at('c', ['a']) } })),
  ).toEqual([expect.stringContaining('circle: a → b → c → a')])
})

test('one workload belongs to one service', () => {
  expect(problemsOf(aFile({ services: { a: aService(), b: aService() } }))).toEqual([
    expect.stringContaining('prod/production/deployment/checkout belongs to a already'),
  ])
})

test('a canary stands beside a deployment, is another one, and belongs to one service', () => {
  const at = (kubernetes: Readonly<Record<string, unknown>>) =>
    aService({
      targets: [{ kubernetes: { cluster: 'prod', namespace: 'production', ...kubernetes } }],
    })
  const beside = (kubernetes: Readonly<Record<string, unknown>>, canary: string) =>
    problemsOf(
      aFile({
        services: {
          a: at({ ...kubernetes, canary: { deployment: canary } }),
          b: at({ deployment: 'b' }),
        },
      }),
    )

  expect(beside({ deployment: 'a' }, 'a-canary')).toEqual([])
  expect(beside({ deployment: 'a' }, 'b')).toEqual([
    expect.stringContaining('prod/production/deployment/b belongs to a already'),
  ])
  expect(beside({ deployment: 'a' }, 'a')).toEqual([
    expect.stringContaining('is the stable deployment itself'),
  ])
  expect(beside({ rollout: 'a' }, 'a-canary')).toEqual([
    expect.stringContaining('stands beside a deployment only'),
  ])
})

test('where the service’s own channel is used, every service has one', () => {
  expect(problemsOf(aFile({ slack: { incidentChannels: 'service' } }))).toEqual([
    expect.stringContaining('needs a channel'),
  ])
})

test('the policy is the default where the file says nothing, and has a name of its own', () => {
  const usual = configOf({}).policy
  const longer = configOf({}, aFile({ policy: { watchMinutes: 45 } })).policy

  expect(usual.matrix).toEqual(defaultMatrix)
  expect(usual.hash).toMatch(/^[0-9a-f]{64}$/)
  expect(configOf({}, aFile({ policy: { watchMinutes: 30 } })).policy.hash).toBe(usual.hash)
  expect(longer.hash).not.toBe(usual.hash)
  expect(longer.rollback).toEqual({ ...usual.rollback, watchMicros: minutes(45) })
})

test('budgets, limits and the matrix can be overridden one by one', () => {
  const { policy } = configOf(
    {},
    aFile({
      policy: {
        matrix: [
          { fromMinutes: 0, mayAuthorize: 'team-lead', notify: ['executives'] },
          { fromMinutes: 7.5, mayAuthorize: 'vp-engineering', notify: [] },
        ],
        strategyBudgetsSeconds: { immediate: 20 },
        mechanismBudgetsSeconds: { 'deployment-undo': 90 },
        verify: { maxErrorRatePercent: 2 },
      },
    }),
  )

  expect(policy.matrix).toEqual([
    { fromMicros: 0, mayAuthorize: 'team-lead', notify: ['executive'] },
    { fromMicros: minutes(7.5), mayAuthorize: 'vp-engineering', notify: [] },
  ])
  expect(policy.rollback.strategyBudgets).toEqual({
    immediate: seconds(20),
    gradual: seconds(300),
    scheduled: seconds(1800),
  })
  expect(policy.rollback.mechanismBudgets['deployment-undo']).toBe(seconds(90))
  expect(policy.rollback.verify).toMatchObject({ maxErrorRate: 0.02, tolerance: 0.2 })
})

test.each([
  [[], 'nobody could approve anything'],
  [[{ fromMinutes: 5, mayAuthorize: 'team-lead', notify: [] }], 'must begin at minute 0'],
  [
    [
      { fromMinutes: 0, mayAuthorize: 'team-lead', notify: [] },
      { fromMinutes: 15, mayAuthorize: 'on-call-engineer', notify: [] },
    ],
    'needs less authority',
  ],
])('T057 T153 a matrix with a gap or falling authority is refused', (matrix, expected) => {
  expect(problemsOf(aFile({ policy: { matrix } })).join()).toContain(expected)
})

test('a text of the organisation’s own may name only facts that exist', () => {
  const templates = { 'incident-alert': '{service} is {brokn}', 'incident-alrt': 'x' }

  expect(problemsOf(aFile({ templates }))).toEqual([
    expect.stringContaining('templates.incident-alert: Template incident-alert names the unknown'),
    expect.stringContaining('There is no template “incident-alrt”.'),
  ])
  const own = { 'incident-alert': '{service} is down' }
  expect(configOf({}, aFile({ templates: own })).templates).toEqual(own)
})

test('T077 no text whatever makes reading throw or pollutes objects', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json().map(String), mangled), (text) => {
      const loaded = loadConfig({}, { file: { name: 'x.yaml', text } })
      expect(
        loaded.ok || loaded.problems.every((problem) => /^x\.yaml:\d+: .+[.?!]$/s.test(problem)),
      ).toBe(true)
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    }),
    { numRuns: 300 },
  )
})

/** The sound file with a few characters changed. */
const mangled = fc
  .array(
    fc.tuple(fc.nat(900), fc.constantFrom('', ':', '{', '"', '&a ', '*a', '!x ', '\n', '- ', '0')),
    {
      maxLength: 4,
    },
  )
  .map((edits) =>
    edits.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + 1), aFile()),
  )

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { isVersion } from '#domain/promotion/version.ts'
import { hours } from '#domain/time.ts'
import { createServer } from '#http/server.ts'
import { testRoutes } from '#http/tests.ts'
import { testReports, tidyTestReports } from '#postgres/test-reports.ts'
import { loadConfig } from '../../src/config.ts'
import { aRevision, aService, checkout } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { secret } from './senders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const passed = {
  service: 'checkout',
  version: '2.3.0',
  test: 'load-test',
  result: 'passed',
  run: '1',
  summary: '1000 virtual users, 5 min',
}

async function aDoor(secrets: readonly string[] = [secret]) {
  const server = createServer({ log: silent })
  const reports = testReports(database.pools.work, database.pools.intake)
  testRoutes(server, {
    secrets,
    catalogue: new Map([[checkout, aService()]]),
    reports,
    gate: {
      isShut: () => false,
      isFull: async () => false,
      through: (work) => work(),
      close: () => undefined,
    },
    log: silent,
    counted: () => undefined,
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  const post = async (
    body: unknown,
    headers: Record<string, string> = { 'x-countermand-secret': secret },
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${url}/webhooks/tests`, { method: 'POST', headers, body: text })
    return response.status
  }
  return { post, reports }
}

test('what a test says is written down once before it is acknowledged, and its next run counts anew', async () => {
  const { post, reports } = await aDoor()

  const answers = [
    await post(passed),
    await post(passed),
    await post({ ...passed, result: 'failed', run: '2' }),
  ]

  expect(answers).toEqual([202, 200, 202])
  expect(await reports.of(checkout, 5)).toMatchObject([
    { item: 'load-test', passed: false },
    { item: 'load-test', passed: true, version: '2.3.0', value: '1000 virtual users, 5 min' },
  ])
})

test('whoever does not prove themselves reports nothing', async () => {
  const { post, reports } = await aDoor()
  const before = await reports.of(checkout, 50)

  const answers = [
    await post({ ...passed, run: 'forged' }, {}),
    await post({ ...passed, run: 'forged' }, { 'x-countermand-secret': `${secret}x` }),
    await (await aDoor([])).post({ ...passed, run: 'forged' }),
  ]

  expect(answers).toEqual([401, 401, 403])
  expect(await reports.of(checkout, 50)).toEqual(before)
})

test.each([
  ['no JSON', '{', 422],
  ['another test', { ...passed, test: 'smoke' }, 422],
  ['another result', { ...passed, result: 'maybe' }, 422],
  ['no run, so that a later one could not be told from it', { ...passed, run: undefined }, 422],
  ['no version', { ...passed, version: '' }, 422],
  ['a service that is not there', { ...passed, service: 'cart' }, 200],
  ['too much', { ...passed, summary: 'x'.repeat(20_000) }, 413],
])('%s is answered with a sentence and kept nowhere', async (_, body, status) => {
  const { post, reports } = await aDoor()
  const before = await reports.of(checkout, 50)

  expect(await post(body)).toBe(status)
  expect(await reports.of(checkout, 50)).toEqual(before)
})

test('a version is named by its tag, with or without its v, by an image or by a digest', () => {
  const revision = aRevision('v2.3.0')
  const [image] = revision.images

  expect(isVersion(revision, '2.3.0')).toBe(true)
  expect(isVersion(revision, 'v2.3.0')).toBe(true)
  expect(isVersion(revision, image?.reference ?? '')).toBe(true)
  expect(isVersion(revision, image?.digest ?? '')).toBe(true)
  expect(isVersion(revision, '2.3')).toBe(false)
  expect(isVersion(aRevision('v2.3.0', { images: [] }), '')).toBe(false)
})

test('tests that are asked for and can never be heard are a problem of the configuration', () => {
  const file = {
    name: 'countermand.yaml',
    text: `
organisation: Example Shop
roles:
  on-call-engineer:    { members: [U0ONCALL1] }
  team-lead:           { members: [U0LEAD001] }
  engineering-manager: { members: [U0MANAGE1] }
  vp-engineering:      { members: [U0VP00001] }
  executives:          { members: [U0CEO0001] }
clusters: { prod: { context: prod } }
services:
  checkout:
    owner: Payments
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: checkout } }]
    promotion: { tests: [load-test] }
`,
  }

  const loaded = loadConfig({}, { file })

  expect(loaded.ok ? [] : loaded.problems).toEqual([
    'services.checkout.promotion.tests can never pass: set WEBHOOK_TESTS_SECRET, by which tests prove themselves.',
  ])
  expect(loadConfig({ WEBHOOK_TESTS_SECRET: secret }, { file }).ok).toBe(true)
})

test('what a test said is forgotten a quarter of a year later, and not before', async () => {
  const { post, reports } = await aDoor()
  await post({ ...passed, run: 'long ago' })
  const said = async () => (await reports.of(checkout, 50)).length > 0

  await database.moveClock(hours(89 * 24))
  await tidyTestReports(database.pools.work)
  const soon = await said()
  await database.moveClock(hours(2 * 24))
  await tidyTestReports(database.pools.work)

  expect([soon, await said()]).toEqual([true, false])
})

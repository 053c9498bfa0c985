import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Answer, type As } from '../control-plane/client.ts'
import { type CustomResources, customResources } from './custom-resources.ts'

/**
 * What an API server does with custom resources, on which executors for Argo Rollouts and for traffic will rest. The sandbox's
 * cluster has none.
 */
let cr: CustomResources
beforeAll(async () => {
  cr = await customResources(inject('realCluster').kubeconfig)
})
afterAll(() => cr.close())

const merge = 'application/merge-patch+json'
const json = 'application/json-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const ask = (method: string, path: string, body?: unknown, type?: string, as?: As) =>
  cr.client.ask(method, path, body, type, as)
const shown = (answer: Answer) => answer.body as unknown as Shown
const read = async (path: string) => shown(await ask('GET', path))

interface Shown {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string }
  readonly spec: Record<string, unknown>
  readonly status?: Record<string, unknown>
}

let made = 0
const name = () => `checkout-${(made += 1)}`
const aRollout = () =>
  cr.create('rollouts', name(), {
    paused: false,
    template: { spec: { containers: [{ name: 'app', image: 'shop/checkout:2.3.0' }] } },
  })

describe('a Rollout, whose status is a resource of its own', () => {
  test('an abort that is written to the main resource is accepted and silently lost', async () => {
    const path = await aRollout()
    const before = await read(path)

    const answer = await ask('PATCH', path, { status: { abort: true } }, merge)

    expect(answer.status).toBe(200)
    expect(shown(answer).status).toBeUndefined()
    expect(shown(answer).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  test('an abort that is written to /status stands, and the generation stays', async () => {
    const path = await aRollout()

    const answer = await ask('PATCH', `${path}/status`, { status: { abort: true } }, merge)

    expect(answer.status).toBe(200)
    expect(await read(path)).toMatchObject({ metadata: { generation: 1 }, status: { abort: true } })
  })

  test('a spec that is written along with the status is silently lost', async () => {
    const path = await aRollout()
    const both = { spec: { paused: true }, status: { promoteFull: true } }

    const answer = await ask('PATCH', `${path}/status`, both, merge)

    expect(answer.status).toBe(200)
    expect(await read(path)).toMatchObject({
      metadata: { generation: 1 },
      spec: { paused: false },
      status: { promoteFull: true },
    })
  })

  test('pausing is written to the main resource, moves the generation, and leaves the status', async () => {
    const path = await aRollout()
    await ask('PATCH', `${path}/status`, { status: { phase: 'Degraded' } }, merge)

    await ask('PATCH', path, { spec: { paused: true } }, merge)

    expect(await read(path)).toMatchObject({
      metadata: { generation: 2 },
      spec: { paused: true },
      status: { phase: 'Degraded' },
    })
  })

  test('a strategic merge patch is refused as no type that is known, on both', async () => {
    const path = await aRollout()

    expect(await ask('PATCH', path, { spec: { paused: true } }, strategic)).toMatchObject({
      status: 415,
      body: { reason: 'UnsupportedMediaType' },
    })
    expect(
      await ask('PATCH', `${path}/status`, { status: { abort: true } }, strategic),
    ).toMatchObject({ status: 415 })
  })

  test('the template is put back under a test of the generation while the status goes on being written; of the resource version it would fail', async () => {
    const path = await aRollout()
    const { metadata } = await read(path)
    await ask('PATCH', `${path}/status`, { status: { phase: 'Progressing' } }, merge)
    const restore = { op: 'replace', path: '/spec/template', value: { spec: { containers: [] } } }
    const under = (field: 'generation' | 'resourceVersion') => [
      { op: 'test', path: `/metadata/${field}`, value: metadata[field] },
      restore,
    ]

    expect(await ask('PATCH', path, under('resourceVersion'), json)).toMatchObject({ status: 422 })
    expect(await ask('PATCH', path, under('generation'), json)).toMatchObject({ status: 200 })
    expect(await ask('PATCH', path, under('generation'), json)).toMatchObject({ status: 422 })
  })

  test('the right to patch it is none to patch its status, and the other way about', async () => {
    const path = await aRollout()
    const rollouts = await account('rollouts')
    const statuses = await account('rollouts/status')
    const patches = (as: As) =>
      Promise.all([
        ask('PATCH', path, { spec: { paused: true } }, merge, as),
        ask('PATCH', `${path}/status`, { status: { abort: true } }, merge, as),
      ])

    await expect
      .poll(async () => (await patches(rollouts)).map(({ status }) => status), { timeout: 10_000 })
      .toEqual([200, 403])
    await expect
      .poll(async () => (await patches(statuses)).map(({ status }) => status), { timeout: 10_000 })
      .toEqual([403, 200])
  })
})

const destination = (subset: string, weight: number) => ({
  destination: { host: 'checkout', subset },
  weight,
})
const mainRoute = {
  name: 'main',
  route: [destination('stable', 90), destination('canary', 10)],
}
const headerRoute = {
  name: 'testers',
  match: [{ headers: { 'x-tester': { exact: 'yes' } } }],
  route: [destination('canary', 100)],
}
const aVirtualService = () => cr.create('virtualservices', name(), { http: [mainRoute] })
/** A colleague puts a route before all others. */
const insert = (path: string) =>
  ask('PATCH', path, [{ op: 'add', path: '/spec/http/0', value: headerRoute }], json)
const weights = ({ spec }: Shown) =>
  (spec['http'] as readonly (typeof mainRoute)[]).map(
    (route) => `${route.name}: ${route.route.map(({ weight }) => weight).join('/')}`,
  )

describe('a VirtualService, whose routes are a list', () => {
  test('a patch by position hits the wrong route once another was put before it, and is told that all is well', async () => {
    const path = await aVirtualService()
    await insert(path)
    const blind = [{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 0 }]

    const answer = await ask('PATCH', path, blind, json)

    expect(answer.status).toBe(200)
    expect(weights(await read(path))).toEqual(['testers: 0', 'main: 90/10'])
  })

  test('a merge patch of the routes takes every other route away', async () => {
    const path = await aVirtualService()
    await insert(path)
    const only = { ...mainRoute, route: [destination('stable', 100)] }

    const answer = await ask('PATCH', path, { spec: { http: [only] } }, merge)

    expect(answer.status).toBe(200)
    expect(weights(await read(path))).toEqual(['main: 100'])
  })

  test('a strategic merge patch, which would keep them, is refused', async () => {
    const path = await aVirtualService()

    expect(await ask('PATCH', path, { spec: { http: [] } }, strategic)).toMatchObject({
      status: 415,
    })
  })

  test('a race is lost by a merge patch or a replacement that names its resource version: 409', async () => {
    const path = await aVirtualService()
    const seen = await read(path)
    await insert(path)
    const { resourceVersion } = seen.metadata
    const http = [{ ...mainRoute, route: [destination('stable', 100), destination('canary', 0)] }]

    expect(
      await ask('PATCH', path, { metadata: { resourceVersion }, spec: { http } }, merge),
    ).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
    expect(await ask('PUT', path, { ...seen, spec: { http } })).toMatchObject({ status: 409 })
    expect(weights(await read(path))).toEqual(['testers: 100', 'main: 90/10'])
  })

  test('a race is lost by a JSON patch that tests generation and destination: 422, like a malformed one, with nothing changed', async () => {
    const path = await aVirtualService()
    const seen = await read(path)
    const guarded = (generation: number, subset = 'stable') => [
      { op: 'test', path: '/metadata/generation', value: generation },
      { op: 'test', path: '/spec/http/0/route/0/destination/subset', value: subset },
      { op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 },
      { op: 'replace', path: '/spec/http/0/route/1/weight', value: 0 },
    ]
    await insert(path)
    const now = await read(path)

    expect(await ask('PATCH', path, guarded(seen.metadata.generation), json)).toMatchObject({
      status: 422,
    })
    expect(await ask('PATCH', path, guarded(now.metadata.generation), json)).toMatchObject({
      status: 422,
      body: { reason: 'Invalid' },
    })
    expect(weights(await read(path))).toEqual(['testers: 100', 'main: 90/10'])
  })

  test('a guarded patch writes both weights in one change', async () => {
    const path = await aVirtualService()
    const { metadata } = await read(path)

    const answer = await ask(
      'PATCH',
      path,
      [
        { op: 'test', path: '/metadata/generation', value: metadata.generation },
        { op: 'test', path: '/spec/http/0/route/0/destination/subset', value: 'stable' },
        { op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 },
        { op: 'replace', path: '/spec/http/0/route/1/weight', value: 0 },
      ],
      json,
    )

    expect(answer.status).toBe(200)
    expect(weights(await read(path))).toEqual(['main: 100/0'])
  })
})

describe('an HTTPRoute', () => {
  test('a weight that was left out reads as what the schema says, and a merge patch takes other rules away', async () => {
    const path = await cr.create('httproutes', name(), {
      rules: [{ backendRefs: [{ name: 'stable' }] }, { backendRefs: [{ name: 'other' }] }],
    })
    expect((await read(path)).spec).toEqual({
      rules: [
        { backendRefs: [{ name: 'stable', weight: 1 }] },
        { backendRefs: [{ name: 'other', weight: 1 }] },
      ],
    })

    await ask('PATCH', path, { spec: { rules: [{ backendRefs: [{ name: 'stable' }] }] } }, merge)
    expect((await read(path)).spec['rules']).toHaveLength(1)
  })
})

/** May patch this one resource of the namespace and nothing else. */
async function account(resource: string): Promise<As> {
  const user = `only-${resource.replace('/', '-')}`
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${cr.namespace}`
  await cr.client.must('POST', `${rbac}/roles`, {
    metadata: { name: user },
    rules: [{ apiGroups: [cr.group], resources: [resource], verbs: ['patch'] }],
  })
  await cr.client.must('POST', `${rbac}/rolebindings`, {
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  })
  return { 'impersonate-user': user, 'impersonate-group': ['system:authenticated'] }
}

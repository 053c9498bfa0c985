import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isReal } from '../../clusters/tested-cluster.ts'
import type { As } from '../../control-plane/client.ts'
import { aWorld, type Kind, kinds, until, type World } from './world.ts'

/** The policy of `deploy/freeze.yaml` by itself: whom it lets through, and what of. */
let w: World
const words = 'Deploys of checkout are frozen until 16:30 UTC: it is being rolled back.'
const merge = 'application/merge-patch+json'
const jane: As = { 'impersonate-user': 'jane', 'impersonate-group': ['system:masters'] }
const insider: As = {
  ...jane,
  'impersonate-group': ['system:masters', 'countermand:break-glass'],
}
const product: As = {
  'impersonate-user': 'system:serviceaccount:countermand:countermand',
  'impersonate-group': ['system:masters'],
}

async function frozen(kind: Kind = 'Deployment') {
  w = await aWorld({ kind })
  await label('on')
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace: w.namespace },
  })
  await put(`${kind.toLowerCase()}.checkout`, `rb_1\n2026-11-21T16:30:00.000000Z\n${words}`)
  await comesTo(403)
}
afterEach(() => w.close())

const namespacePath = () => `/api/v1/namespaces/${w.namespace}`
const mapPath = () => `${namespacePath()}/configmaps/countermand-freeze`
const label = (value: string | null) =>
  w.request('PATCH', namespacePath(), { metadata: { labels: { 'countermand.dev/freeze': value } } })
const put = (key: string, entry: string | null) =>
  w.request('PATCH', mapPath(), { data: { [key]: entry } })
const ask = (method: string, path: string, body?: unknown, as: As = jane, type = merge) =>
  w.cluster.backend.ask(method, path, body, method === 'PATCH' ? type : undefined, as)
const image = (tag: string) => ({
  spec: { template: { spec: { containers: [{ name: 'app', image: `shop/checkout:${tag}` }] } } },
})
const deploy = (as?: As, query = '', tag = '2.3.1') =>
  ask('PATCH', `${w.path}${query}`, image(tag), as, 'application/strategic-merge-patch+json')
/** The API server learns of the ConfigMap and of the label a moment after they are written. */
const comesTo = (status: number) =>
  until(async () => (await deploy(jane, '?dryRun=All')).status === status)

const denied = (message: string) => ({
  status: 403,
  body: {
    reason: 'Forbidden',
    message: `${w.kind.toLowerCase()}s.apps "checkout" is forbidden: ValidatingAdmissionPolicy 'countermand-freeze' with binding 'countermand-freeze' denied request: ${message}`,
  },
})

describe.each(kinds)('a frozen %s', (kind) => {
  beforeEach(() => frozen(kind))

  test('is deployed by nobody but the product and the break-glass group', async () => {
    expect(await deploy()).toMatchObject(denied(words))
    expect(await deploy(product)).toMatchObject({ status: 200 })
    await w.ship('2.4.0').then(
      () => expect.unreachable('an administrator is no exception'),
      (error: unknown) => expect(String(error)).toContain(words),
    )
    expect(await deploy(insider, '', '2.3.2')).toMatchObject({ status: 200 })
  })

  test('is neither deleted, alone or with all others, nor made again under its name', async () => {
    const found = await w.workload()
    const collection = w.path.replace(/\/checkout$/, '')
    const again = { ...found, metadata: { name: 'checkout', namespace: w.namespace } }

    expect(await ask('DELETE', w.path)).toMatchObject(denied(words))
    expect(await ask('DELETE', collection)).toMatchObject({ status: 403 })
    expect(await ask('POST', collection, again)).toMatchObject(denied(words))
    expect(await w.workload()).toMatchObject({ metadata: { uid: found.metadata.uid } })
  })
})

describe('frozen', () => {
  beforeEach(() => frozen())

  test('scaling, restarting, annotating and all other workloads pass', async () => {
    const at = { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T14:30:00Z' }
    const found = await w.workload()
    const other = { ...found, metadata: { name: 'checkout-api', namespace: w.namespace } }
    const collection = w.path.replace(/\/checkout$/, '')

    expect([
      await ask('PATCH', `${w.path}/scale`, { spec: { replicas: 3 } }),
      await ask('PATCH', w.path, { spec: { template: { metadata: { annotations: at } } } }),
      await ask('PATCH', w.path, { metadata: { annotations: { note: 'x' }, labels: { a: 'b' } } }),
      await ask('POST', collection, other),
      await ask(
        'PATCH',
        `${collection}/checkout-api`,
        image('9'),
        jane,
        'application/strategic-merge-patch+json',
      ),
      await ask('DELETE', `${collection}/checkout-api`),
    ]).toMatchObject([
      { status: 200 },
      { status: 200 },
      { status: 200 },
      { status: 201 },
      { status: 200 },
      { status: 200 },
    ])
  })

  test('anything else of the pods is a deploy, too', async () => {
    const env = [{ op: 'add', path: '/spec/template/spec/containers/0/env', value: [] }]

    const marked = (metadata: object) =>
      ask('PATCH', w.path, { spec: { template: { metadata } } }, jane, merge)

    expect(await ask('PATCH', w.path, env, jane, 'application/json-patch+json')).toMatchObject(
      denied(words),
    )
    expect(await marked({ labels: { release: '9' } })).toMatchObject(denied(words))
    expect(await marked({ annotations: { checksum: '9' } })).toMatchObject(denied(words))
  })

  test('a template as large as they come is compared to the end', async () => {
    const env = Array.from({ length: 400 }, (_, index) => ({
      name: `VARIABLE_${index}`,
      value: 'x'.repeat(200),
    }))
    const containers = [{ name: 'app', env }]
    const type = 'application/strategic-merge-patch+json'
    const template = { spec: { template: { spec: { containers } } } }
    expect(await ask('PATCH', w.path, template, insider, type)).toMatchObject({ status: 200 })

    const last = [{ name: 'app', env: [{ name: 'VARIABLE_399', value: 'y' }] }]
    const changed = { spec: { template: { spec: { containers: last } } } }
    expect(await ask('PATCH', w.path, changed, jane, type)).toMatchObject(denied(words))
    expect(await ask('PATCH', w.path, template, jane, type)).toMatchObject({ status: 200 })
  })

  test('the check is refused to everybody, and only as a dry run', async () => {
    const check = { metadata: { annotations: { 'countermand.dev/freeze-check': '1' } } }

    expect(await ask('PATCH', `${w.path}?dryRun=All`, check, product)).toMatchObject(
      denied('The freeze acts.'),
    )
    expect(await ask('PATCH', w.path, check, product)).toMatchObject({ status: 200 })

    const byJane = { metadata: { annotations: { 'countermand.dev/freeze-check': '3' } } }
    expect(await ask('PATCH', `${w.path}?dryRun=All`, byJane)).toMatchObject(
      denied('The freeze acts on jane, too.'),
    )

    await put('deployment.checkout', null)
    await comesTo(200)
    const again = { metadata: { annotations: { 'countermand.dev/freeze-check': '2' } } }
    expect(await ask('PATCH', `${w.path}?dryRun=All`, again, product)).toMatchObject(
      denied('The freeze would act.'),
    )
  })

  test('an entry without words still says that it is frozen', async () => {
    await put('deployment.checkout', 'rb_1')
    const plain = denied('Deploys of this workload are frozen by Countermand.')
    await until(async () => {
      const { body } = await deploy()
      return body['message'] === plain.body.message
    })

    expect(await deploy()).toMatchObject(plain)
  })
})

describe('open', () => {
  beforeEach(() => frozen())

  test.each([
    ['the entry', () => put('deployment.checkout', null)],
    ['any entry', () => w.request('PATCH', mapPath(), { data: null })],
    ['the ConfigMap', () => w.request('DELETE', mapPath())],
    ['the label', () => label(null)],
  ])('without %s', async (_, take) => {
    await take()
    await comesTo(200)

    expect(await deploy()).toMatchObject({ status: 200 })
  })
})

test('a frozen workload goes with its namespace; the sandbox deletes a namespace alone', async () => {
  await frozen()
  await w.request('DELETE', namespacePath())
  const left = isReal ? 404 : 200
  await until(async () => (await ask('GET', w.path)).status === left)

  expect(await ask('GET', w.path)).toMatchObject({ status: left })
})

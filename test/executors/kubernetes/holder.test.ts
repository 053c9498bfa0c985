import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NotAllowed } from '#ports/executor.ts'
import {
  aHoldWorld,
  denied,
  first,
  type HoldWorld,
  image,
  insider,
  passes,
  second,
  words,
} from './hold-world.ts'
import { kinds, signal, until } from './world.ts'

/** Holding a version back by the policy of `deploy/freeze.yaml`: what it is told by, whom it stops, and how it ends. */
let h: HoldWorld
afterEach(() => h.w.close())

describe.each(kinds)('a held version of a %s', (kind) => {
  beforeEach(async () => {
    h = await aHoldWorld(kind)
  })

  test('is refused to everybody but the product and the break-glass group, by tag and by digest, until it is released', async () => {
    const by = await h.enforce()
    const digest = by.kind === 'image' ? by.images[0]?.[1] : undefined
    expect(by).toEqual({
      kind: 'image',
      images: [['shop/checkout:2.3.0', expect.stringMatching(/^@sha256:/)]],
    })
    expect(await h.deploy(image('shop/checkout:2.2.1'))).toMatchObject(passes)

    expect(await h.deploy(image('shop/checkout:2.3.0'))).toMatchObject(denied)
    expect(await h.deploy(image(`shop/checkout:2.3.0${digest}`))).toMatchObject(denied)
    expect(await h.deploy(image(`mirror/checkout${digest}`))).toMatchObject(denied)
    expect(await h.deploy(image('shop/checkout:2.3.1'))).toMatchObject(passes)
    expect(await h.deploy(image('shop/checkout:2.3.0'), insider)).toMatchObject(passes)
    expect(await h.deploy(image('shop/checkout:2.3.1'))).toMatchObject(passes)

    const undo = await h.w.routeTo('v2.3.0')
    for (const [index, step] of undo.steps.entries())
      await h.executor.apply(step.change, `rb_1.${index}`, signal())
    expect(await h.w.image()).toBe('shop/checkout:2.3.0')
    expect(await h.deploy(image('shop/checkout:2.2.1'))).toMatchObject(passes)

    await h.release()
    expect(await h.deploy(image('shop/checkout:2.3.0'))).toMatchObject(passes)
    expect(await h.holds()).toEqual([])
  })
})

const beside = (own: object) => ({
  ...h.w.target,
  spec: { ...Object(h.w.target.spec), ...own },
})
/** A Deployment of that name, made anew with what the target runs, but for what is said of its pods' spec. */
async function made(name: string, own: object = {}) {
  const { spec } = await h.w.workload()
  const { template } = Object(spec)
  return h.ask('POST', h.w.path.replace(/\/checkout$/, ''), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: h.w.namespace },
    spec: {
      ...Object(spec),
      replicas: 0,
      template: { ...template, spec: { ...template.spec, ...own } },
    },
  })
}

test.for([
  ['the canary', 'checkout-canary', { canary: { deployment: 'checkout-canary' } }],
  [
    'the other colour',
    'checkout-green',
    { blueGreen: { service: 'checkout', deployment: 'checkout-green' } },
  ],
] as const)(
  'a version that is held is refused to %s as well, until it is released',
  async ([, name, own]) => {
    h = await aHoldWorld()
    const target = beside(own)
    const { holder } = h.executor
    const order = { rollback: first, ...(await h.versions()), words }
    await holder?.enforce(target, order, signal())
    await holder?.enforce(target, order, signal())

    expect(await made(name, image('shop/checkout:2.3.0'))).toMatchObject(denied)
    expect(await h.holds()).toHaveLength(2)

    await holder?.release(target, first, signal())
    expect(await h.holds()).toEqual([])
    expect((await made(name, image('shop/checkout:2.3.0'))).status).toBe(201)
  },
)

test('held by its whole template, it is refused to whichever colour it ran in', async () => {
  h = await aHoldWorld()
  const { holder } = h.executor
  const { held } = await h.versions()
  const target = beside({ blueGreen: { service: 'checkout', deployment: 'checkout-green' } })

  const by = await holder?.enforce(
    target,
    { rollback: first, held, instead: held, words },
    signal(),
  )

  expect(by).toEqual({ kind: 'template' })
  expect(await made('checkout-green')).toMatchObject(denied)
  expect((await made('checkout-green', image('shop/checkout:2.4.0'))).status).toBe(201)
})

describe('held', () => {
  beforeEach(async () => {
    h = await aHoldWorld()
  })

  test('what runs it already may be scaled, restarted, labelled and deleted, and nothing else is touched', async () => {
    await h.enforce()
    const found = await h.w.workload()
    const collection = h.w.path.replace(/\/checkout$/, '')
    const template = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } }
    const merge = (path: string, body: unknown) =>
      h.ask('PATCH', path, body, 'application/merge-patch+json')
    const twin = { ...found, metadata: { name: 'checkout-api', namespace: h.w.namespace } }
    const again = { ...found, metadata: { name: 'checkout', namespace: h.w.namespace } }

    expect([
      await merge(`${h.w.path}/scale`, { spec: { replicas: 3 } }),
      await merge(h.w.path, { spec: { template } }),
      await merge(h.w.path, { metadata: { labels: { a: 'b' } } }),
      await h.ask('POST', collection, twin),
      await h.ask('DELETE', h.w.path, undefined),
    ]).toMatchObject([passes, passes, passes, { status: 201 }, passes])
    await until(async () => (await h.w.cluster.get('Deployment', 'checkout')) === undefined)
    expect(await h.ask('POST', collection, again)).toMatchObject(denied)
  })

  test('one workload holds several versions, each until it is released itself', async () => {
    await h.enforce()
    await h.w.ship('2.2.1')
    await h.w.ship('2.3.1')
    await h.enforce(second, await h.versions('v2.3.1'))
    expect(await h.deploy(image('shop/checkout:2.2.1'))).toMatchObject(passes)

    await h.release()

    expect(await h.deploy(image('shop/checkout:2.3.0'))).toMatchObject(passes)
    expect(await h.deploy(image('shop/checkout:2.3.1'))).toMatchObject(denied)
  })

  test('again, it is one hold; released again, it is none', async () => {
    await h.enforce()
    await h.enforce()
    expect(await h.holds()).toHaveLength(1)

    await h.release()
    await h.release()
    expect(await h.holds()).toEqual([])
  })
})

describe('where configuration alone differs', () => {
  const env = (value: string) => ({
    containers: [{ name: 'app', env: [{ name: 'PASSWORD', value }] }],
  })

  test('the template as a whole is refused, a restart and all; any other is not', async () => {
    h = await aHoldWorld('Deployment', { images: ['shop/checkout:2.3.0'] })
    await h.w.observe()
    expect(await h.deploy(env('hunter3'))).toMatchObject(passes)
    const { running, history } = await h.w.observe()
    const [instead] = history
    if (!instead) throw new Error('nothing to go back to')
    const by = await h.enforce(first, { held: running, instead })
    expect(by).toEqual({ kind: 'template' })
    expect(await h.deploy(env('hunter2'))).toMatchObject(passes)

    const restarted = {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'then' } },
      spec: env('hunter3'),
    }
    const asked = await h.ask(
      'PATCH',
      h.w.path,
      { spec: { template: restarted } },
      'application/strategic-merge-patch+json',
    )
    expect(await h.deploy(env('hunter3'))).toMatchObject(denied)
    expect(asked).toMatchObject(denied)
    expect(await h.deploy(env('hunter4'))).toMatchObject(passes)
    expect(await h.deploy(env('hunter3'))).toMatchObject(denied)
  })
})

describe('where labels or notes of the pods alone differ', () => {
  const noted = (metadata: object) =>
    h.ask('PATCH', h.w.path, { spec: { template: { metadata } } }, 'application/merge-patch+json')

  test.each([
    ['labels', { labels: { release: '9' } }, { labels: { release: null } }],
    ['notes', { annotations: { checksum: '9' } }, { annotations: { checksum: null } }],
  ])('%s: that version is refused, the one before is not', async (_, bad, good) => {
    h = await aHoldWorld('Deployment', { images: ['shop/checkout:2.3.0'] })
    await h.w.observe()
    expect(await noted(bad)).toMatchObject(passes)
    await until(async () => (await h.w.observe()).history.length === 1)
    const { running, history } = await h.w.observe()
    const [instead] = history
    if (!instead) throw new Error('nothing to go back to')
    expect(await h.enforce(first, { held: running, instead })).toEqual({ kind: 'template' })

    expect(await noted(good)).toMatchObject(passes)
    expect(await noted(bad)).toMatchObject(denied)
  })
})

describe('it is never called held when it is not', () => {
  beforeEach(async () => {
    h = await aHoldWorld()
  })

  test('without the right to', async () => {
    await h.w.cluster.forbid('create', 'podtemplates')

    await expect(h.enforce()).rejects.toThrow(NotAllowed)
  })

  test('where the policy does not act', async () => {
    await h.label(null)

    await expect(h.enforce()).rejects.toThrow(
      `the policy countermand-hold does not act in ${h.w.namespace}: apply deploy/freeze.yaml and label the namespace countermand.dev/freeze=on`,
    )
    // Nor is it held later, when somebody puts the label there.
    expect(await h.holds()).toEqual([])
  })

  test('nor called released without the right to', async () => {
    await h.enforce()
    await h.w.cluster.forbid('delete', 'podtemplates')

    await expect(h.release()).rejects.toThrow(NotAllowed)
    expect((await h.executor.examine(h.w.target, signal())).map(({ text }) => text)).toContain(
      `cannot have a version that was rolled back refused: may not delete podtemplates in ${h.w.namespace}`,
    )
  })
})

test('the examination says when versions cannot be held, and is silent when they can', async () => {
  h = await aHoldWorld()
  await h.w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace: h.w.namespace },
  })
  const found = async () => {
    const all = await h.executor.examine(h.w.target, signal())
    return all.map(({ text }) => text)
  }
  await until(async () => (await found()).length === 0)
  expect(await found()).toEqual([])

  await h.w.request('DELETE', `/api/v1/namespaces/${h.w.namespace}/podtemplates/countermand-hold`)
  await until(async () => (await found()).length > 0)
  expect(await found()).toEqual([
    `cannot have a version that was rolled back refused: there is no PodTemplate countermand-hold in ${h.w.namespace}, or the policy countermand-hold does not act there`,
  ])
})

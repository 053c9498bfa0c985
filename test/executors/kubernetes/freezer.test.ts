import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { fromDate } from '#domain/time.ts'
import { makeExecutors } from '#executors/index.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { type Executor, NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer } from '#ports/freezer.ts'
import { deployedGrants, type Grant } from '#sandbox/cluster/role.ts'
import { isReal } from '../../clusters/tested-cluster.ts'
import { waits } from '../../clusters/waits.ts'
import { aWorld, signal, until as untilTrue, type World } from './world.ts'

let w: World
let freezer: Freezer
const one = rollbackId('rb_one')
const other = rollbackId('rb_other')
const until = fromDate(new Date('2026-11-21T16:30:00Z'))
const words = 'Deploys of checkout are frozen until 16:30 UTC.'
const map = () => `/api/v1/namespaces/${w.namespace}/configmaps/countermand-freeze`

beforeEach(async () => {
  w = await aWorld()
  freezer = freezerOf(w, new Set(['prod']))
  await label('on')
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'countermand-freeze', namespace: w.namespace },
  })
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'countermand-hold', labels: { 'countermand.dev/hold': 'on' } },
    template: { spec: { containers: [{ name: 'none', image: 'none' }] } },
  })
})
afterEach(() => w.close())

function executorOf({ kubeconfig, record }: World, freezing: ReadonlySet<string>): Executor {
  const api = kubernetesApi(connect({ kubeconfig }), {
    requestTimeoutMs: isReal ? 1_500 : 10_000,
    waits,
  })
  const { revisions } = record
  const kubernetes = { clusters: new Map([['prod', api]]), freezing, revisions }
  const executor = makeExecutors({
    kubernetes: { ...kubernetes, servedLongMicros: 0, scrub: (text) => text },
  }).get('kubernetes')
  if (!executor) throw new Error('no Kubernetes executor')
  return executor
}
function freezerOf(world: World, freezing: ReadonlySet<string>): Freezer {
  const { freezer: made } = executorOf(world, freezing)
  if (!made) throw new Error('Kubernetes freezes nothing')
  return made
}
const label = (value: string | null) =>
  w.request('PATCH', `/api/v1/namespaces/${w.namespace}`, {
    metadata: { labels: { 'countermand.dev/freeze': value } },
  })
const besides = [
  [
    'the Deployment of its canary',
    'checkout-canary',
    { canary: { deployment: 'checkout-canary' } },
  ],
  [
    'its other colour',
    'checkout-green',
    { blueGreen: { service: 'checkout', deployment: 'checkout-green' } },
  ],
] as const
const raise = (rollback = one) => freezer.raise(w.target, { rollback, until, words }, signal())
const lift = (rollback = one) => freezer.lift(w.target, rollback, signal())
const entries = async () => {
  const found = await w.cluster.get('ConfigMap', 'countermand-freeze')
  return found && 'data' in found ? found.data : {}
}
const entry = (rollback = one) => `${rollback}\n2026-11-21T16:30:00.000000Z\n${words}`

describe('raised', () => {
  test('deploys by others are refused with the words of the freeze, and the rollback itself is not', async () => {
    await raise()

    await expect(w.ship('2.3.1')).rejects.toThrow(words)
    const { steps } = await w.routeTo('v2.2.1')
    for (const [index, step] of steps.entries())
      await w.executor.apply(step.change, `rb_1.step-${index}`, signal())
    expect(await w.image()).toBe('shop/checkout:2.2.1')
  })

  test('a second time nothing is written', async () => {
    await raise()
    const written = w.patches().length
    await raise()

    expect(w.patches()).toHaveLength(written)
    expect(await entries()).toEqual({ 'deployment.checkout': entry() })
  })

  test('for two workloads of a namespace at once, nothing is lost', async () => {
    const api = { ...w.target, spec: { ...Object(w.target.spec), name: 'checkout-api' } }
    await w.cluster.create({
      ...(await w.workload()),
      metadata: { name: 'checkout-api', namespace: w.namespace },
    })
    await Promise.all([raise(), freezer.raise(api, { rollback: other, until, words }, signal())])

    expect(await entries()).toEqual({
      'deployment.checkout': entry(),
      'deployment.checkout-api': entry(other),
    })
  })

  test.for(besides)(
    '%s is frozen with it, made anew or changed, and opened with it',
    async ([, name, beside]) => {
      const target = { ...w.target, spec: { ...Object(w.target.spec), ...beside } }
      const made = async () => ({
        ...(await w.workload()),
        metadata: { name, namespace: w.namespace },
      })
      await freezer.raise(target, { rollback: one, until, words }, signal())
      expect(await entries()).toEqual({
        'deployment.checkout': entry(),
        [`deployment.${name}`]: entry(),
        ...('blueGreen' in beside ? { 'service.checkout': entry() } : {}),
      })
      await expect(w.cluster.create(await made())).rejects.toThrow(words)

      await freezer.lift(target, one, signal())
      await w.cluster.create(await made())
      await freezer.raise(target, { rollback: other, until, words, isBeside: true }, signal())
      expect(Object.keys(Object(await entries())).toSorted()).toEqual([
        `deployment.${name}_rb_other`,
        'deployment.checkout_rb_other',
        ...('blueGreen' in beside ? ['service.checkout_rb_other'] : []),
      ])
      await freezer.lift(target, other, signal())
      expect(await entries()).toEqual({})
    },
  )

  test('of two colours nobody else has the Service select the other one, until it is opened', async () => {
    const [, [, , colours]] = besides
    const target = { ...w.target, spec: { ...Object(w.target.spec), ...colours } }
    const path = `/api/v1/namespaces/${w.namespace}/services/checkout`
    const switched = () => w.request('PATCH', path, { spec: { selector: { colour: 'green' } } })
    await freezer.raise(target, { rollback: one, until, words }, signal())

    await expect(switched()).rejects.toThrow(words)
    await expect(w.request('DELETE', path)).rejects.toThrow(words)
    await w.request('PATCH', path, { metadata: { annotations: { note: 'x' } } })
    await freezer.lift(target, one, signal())
    await switched()
  })

  test('along with another service, it stands beside the freeze of its own, and each ends by itself', async () => {
    const wide = 'Deploys of checkout are frozen together with cart.'
    const beside = { rollback: other, until, words: wide, isBeside: true } as const
    await raise()
    await freezer.raise(w.target, beside, signal())
    expect(Object.keys(Object(await entries()))).toEqual([
      'deployment.checkout',
      'deployment.checkout_rb_other',
    ])
    await expect(w.ship('2.3.1')).rejects.toThrow(words)

    // Whoever ends the one hears of the other.
    expect(await lift()).toEqual({ rollback: other, until })
    await expect(w.ship('2.3.1')).rejects.toThrow(wide)

    expect(await lift(other)).toBeUndefined()
    await w.ship('2.3.1')
    expect(await entries()).toEqual({})
  })

  test('pinned while it stands, whoever is refused reads of the pin alone, and one lift opens it', async () => {
    const pin = 'checkout is pinned until Thursday.'
    const later = fromDate(new Date('2026-11-24T16:30:00Z'))
    await raise()
    await freezer.raise(
      w.target,
      { rollback: one, until: later, words: pin, isBeside: true },
      signal(),
    )

    // The API server says the old words for a moment longer.
    await untilTrue(() =>
      w.ship('2.3.1').then(
        () => expect.unreachable('deploys are open at no moment'),
        (error: unknown) => String(error).includes(pin),
      ),
    )
    expect(await entries()).toEqual({
      'deployment.checkout_rb_one': `${one}\n2026-11-24T16:30:00.000000Z\n${pin}`,
    })

    await lift()
    expect(await entries()).toEqual({})
  })

  test('it is taken over by another rollback, whose freeze the first one cannot lift', async () => {
    await raise()
    await raise(other)
    await lift()
    expect(await entries()).toEqual({ 'deployment.checkout': entry(other) })

    await lift(other)
    expect(await entries()).toEqual({})
  })

  test.each([
    { method: 'GET', path: /countermand-freeze/, cut: 'before', times: 2 },
    { method: 'PATCH', path: /countermand-freeze/, cut: 'after', times: 1 },
    { method: 'PATCH', path: /countermand-freeze/, status: 409, times: 2 },
    { method: 'PATCH', path: /countermand-freeze/, status: 503, times: 1 },
    { method: 'PATCH', path: /dryRun/, status: 409, times: 2 },
    { method: 'PATCH', path: /dryRun/, cut: 'after', times: 3 },
  ] as const)('an answer that is lost or late does not matter: %o', async (fault) => {
    w.cluster.faults.add(fault)
    await raise()

    expect(await entries()).toEqual({ 'deployment.checkout': entry() })
    await expect(w.ship('2.3.1')).rejects.toThrow(words)
  })
})

describe('lifted', () => {
  test('deploys are open; again, and where nothing was raised, it changes nothing', async () => {
    await raise()
    await lift()
    await lift()

    await w.ship('2.3.1')
    expect(await w.image()).toBe('shop/checkout:2.3.1')
    expect(await entries()).toEqual({})
  })

  test('what goes on being refused is not called open, and is looked at again', async () => {
    await raise()
    const message = "'countermand-freeze' denied request: The freeze acts."
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 403, message, times: 200 })

    await expect(lift()).rejects.toThrow('goes on refusing deploys')
    await expect(lift()).rejects.toThrow('goes on refusing deploys')
    w.cluster.faults.clear()
    await expect(lift()).resolves.toBeUndefined()
  })

  test('what nobody could look at is not said to be refused', async () => {
    await raise()
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 503, times: 200 })

    await expect(lift()).rejects.toThrow(/503/)
  })

  test('without the right to look, the entry that is gone has to do', async () => {
    await raise()
    await w.cluster.forbid('patch', 'deployments')

    await expect(lift()).resolves.toBeUndefined()
    expect(await entries()).toEqual({})
  })

  test('there is nothing to lift where the ConfigMap is gone', async () => {
    await raise()
    await w.request('DELETE', map())

    await expect(lift()).resolves.toBeUndefined()
  })
})

test('a freeze that nobody could look at is tried again, and not called frozen', async () => {
  w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 503, times: 200 })
  await expect(raise()).rejects.toThrow(/503/)

  w.cluster.faults.clear()
  await raise()
  expect(await entries()).toEqual({ 'deployment.checkout': entry() })
})

describe('it is never called frozen when it is not', () => {
  test('without the ConfigMap', async () => {
    await w.request('DELETE', map())

    await expect(raise()).rejects.toThrow(
      new CannotFreeze(
        `there is no ConfigMap countermand-freeze in ${w.namespace}: apply deploy/freeze.yaml there`,
      ),
    )
  })

  test('where the policy does not act', async () => {
    await label(null)

    await expect(raise()).rejects.toThrow(
      `the policy countermand-freeze does not act in ${w.namespace}: apply deploy/freeze.yaml and label the namespace countermand.dev/freeze=on`,
    )
    // Nor is it frozen later, when somebody puts the label there.
    expect(await entries()).toEqual({})
  })

  test('where it stops the rollback itself, and that is seen only afterwards', async () => {
    const message = "'countermand-freeze' denied request: The freeze acts on the-bot, too."
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 409, times: 1 })
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 403, message, times: 200 })

    await expect(raise()).rejects.toThrow(
      'the policy countermand-freeze would stop Countermand itself: name the-bot in its variable mayPass',
    )
    expect(await entries()).toEqual({})
  })

  test.each([
    ['get', 'configmaps'],
    ['patch', 'configmaps'],
    ['patch', 'deployments'],
  ])('without the right to %s %s', async (verb, resource) => {
    await w.cluster.forbid(verb, resource)

    await expect(raise()).rejects.toThrow(NotAllowed)
  })

  test('where it would stop the rollback itself, and then nothing is written', async () => {
    const message = "'countermand-freeze' denied request: The freeze would act on the-bot, too."
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 403, message, times: 2 })

    await expect(raise()).rejects.toThrow(
      new CannotFreeze(
        'the policy countermand-freeze would stop Countermand itself: name the-bot in its variable mayPass',
      ),
    )
    expect(await entries()).toEqual({})
    expect(
      (await executorOf(w, new Set(['prod'])).examine(w.target, signal())).map(({ text }) => text),
    ).toEqual([
      'cannot have its deploys frozen: the policy countermand-freeze would stop Countermand itself: name the-bot in its variable mayPass',
    ])
  })

  test('where the workload is gone', async () => {
    await w.request('DELETE', w.path)

    await expect(raise()).rejects.toThrow(CannotFreeze)
  })
})

describe('with the rights of deploy/freeze.yaml', () => {
  // That Role must be enough by itself: the other one may be given without its right to read ConfigMaps.
  const others = deployedGrants('rbac').filter(({ resource }) => resource !== 'configmaps')
  const own = deployedGrants('freeze')
  const rightOf = ({ verb, resource }: Grant) => `${verb} ${resource}`

  test('a freeze is raised, seen and lifted', async () => {
    await w.cluster.grant([...others, ...own])

    await raise()
    await lift()
    expect(await entries()).toEqual({})
  })

  test.for(
    own
      .filter(({ resource }) => resource === 'configmaps')
      .map((grant) => [rightOf(grant), grant] as const),
  )(
    'but not to %s none is raised, one that stands is not called lifted, and the examination says so',
    async ([right, dropped]) => {
      await raise()
      await w.cluster.grant([...others, ...own.filter((grant) => grant !== dropped)])

      await expect(raise(other)).rejects.toThrow(NotAllowed)
      await expect(raise(other)).rejects.toMatchObject({
        verb: dropped.verb,
        resource: dropped.resource,
      })
      await expect(lift()).rejects.toThrow(NotAllowed)
      expect(await entries()).toEqual({ 'deployment.checkout': entry() })
      const found = await executorOf(w, new Set(['prod'])).examine(w.target, signal())
      expect(found.filter(({ remedy }) => remedy.includes('Role countermand-freeze'))).toEqual([
        expect.objectContaining({ text: expect.stringContaining(`may not ${right}`) }),
      ])
    },
  )
})

describe('examined', () => {
  const found = async () =>
    (await executorOf(w, new Set(['prod'])).examine(w.target, signal())).map(({ text }) => text)

  test('nothing is in the way of a freeze', async () => {
    expect(await found()).toEqual([])
    await raise()
    expect(await found()).toEqual([])
  })

  test('what is missing is found before it is needed', async () => {
    await label(null)
    const cannot = `cannot have its deploys frozen: the policy countermand-freeze does not act in ${w.namespace}, or its label countermand.dev/freeze=on is missing`
    await untilTrue(async () => (await found()).length > 0)
    expect(await found()).toEqual([cannot])

    await w.request('DELETE', map())
    expect(await found()).toEqual([
      `cannot have its deploys frozen: there is no ConfigMap countermand-freeze in ${w.namespace}`,
    ])
  })

  test('a right to the workload itself that is missing is named as well', async () => {
    await w.cluster.forbid('patch', 'deployments')

    const found = await executorOf(w, new Set(['prod'])).examine(w.target, signal())

    expect(found.map(({ text }) => text)).toEqual([
      expect.stringContaining('may not patch deployments'),
    ])
  })

  test('what could not be looked at is not called well', async () => {
    w.cluster.faults.add({ method: 'PATCH', path: /dryRun/, status: 503, times: 200 })

    const found = await executorOf(w, new Set(['prod'])).examine(w.target, signal())

    expect(found.map(({ text }) => text)).toEqual([
      'cannot have its deploys frozen: whether the policy countermand-freeze acts could not be checked: the API server did not answer',
    ])
  })

  test('nothing is said where no freeze is configured', async () => {
    await w.request('DELETE', map())

    expect(await w.executor.examine(w.target, signal())).toEqual([])
  })
})

test('only clusters that are configured for it are frozen', () => {
  expect(freezer.covers(w.target)).toBe(true)
  expect(freezerOf(w, new Set(['staging'])).covers(w.target)).toBe(false)
})

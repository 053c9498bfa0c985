import { expect, test } from 'vitest'
import { isUndoSettling, type Step } from '#domain/rollback/plan.ts'
import type { Away, Leg } from '#ports/promoter.ts'
import {
  byGateway,
  destination,
  freshTrafficWorlds,
  primary,
  testers,
  type TrafficWorld,
} from './traffic-world.ts'
import { followed, signal, until } from './world.ts'

const world = freshTrafficWorlds()

const halves = (http: readonly object[] = []) => ({
  http: [
    ...http,
    { name: 'primary', route: [destination('stable', 50), destination('canary', 50)] },
  ],
})
const names = ({ steps }: Pick<Leg, 'steps'>) => steps.map(({ name }) => name)
const closed = (ways: readonly Away[]) =>
  ways.map(({ mechanism, blockers: [blocker] }) =>
    blocker?.kind === 'unsupported' ? `${mechanism}: ${blocker.why}` : mechanism,
  )

/** Each step to its end, which is a good one. */
async function carryOut(
  w: TrafficWorld,
  steps: readonly Step[],
  what: 'change' | 'undo' = 'change',
) {
  const ends: string[] = []
  for (const [index, step] of steps.entries()) {
    const own = { ...step, change: step[what] }
    await w.executor.apply(own.change, `rb_1.${index}.${what}`, signal())
    if (what === 'undo' ? !isUndoSettling(step) : step.settles === undefined) continue
    const last = (await followed(w.executor, own)).at(-1)
    ends.push(`${step.name}: ${last?.kind} ${last?.ready}/${last?.wanted}`)
  }
  return ends
}

async function reroute(
  w: TrafficWorld,
  pace: 'gradual' | 'immediate' = 'immediate',
): Promise<Away> {
  const [first] = await w.ways(pace)
  if (first?.mechanism !== 'mesh-reroute') throw new Error('the traffic cannot be shifted')
  return first
}

test.for([
  ['a VirtualService', {}, ['primary: 100/0']],
  ['an HTTPRoute', { traffic: byGateway }, ['-: 100/0']],
] as const)(
  'by %s the requests go first, and then the pods that get none',
  async ([, setup, weights]) => {
    const w = await world(setup)
    expect(await w.seen()).toMatchObject({
      share: 10,
      of: 'traffic',
      stable: { name: 'v2.2.1' },
      canary: { name: 'v2.3.0' },
      blockers: [],
    })
    const way = await reroute(w)
    expect(names(way)).toEqual(['canary at 0 % of the requests', 'canary scaled to 0'])
    expect(way.expectedMicros).toBeLessThan(10_000_000)

    const seen = await w.seen()
    expect(await carryOut(w, way.steps)).toEqual(['canary at 0 % of the requests: settled 100/100'])

    expect(await w.weights()).toEqual(weights)
    expect(await w.asked('checkout-canary')).toBe('0 of 2.3.0')
    expect(await w.asked('checkout')).toBe('2 of 2.2.1')
    const { stable, canary } = seen
    if (!canary) throw new Error('there was no canary')
    const verify = () => w.promoter.verify(w.target, { share: 0, canary, stable }, signal())
    await until(async () => (await verify()).every(({ result }) => result === 'passed'))
  },
)

test('a gradual way goes by quarters, and its emergency exit is one move from wherever it stands', async () => {
  const w = await world({ ...halves(), replicas: { stable: 2, canary: 1 } })
  const way = await reroute(w, 'gradual')
  const moves = way.steps.filter(({ name }) => name.includes('requests'))
  expect(moves.map(({ name }) => name)).toEqual([
    'canary at 38 % of the requests',
    'canary at 25 % of the requests',
    'canary at 13 % of the requests',
    'canary at 0 % of the requests',
  ])
  expect(way.how).toContain('canary from 50 % to 0 in 4 steps, pods checked for 0 s at each')

  await carryOut(w, moves.slice(0, 2))
  expect(await w.weights()).toEqual(['primary: 75/25'])
  await carryOut(w, way.collapse)

  expect(await w.weights()).toEqual(['primary: 100/0'])
  expect(await w.asked('checkout-canary')).toBe('0 of 2.3.0')
})

test('a step does not go on over pods that are not ready', async () => {
  const w = await world({ ...halves(), replicas: { stable: 2, canary: 1 }, holdSeconds: 2 })
  const way = await reroute(w, 'gradual')
  const [first] = way.steps.filter(({ name }) => name.includes('requests'))
  if (!first) throw new Error('there is no step')
  await w.executor.apply(first.change, 'rb_1.0', signal())
  w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'never-ready' } })
  const pods = (await w.cluster.pods()).filter(
    ({ metadata }) => metadata.labels?.['track'] === 'stable',
  )
  for (const { metadata } of pods)
    await w.cluster.must('DELETE', `/api/v1/namespaces/${w.namespace}/pods/${metadata.name}`)

  const end = (await followed(w.executor, first)).at(-1)

  expect(end).toMatchObject({ kind: 'failed', message: expect.stringContaining('pods are ready') })
})

test('the stable version has what carries all before it gets all, and the plan says so', async () => {
  const w = await world({ ...halves(), replicas: { stable: 1, canary: 2 } })

  const way = await reroute(w)

  expect(names(way)).toEqual([
    'checkout scaled to 2',
    'canary at 0 % of the requests',
    'canary scaled to 0',
  ])
  expect(way.warnings).toContainEqual({
    kind: 'traffic',
    text: 'checkout has 1 pods for 50 % of the requests: it is scaled to 2 before it gets all',
  })
  await carryOut(w, way.steps)
  expect(await w.asked('checkout')).toBe('2 of 2.2.1')
  expect(await w.weights()).toEqual(['primary: 100/0'])
})

test('a second route to the canary is left and told, and the canary keeps its pods for it', async () => {
  const w = await world({ http: [testers, primary] })

  const way = await reroute(w)

  expect(names(way)).toEqual(['canary at 0 % of the requests'])
  expect(way.warnings).toEqual([
    {
      kind: 'traffic',
      text: 'route testers of VirtualService checkout also sends requests to the canary and is left as it is; so its pods stay',
    },
  ])
  expect(closed(await w.ways()).slice(1)).toEqual([
    'canary-scale-down: the route would go on sending 10 % of the requests to a canary without pods',
    'deployment-undo',
  ])
})

test.for([
  [
    'VirtualService',
    {},
    {
      apiVersion: 'networking.istio.io/v1',
      spec: { hosts: ['checkout.internal.test'], http: [testers] },
    },
    'route testers of VirtualService testers',
  ],
  [
    'HTTPRoute',
    { traffic: byGateway },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      spec: {
        parentRefs: [{ name: 'internal' }],
        rules: [{ backendRefs: [{ name: 'checkout-canary', port: 80 }] }],
      },
    },
    'a rule of HTTPRoute testers',
  ],
] as const)(
  'another %s that sends to the canary goes on doing so, and the canary keeps its pods for it',
  async ([kind, setup, object, named]) => {
    const w = await world(setup)
    await w.cluster.create({
      ...object,
      kind,
      metadata: { name: 'testers', namespace: w.namespace },
    })

    const way = await reroute(w)

    expect(names(way)).toEqual(['canary at 0 % of the requests'])
    expect(way.warnings).toContainEqual({
      kind: 'traffic',
      text: `${named} also sends requests to the canary and is left as it is; so its pods stay`,
    })
    await carryOut(w, way.steps)
    expect(closed(await w.ways())).toContain(
      `canary-scale-down: ${named} would go on sending requests to a canary without pods`,
    )
  },
)

test('taken back, every weight is as it was', async () => {
  const w = await world({ ...halves(), replicas: { stable: 2, canary: 1 } })
  const { steps } = await reroute(w, 'gradual')
  await carryOut(w, steps)
  expect(await w.weights()).toEqual(['primary: 100/0'])

  await carryOut(w, steps.toReversed(), 'undo')

  expect(await w.weights()).toEqual(['primary: 50/50'])
  expect(await w.asked('checkout-canary')).toBe('1 of 2.3.0')
})

test.for([
  ['that was made', true],
  ['that came to nothing', false],
] as const)(
  'taken back after an emergency exit %s, every weight and number of pods is as it was',
  async ([, isMade]) => {
    const w = await world({ ...halves(), replicas: { stable: 1, canary: 2 } })
    const { steps, collapse } = await reroute(w, 'gradual')
    const begun = steps.slice(0, 3)
    const made = isMade ? [...begun, ...collapse] : begun
    await carryOut(w, made)
    expect(await w.asked('checkout')).toBe('2 of 2.2.1')
    expect(await w.weights()).toEqual([isMade ? 'primary: 100/0' : 'primary: 75/25'])

    const [exit] = collapse
    if (!exit) throw new Error('there is no exit')
    await carryOut(w, (isMade ? made : [...begun, exit]).toReversed(), 'undo')

    expect(await w.weights()).toEqual(['primary: 50/50'])
    expect(await w.asked('checkout-canary')).toBe('2 of 2.3.0')
    expect(await w.asked('checkout')).toBe('1 of 2.2.1')
  },
)

test('a stable version without a ready pod closes the way by weights, in a sentence', async () => {
  const w = await world({ ...halves(), replicas: { stable: 2, canary: 1 } })
  w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'never-ready' } })
  const pods = (await w.cluster.pods()).filter(
    ({ metadata }) => metadata.labels?.['track'] === 'stable',
  )
  for (const { metadata } of pods)
    await w.cluster.must('DELETE', `/api/v1/namespaces/${w.namespace}/pods/${metadata.name}`)

  const ways = await w.ways()

  expect(closed(ways)).toEqual([
    'mesh-reroute: no pod of checkout is ready',
    'canary-scale-down: the route would go on sending 50 % of the requests to a canary without pods',
    'deployment-undo',
  ])
})

test('a gradual way of a small share has no step that moves nothing', async () => {
  const w = await world({
    http: [{ name: 'primary', route: [destination('stable', 99), destination('canary', 1)] }],
  })

  const way = await reroute(w, 'gradual')

  expect(names(way)).toEqual(['canary at 0 % of the requests', 'canary scaled to 0'])
  expect(way.how).toContain('canary from 1 % to 0 at once')
})

test('where another controller sets the weights the traffic is not ours to shift, and the canary can still be given the stable version', async () => {
  const w = await world({
    metadata: {
      ownerReferences: [
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Rollout',
          name: 'checkout',
          uid: '5a1f1a5e-0000-4000-8000-000000000000',
          controller: true,
        },
      ],
    },
  })
  const ways = await w.ways()
  expect(closed(ways)).toEqual([
    'mesh-reroute: Rollout checkout sets the weights of route primary of VirtualService checkout itself and would write over ours; go by it instead',
    'canary-scale-down: the route would go on sending an unknown share of the requests to a canary without pods',
    'deployment-undo',
  ])
  const seen = await w.seen()
  const undo = ways.at(-1)

  await carryOut(w, undo?.steps ?? [])

  expect(await w.asked('checkout-canary')).toBe('1 of 2.2.1')
  const { stable, canary } = seen
  if (!canary) throw new Error('there was no canary')
  const verify = () => w.promoter.verify(w.target, { share: 0, canary, stable }, signal())
  await until(async () => (await verify()).every(({ result }) => result === 'passed'))
  expect((await verify()).map(({ text }) => text)).toContain(
    'route primary of VirtualService checkout: checkout/stable 90, checkout/canary 10; both run the same version',
  )
})

test('without the right to patch routes the way is closed before anybody approves it', async () => {
  const w = await world()
  await w.cluster.forbid('patch', 'virtualservices')

  const [first] = await w.ways()

  expect(first).toMatchObject({
    mechanism: 'mesh-reroute',
    steps: [],
    blockers: [{ kind: 'not_allowed', verb: 'patch', resource: 'virtualservices' }],
  })
})

test('forward to a share by weights, with the pods that it takes, and then in full', async () => {
  const w = await world({ replicas: { stable: 2, canary: 1 } })
  const half = await w.promoter.forward(w.target, await w.seen(), 60, 'pr_1', signal())
  expect(names(half)).toEqual(['checkout-canary scaled to 2', 'canary at 60 % of the requests'])
  await carryOut(w, half.steps)
  expect(await w.weights()).toEqual(['primary: 40/60'])

  const full = await w.promoter.forward(w.target, await w.seen(), 100, 'pr_1', signal())
  expect(names(full)).toEqual([
    'canary at 100 % of the requests',
    'v2.3.0 given to checkout',
    'canary at 0 % of the requests',
    'canary scaled to 0',
  ])
  await carryOut(w, full.steps)

  expect(await w.weights()).toEqual(['primary: 100/0'])
  expect(await w.asked('checkout')).toBe('2 of 2.3.0')
  expect(await w.asked('checkout-canary')).toBe('0 of 2.3.0')
})

test('what a bad canary leaves behind is found where it is, and its version is one that the stable Deployment knows', async () => {
  const w = await world()
  await w.ways()
  const { canary } = await w.seen()
  if (!canary) throw new Error('there is no canary')

  const evidence = await w.executor.evidence(w.target, canary.id, signal())
  const observed = await w.executor.observe(w.target, signal())

  const statuses = evidence.filter(({ kind }) => kind === 'status')
  expect(statuses.map(({ name }) => name)).toEqual([expect.stringMatching(/^checkout-canary-/)])
  expect(observed.running.name).toBe('v2.2.1')
  expect(observed.history).toContainEqual(
    expect.objectContaining({ id: canary.id, name: 'v2.3.0' }),
  )
})

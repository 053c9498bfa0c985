import { expect, test } from 'vitest'
import type { Plan } from '#domain/rollback/plan.ts'
import { resourceText, trafficNeeds } from '#executors/kubernetes/rights.ts'
import { Superseded } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { pathOf } from '../../clusters/backend.ts'
import { freshColours } from './colours-world.ts'
import { signal, until } from './world.ts'

const world = freshColours()
const namesOf = ({ steps }: Plan) => steps.map(({ name }) => name)

test('what serves is the colour that the Service selects, and the rollback sends the requests back to the other one', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  expect((await w.observe()).running.name).toBe('v2.3.0')

  const plan = await w.plan()
  expect(plan).toMatchObject({
    mechanism: 'service-switch',
    from: { name: 'v2.3.0' },
    to: { name: 'v2.2.1' },
    how: 'Service checkout from checkout-green to checkout-blue · checkout-green keeps its pods until checkout is stable, 5 min at least, then goes to 0',
    leftover: { name: 'checkout-green', keptMicros: 300_000_000 },
  })
  expect(namesOf(plan)).toEqual(['requests sent to checkout-blue'])
  expect(await w.executor.changedSince(plan, signal())).toBeUndefined()
  await w.carryOut([...plan.steps, ...plan.steps])

  expect(await w.selects()).toEqual({ app: 'checkout', colour: 'blue' })
  expect(await w.pods('checkout-green')).toBe(2)
  expect((await w.observe()).running.name).toBe('v2.2.1')
  const checks = await w.executor.verify(w.target, plan.to, signal())
  expect(checks.map(({ id, result }) => [id, result])).toEqual([
    ['units', 'passed'],
    ['serving', 'passed'],
    ['endpoints', 'passed'],
  ])
})

test('a selector that somebody writes back after the rollback is seen, with his name', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const plan = await w.plan()
  await w.carryOut(plan.steps)

  await w.cluster.must(
    'PATCH',
    `${pathOf('Service', w.spec.namespace, 'checkout')}?fieldManager=kubectl-edit`,
    { spec: { selector: { colour: 'green' } } },
    'application/merge-patch+json',
  )

  const checks = await w.executor.verify(w.target, plan.to, signal())
  expect(checks).toEqual([
    {
      id: 'serving',
      result: 'failed',
      text: 'Service checkout selects checkout-green (v2.3.0) instead of checkout-blue; kubectl-edit wrote that',
    },
  ])
})

test('taken back, the colour that was left has the requests again', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const { steps } = await w.plan()
  await w.carryOut(steps)

  await w.carryOut(steps, 'undo')

  expect(await w.selects()).toEqual({ app: 'checkout', colour: 'green' })
})

test('the colour that was left goes to no pods, and has its pods before it has the requests again; it never goes while it serves', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const { steps, leftover } = await w.plan()
  if (!leftover) throw new Error('nothing is left')
  await expect(w.executor.apply(leftover.step.change, 'rb_1.leftover', signal())).rejects.toThrow(
    'Service checkout sends its requests to checkout-green again',
  )
  await w.carryOut(steps)

  await w.carryOut([leftover.step])
  expect(await w.pods('checkout-green')).toBe(0)
  expect(await w.selects()).toMatchObject({ colour: 'blue' })

  await w.carryOut([leftover.step, ...steps], 'undo')
  expect(await w.pods('checkout-green')).toBe(2)
  expect(await w.selects()).toMatchObject({ colour: 'green' })
})

test.for([
  ['never went to no pods', 2],
  ['went, and was started again by somebody', 0],
] as const)(
  'a colour that %s has the requests again with the pods that it has by then',
  async ([, removed]) => {
    const w = await world()
    await w.verified('v2.2.1')
    const { steps, leftover } = await w.plan()
    if (!leftover) throw new Error('nothing is left')
    await w.carryOut(steps)
    if (removed === 0) await w.carryOut([leftover.step])
    expect(await w.pods('checkout-green')).toBe(removed)
    await w.scale('checkout-green', 3)

    await w.carryOut([leftover.step, ...steps], 'undo')

    expect(await w.pods('checkout-green')).toBe(3)
    expect(await w.selects()).toMatchObject({ colour: 'green' })
  },
)

test('the colour that is left stays where somebody wants that, and where Git would start it again', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const says = async () => {
    const { how, leftover } = await w.plan()
    return [how.split(' · ').at(-1), leftover]
  }

  await w.labels('checkout-green', { 'kustomize.toolkit.fluxcd.io/name': 'shop' })
  expect(await says()).toEqual([
    'checkout-green keeps its pods: Flux would bring them back from Git',
    undefined,
  ])
  await w.labels('checkout-green', { 'kustomize.toolkit.fluxcd.io/name': null })
  expect((await says())[1]).toBeDefined()
  Object.assign(w.spec, { blueGreen: { ...w.spec.blueGreen, keepFormer: true } })
  expect(await says()).toEqual(['checkout-green keeps its pods', undefined])
})

test('a colour with too few pods gets what carries all before it gets the requests', async () => {
  const w = await world({ blue: { replicas: 0 } })
  await w.verified('v2.2.1')

  const plan = await w.plan()
  await w.carryOut(plan.steps)

  expect(namesOf(plan)).toEqual(['checkout-blue scaled to 2', 'requests sent to checkout-blue'])
  expect(plan.warnings).toContainEqual({
    kind: 'traffic',
    text: 'checkout-blue has 0 pods: it is scaled to 2 before it gets the requests',
  })
  expect(await w.selects()).toMatchObject({ colour: 'blue' })
})

test('no requests are sent to a colour whose pods are not ready, neither planned nor when it comes to it', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const { steps } = await w.plan()
  w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'never-ready' } })
  for (const { metadata } of await w.cluster.pods())
    if (metadata.labels?.['colour'] === 'blue')
      await w.cluster.must('DELETE', pathOf('Pod', w.spec.namespace, metadata.name))
  await until(async () => ((await w.closed('v2.2.1')) ?? []).length > 0)

  expect(await w.closed('v2.2.1')).toEqual([
    { kind: 'unsupported', why: 'only 0 of 2 pods of checkout-blue are ready' },
  ])
  await expect(w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
    Superseded,
  )
  expect(await w.selects()).toMatchObject({ colour: 'green' })
})

test('a newer version that waits in the other colour is nothing to go back to: the one that serves is undone in its place', async () => {
  const w = await world({ blue: { tag: '2.4.0' } })
  await w.verified('v2.2.0')

  const plan = await w.plan()

  expect(plan).toMatchObject({ mechanism: 'deployment-undo', to: { name: 'v2.2.0' } })
  expect(plan.ways?.others).toMatchObject([
    { mechanism: 'service-switch', isOpen: false, why: 'checkout-blue has another version' },
  ])
  expect(await w.closed('v2.4.0')).toEqual([])
})

test('a version that a colour had for long has not served for that: it may have waited there', async () => {
  const w = await world()

  const found = await w.executor.candidates(w.target, await w.observe())

  expect(found.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', 'unproven'],
    ['v2.2.1', 'unproven'],
    ['v2.2.0', 'unproven'],
  ])
})

test('nothing is switched that somebody else has switched meanwhile', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  const plan = await w.plan()

  await w.change({ spec: { selector: { colour: 'blue' } } })
  expect(await w.executor.changedSince(plan, signal())).toBe(
    'which of its two Deployments serves, or what one of them runs, was changed meanwhile',
  )
  await w.change({ spec: { selector: { colour: 'green', tested: 'yes' } } })
  await expect(w.executor.apply(plan.steps[0]?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
    'selects other pods than when this was planned',
  )
})

test.for([
  [
    'Argo CD brings it',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/Service:NAMESPACE/checkout' } },
    'Argo CD brings Service checkout what Git has, and would switch it back; change it in Git, or let the tool leave it alone',
  ],
  [
    'Flux brings it',
    { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } },
    'Flux brings Service checkout what Git has, and would switch it back; change it in Git, or let the tool leave it alone',
  ],
  [
    'a Rollout writes it',
    { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'checkout' } },
    'the Argo Rollout checkout writes Service checkout itself',
  ],
] as const)('the way is closed where %s', async ([, metadata, why]) => {
  const w = await world()
  await w.verified('v2.2.1')
  const own = JSON.parse(JSON.stringify(metadata).replace('NAMESPACE', w.spec.namespace)) as object
  await w.change({ metadata: own })

  expect(await w.closed('v2.2.1')).toEqual([{ kind: 'unsupported', why }])
})

test('a Service that selects both, or neither, is nothing that a rollback could switch', async () => {
  const w = await world()
  await w.change({ spec: { selector: { colour: null } } })

  expect(await w.planned()).toMatchObject({
    kind: 'blocked',
    blockers: [{ why: 'Service checkout selects both of checkout-blue and checkout-green' }],
  })
  expect(await w.executor.examine(w.target, signal())).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('selects both') },
  ])
})

test('without the right to patch the Service the way is closed, and the examination says so', async () => {
  const w = await world()
  await w.verified('v2.2.1')
  expect(await w.executor.examine(w.target, signal())).toEqual([])
  await w.cluster.forbid('patch', 'services')

  expect(await w.closed('v2.2.1')).toEqual([
    { kind: 'not_allowed', verb: 'patch', resource: 'services' },
  ])
  expect(await w.executor.examine(w.target, signal())).toMatchObject([
    { text: expect.stringContaining('cannot have its Service switched to the other Deployment') },
  ])
  const needed = trafficNeeds(w.spec).map((need) => `${need.verb} ${resourceText(need)}`)
  const given = deployedGrants('traffic').map(({ verb, resource }) => `${verb} ${resource}`)
  expect(given).toEqual(expect.arrayContaining(needed))
})

import { afterEach, expect, test } from 'vitest'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import type { Plan, Step } from '#domain/rollback/plan.ts'
import { instant } from '#domain/time.ts'
import { rollbackId } from '#domain/ids.ts'
import { makePlan } from '#workflows/planning/make-plan.ts'
import { aService } from '../../support/builders.ts'
import { aCanaryWorld, type CanaryWorld } from './canary-world.ts'
import {
  byGateway,
  freshTrafficWorlds,
  jsonPatch,
  mergePatch,
  type Setup,
  type TrafficWorld,
} from './traffic-world.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import type { Deployment } from '#sandbox/cluster/objects.ts'
import { pathOf } from '../../clusters/backend.ts'
import { followed, signal, until } from './world.ts'

const world = freshTrafficWorlds()
const open: CanaryWorld[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

type Promoted = Pick<TrafficWorld, 'executor' | 'target' | 'promoter' | 'seen' | 'record'>

async function carryOut(w: Pick<Promoted, 'executor'>, steps: readonly Step[]) {
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `rb_1.${index}`, signal())
    if (step.settles === undefined) continue
    expect((await followed(w.executor, step)).at(-1)).toMatchObject({ kind: 'settled' })
  }
}
const namesOf = ({ steps }: Pick<Plan, 'steps'>) => steps.map(({ name }) => name)

/** A promotion in full as far as to the step of this name, and not further. */
async function stoppedAfter(w: Promoted, last: string): Promise<void> {
  const seen = await w.seen()
  await w.record.revisions.markVerified(w.target.workload, seen.stable)
  const leg = await w.promoter.forward(w.target, seen, 100, 'pr_1', signal())
  const at = namesOf(leg).indexOf(last)
  if (at < 0) throw new Error(`${last} is none of ${namesOf(leg).join(', ')}`)
  await carryOut(w, leg.steps.slice(0, at + 1))
}
const reroutedWorld = async (last: string, setup?: Setup) => {
  const w = await world(setup)
  await stoppedAfter(w, last)
  return w
}

/** The first `/rollback checkout` after that. */
async function planned({ executor, target, record }: Promoted): Promise<Plan> {
  await until(async () => (await executor.observe(target, signal())).blockers.length === 0)
  const made = await makePlan(
    { executors: new Map([['kubernetes', executor]]), revisions: record.revisions },
    {
      service: aService({ targets: [target] }),
      to: undefined,
      rollback: rollbackId('rb_1'),
      strategy: 'immediate',
      now: instant(2_000_000),
      policy: defaultRollbackPolicy,
    },
    signal(),
  )
  if (made.kind !== 'planned') throw new Error(JSON.stringify(made))
  return made.plan
}

test.for([
  ['a VirtualService', {}, ['primary: 0/100'], ['primary: 100/0']],
  ['an HTTPRoute', { traffic: byGateway }, ['-: 0/100'], ['-: 100/0']],
] as const)(
  'a promotion by %s that was stopped when both ran the new version is taken back by the first rollback, requests and all',
  async ([, setup, before, after]) => {
    const w = await reroutedWorld('v2.3.0 given to checkout', setup)
    expect(await w.weights()).toEqual(before)

    const plan = await planned(w)
    await carryOut(w, plan.steps)

    expect(plan).toMatchObject({ from: { name: 'v2.3.0' }, to: { name: 'v2.2.1' } })
    expect(namesOf(plan)).toEqual([
      'template restored',
      'canary at 0 % of the requests',
      'canary scaled to 0',
    ])
    expect(await w.weights()).toEqual(after)
    expect(await w.asked('checkout')).toBe('2 of 2.2.1')
    expect(await w.asked('checkout-canary')).toBe('0 of 2.3.0')
    const verify = () => w.executor.verify(w.target, plan.to, signal())
    await until(async () => (await verify()).every(({ result }) => result === 'passed'))
  },
)

test('taken back itself, the canary has its pods before it has its requests', async () => {
  const w = await reroutedWorld('v2.3.0 given to checkout')
  const plan = await planned(w)
  await carryOut(w, plan.steps)

  for (const [index, step] of [...plan.steps.entries()].toReversed()) {
    const back = { ...step, change: step.undo }
    await w.executor.apply(back.change, `rb_1.${index}.undo`, signal())
    if (step.undoSettles === null) continue
    expect((await followed(w.executor, back)).at(-1)).toMatchObject({ kind: 'settled' })
    if (step.name !== 'canary scaled to 0') continue
    expect((await w.seen()).units).toMatchObject({ count: 2, ready: 2 })
    expect(await w.weights()).toEqual(['primary: 100/0'])
  }

  expect(await w.weights()).toEqual(['primary: 0/100'])
  expect(await w.asked('checkout')).toBe('2 of 2.3.0')
})

test('stopped before the stable version was touched, the requests alone go back to it', async () => {
  const w = await reroutedWorld('canary at 100 % of the requests')

  const plan = await planned(w)
  await carryOut(w, plan.steps)

  expect(namesOf(plan)).toEqual(['canary at 0 % of the requests', 'canary scaled to 0'])
  expect(await w.weights()).toEqual(['primary: 100/0'])
  expect(await w.asked('checkout')).toBe('2 of 2.2.1')
})

test('stopped when the requests were back, the pods of the canary go with the version', async () => {
  const w = await reroutedWorld('canary at 0 % of the requests')

  const plan = await planned(w)
  await carryOut(w, plan.steps)

  expect(namesOf(plan)).toEqual(['template restored', 'canary scaled to 0'])
  expect(await w.asked('checkout')).toBe('2 of 2.2.1')
  expect(await w.asked('checkout-canary')).toBe('0 of 2.3.0')
})

test('where nobody lets us write the route, the canary that has the requests gets the good version as well', async () => {
  const w = await reroutedWorld('v2.3.0 given to checkout')
  await w.cluster.forbid('patch', 'virtualservices')

  const plan = await planned(w)
  await carryOut(w, plan.steps)

  expect(namesOf(plan)).toEqual(['template restored', 'v2.2.1 given to checkout-canary'])
  expect(plan.warnings).toContainEqual({
    kind: 'traffic',
    text: 'the requests stay as they are divided: the weights of route primary of VirtualService checkout are not ours to write',
  })
  expect(await w.weights()).toEqual(['primary: 0/100'])
  expect(await w.asked('checkout')).toBe('2 of 2.2.1')
  expect(await w.asked('checkout-canary')).toBe('2 of 2.2.1')
  const checks = await w.executor.verify(w.target, plan.to, signal())
  expect(checks.map(({ text }) => text)).toContain(
    'route primary of VirtualService checkout: checkout/canary 100, checkout/stable 0; both run the same version',
  )
})

test('a rollback is not verified while a route sends requests to another version than the good one', async () => {
  const w = await reroutedWorld('v2.3.0 given to checkout')
  const plan = await planned(w)
  await carryOut(w, plan.steps.slice(0, 1))

  const checks = await w.executor.verify(w.target, plan.to, signal())

  expect(checks).toContainEqual({
    id: 'serving',
    result: 'failed',
    text: 'route primary of VirtualService checkout: checkout/canary 100, checkout/stable 0; checkout-canary runs v2.3.0',
  })
})

test('a promotion by pods that was stopped when both ran the new version is taken back with the canary’s pods', async () => {
  const w = await aCanaryWorld({ stable: 2, canary: 2 })
  open.push(w)
  await carryOut(w, (await w.forward(67)).steps)
  expect((await w.seen()).share).toBe(67)
  await stoppedAfter(w, 'v2.3.0 given to checkout')

  const plan = await planned(w)
  await carryOut(w, plan.steps)

  expect(namesOf(plan)).toEqual([
    'template restored',
    'checkout scaled to 2',
    'checkout-canary scaled to 0',
  ])
  const verify = () => w.executor.verify(w.target, plan.to, signal())
  await until(async () => (await verify()).every(({ result }) => result === 'passed'))
})

test('Flux, which would give the pods back to a canary that it brings, is paused for that one as well', async () => {
  const w = await aCanaryWorld({ stable: 2, canary: 2 })
  open.push(w)
  await stoppedAfter(w, 'v2.3.0 given to checkout')
  const path = pathOf('Deployment', w.namespace, 'checkout-canary')
  const metadata = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }
  await w.cluster.must('PATCH', path, { metadata }, 'application/merge-patch+json')

  const plan = await planned(w)
  await carryOut(w, plan.steps)

  const name = `Kustomization ${w.namespace}/shop`
  expect(namesOf(plan)).toEqual([
    `sync of ${name} paused`,
    'template restored',
    'checkout-canary scaled to 0',
  ])
  expect(plan.pauses).toEqual([{ tool: 'Flux', name }])
  const left = await w.cluster.get('Deployment', 'checkout-canary')
  expect(left?.metadata.annotations).toMatchObject({
    'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
  })
})

test('an Application that brings the canary as well is paused once; Git has what runs only where it has both, and both are handed over', async () => {
  const w = await world({ addOns: ['argo-cd'] })
  await w.cluster.grant(
    (['rbac', 'traffic', 'gitops'] as const).flatMap((file) => deployedGrants(file)),
  )
  await stoppedAfter(w, 'v2.3.0 given to checkout')
  const application = pathOf('Application', w.namespace, 'shop')
  const both = ['checkout', 'checkout-canary']
  for (const name of both)
    await w.cluster.must(
      'PATCH',
      w.deploymentPath(name),
      { metadata: { annotations: tracked(w.namespace, name) } },
      mergePatch,
    )
  const resources = (...statuses: readonly string[]) =>
    both.map((name, at) => ({
      group: 'apps',
      kind: 'Deployment',
      namespace: w.namespace,
      name,
      status: statuses[at] ?? 'Synced',
    }))
  await w.cluster.create({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.shop.example/deploy.git', path: '.' },
      destination: { namespace: w.namespace, server: 'https://kubernetes.default.svc' },
      syncPolicy: { automated: { selfHeal: true } },
    },
    status: { resources: resources() },
  })
  await w.cluster.forbid('patch', 'virtualservices')
  const plan = await planned(w)
  const [pause] = plan.steps
  if (!pause) throw new Error('the plan has no step')
  await carryOut(w, plan.steps)
  const look = async (...statuses: readonly string[]) => {
    const reconciledAt = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
    const status = { resources: resources(...statuses), reconciledAt }
    await w.cluster.must('PATCH', application, { status }, mergePatch)
    return w.executor.syncer?.look(w.target, pause.change, signal())
  }

  expect(plan.pauses).toEqual([{ tool: 'Argo CD', name: `Application ${w.namespace}/shop` }])
  expect(await look('Synced', 'OutOfSync')).toMatchObject({ kind: 'undoes' })
  expect(await look('OutOfSync', 'Synced')).toMatchObject({ kind: 'undoes' })
  expect(await look('Synced', 'Synced')).toEqual({ kind: 'keeps' })
  for (const name of both)
    await w.cluster.must(
      'PATCH',
      w.deploymentPath(name),
      [{ op: 'add', path: '/metadata/managedFields/-', value: applied }],
      jsonPatch,
    )
  expect(await Promise.all(both.map(owned))).toEqual([true, true])
  await w.executor.apply(pause.undo, 'rb_1.0.resume', signal())
  expect(await Promise.all(both.map(owned))).toEqual([false, false])

  /** Whether a part of its template is ours. */
  async function owned(name: string): Promise<boolean> {
    const { metadata } = (await w.cluster.must(
      'GET',
      w.deploymentPath(name),
    )) as unknown as Deployment
    return (metadata.managedFields ?? []).some(
      ({ manager, fieldsV1 }) =>
        manager === 'countermand' && JSON.stringify(fieldsV1).includes('"f:template"'),
    )
  }
})
const tracked = (namespace: string, name: string) => ({
  'argocd.argoproj.io/tracking-id': `${namespace}_shop:apps/Deployment:${namespace}/${name}`,
})
/** As Argo CD leaves it that applies on the server's side. */
const applied = {
  manager: 'argocd-controller',
  operation: 'Apply',
  apiVersion: 'apps/v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'f:template': { 'f:metadata': { 'f:labels': { 'f:app': {} } } } } },
}

test('a canary of yet another version is left, and the plan says that it goes on', async () => {
  const w = await world()
  const seen = await w.seen()
  await w.record.revisions.markVerified(w.target.workload, seen.stable)
  await w.cluster.setImage('Deployment', 'checkout', 'shop/checkout:2.2.2')
  await until(async () => {
    const { warnings, units } = await w.executor.observe(w.target, signal())
    return units.ready === 2 && !warnings.some(({ kind }) => kind === 'in_flight')
  })
  const observed = await w.executor.observe(w.target, signal())

  const way = await w.executor.route(w.target, observed, seen.stable.id, 'rb_1', signal())

  expect(way.steps.map(({ name }) => name)).toEqual(['template restored'])
  expect(way.warnings).toContainEqual({
    kind: 'traffic',
    text: 'checkout-canary goes on beside it with v2.3.0',
  })
})

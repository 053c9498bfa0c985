import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { connect } from '#executors/kubernetes/connection.ts'
import { reach } from '#executors/kubernetes/reach.ts'
import { needsOf, resourceText } from '#executors/kubernetes/rights.ts'
import { type Executor, NotAllowed } from '#ports/executor.ts'
import { deployedGrants, type Grant } from '#sandbox/cluster/role.ts'
import { answeringProxy } from '../../support/answering-proxy.ts'
import { aWorld, followed, type Kind, kinds, signal, type World } from './world.ts'

const lasting: (() => Promise<unknown>)[] = []
afterAll(async () => {
  await Promise.all(lasting.map((close) => close()))
})
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

const refused = 'the plan is refused'
const warned = 'the plan warns'
const unproven = 'the plan warns and verification stays unknown'
const unsaved = 'the evidence has a gap'

/** What shows first when a right of the Role is missing. A right without a row here is one that nobody would miss. */
const noticed: Readonly<Record<string, string>> = {
  'get deployments': refused,
  'list deployments': refused,
  'watch deployments': warned,
  'patch deployments': refused,
  'get statefulsets': refused,
  'list statefulsets': refused,
  'watch statefulsets': warned,
  'patch statefulsets': refused,
  'get daemonsets': refused,
  'list daemonsets': refused,
  'watch daemonsets': warned,
  'patch daemonsets': refused,
  'list replicasets': refused,
  'list controllerrevisions': refused,
  'list pods': refused,
  'delete pods': warned,
  'get pods/log': unsaved,
  'list events': unsaved,
  'list services': unproven,
  'list endpointslices': unproven,
  'list horizontalpodautoscalers': warned,
  'list rollouts': warned,
  'get configmaps': warned,
  'get namespaces': refused,
}

describe('the Role in deploy/rbac.yaml', () => {
  test('gives exactly what targets need', () => {
    const needed = [...kinds, 'Rollout' as const].flatMap((kind) =>
      needsOf(targetOf(kind)).map(keyOf),
    )

    expect(new Set(deployedGrants('rbac').map(keyOf))).toEqual(new Set(needed))
  })

  test('lets everything be done and seen, and the examination finds nothing', async () => {
    for (const kind of kinds) {
      const w = await calm(kind)
      await grantEverywhere(deployedGrants('rbac'))

      expect(await shown(w, w.executor)).toEqual({ plan: [], verification: [], evidence: [] })
      expect(await w.executor.examine(w.target, signal())).toEqual([])
    }
  })

  test.for(
    deployedGrants('rbac')
      .filter((grant) => !isOfRollouts(grant))
      .map((grant) => [keyOf(grant), noticed[keyOf(grant)], grant] as const),
  )('without the right to %s %s', async ([right, what, dropped]) => {
    const w = await calm(kindFor(dropped))
    const executor = await withArgo(w, dropped)
    await grantEverywhere(deployedGrants('rbac').filter((grant) => keyOf(grant) !== right))

    const { plan, verification, evidence } = await shown(w, executor)
    const found = await executor.examine(w.target, signal())

    const says = [dropped.verb, dropped.resource].join(' ')
    expect({
      plan: plan.map((line) => line.replace(says, '…')),
      verification: verification.map((text) => text.includes(says)),
      evidence: evidence.filter((text) => text.includes(says)).length > 0,
    }).toEqual(symptoms[what ?? ''])
    expect(found).toHaveLength(1)
    expect(found[0]?.text).toContain(`may not ${says} in `)
    expect(found[0]?.remedy).toMatch(/^add it to Role countermand/)
  })
})

/** What only a Rollout needs, `npm run test:rollouts` takes away. */
const isOfRollouts = ({ group, verb }: Grant): boolean => group === 'argoproj.io' && verb !== 'list'

const symptoms: Readonly<Record<string, object>> = {
  [refused]: {
    plan: ['refused: …'],
    verification: expect.anything(),
    evidence: expect.anything(),
  },
  [warned]: { plan: ['warned: …'], verification: [], evidence: false },
  [unproven]: { plan: ['warned: …'], verification: [true], evidence: false },
  [unsaved]: { plan: [], verification: [], evidence: true },
}

test('a Role that names the stable Deployment and not its canary is found, with what is lost', async () => {
  const w = await world('Deployment')
  const target = {
    ...w.target,
    spec: { ...Object(w.target.spec), canary: { deployment: 'checkout-canary' } },
  }
  await w.cluster.grant(
    deployedGrants('rbac').map((grant) =>
      keyOf(grant) === 'patch deployments' ? { ...grant, names: ['checkout'] } : grant,
    ),
  )

  const found = await w.executor.examine(target, signal())

  expect(found.filter(({ kind }) => kind === 'limits')).toEqual([
    {
      kind: 'limits',
      text: `cannot have its canary moved: may not patch deployments in ${w.namespace}`,
      remedy: expect.stringMatching(/^add it to Role countermand/),
    },
  ])
})

test('the account may ask for the version of the cluster and read its clock', async () => {
  const w = await world('Deployment')

  const { version, clock } = await reach(connect({ kubeconfig: w.kubeconfig }), signal())

  expect(version).toMatch(/^v1\.\d+/)
  expect(Math.abs((clock?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
})

test('without the right to watch, a rollback is still followed to its end', async () => {
  const w = await world('Deployment')
  await w.cluster.forbid('watch', 'deployments')
  const [step] = (await w.routeTo('v2.2.1')).steps
  if (!step) throw new Error('the plan has no step')
  await w.executor.apply(step.change, 'rb_1.0', signal())

  const seen = await followed(w.executor, step)

  expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
})

test.for(kinds)('a Role narrowed to the name of a %s is enough', async (kind) => {
  const w = await world(kind)
  const own = `${kind.toLowerCase()}s`
  await w.cluster.grant(
    deployedGrants('rbac').map((grant) =>
      grant.resource === own ? { ...grant, names: ['checkout'] } : grant,
    ),
  )

  const found = await w.executor.examine(w.target, signal())
  const { steps, blockers } = await w.routeTo('v2.2.1')
  const [step] = steps
  if (!step) throw new Error('the plan has no step')
  await w.executor.apply(step.change, 'rb_1.0', signal())
  const seen = await followed(w.executor, step)

  expect([found, blockers]).toEqual([[], []])
  expect(seen.at(-1)?.kind).toBe('settled')
})

test('T101 rights beyond any need are found, each with what to do', async () => {
  const w = await world('Deployment')
  await w.cluster.allow('get', 'secrets')

  const some = await w.executor.examine(w.target, signal())
  await w.cluster.allow('*', '*')
  const all = await w.executor.examine(w.target, signal())

  expect(some.map(({ kind, text }) => [kind, text])).toEqual([
    [
      'excess',
      `the credential of cluster prod may get secrets in ${w.namespace}, which is never needed`,
    ],
  ])
  expect(all.map(({ text }) => text)).toEqual([
    `the credential of cluster prod may do everything in ${w.namespace}, which is never needed`,
  ])
})

test('a target that is not there, or cannot be rolled back as it is, is found before it is needed', async () => {
  const w = await world('StatefulSet')
  const missing = { ...w.target, spec: { ...Object(w.target.spec), name: 'chekout' } }
  await w.request('PATCH', w.path, {
    spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
  })

  const absent = await w.executor.examine(missing, signal())
  const present = await w.executor.examine(w.target, signal())

  expect(absent).toEqual([
    {
      kind: 'blocks',
      text: `there is no statefulset chekout in ${w.namespace} of prod`,
      remedy: 'correct the target in the configuration',
    },
  ])
  expect(present.map(({ kind }) => kind)).toEqual(['blocks'])
  expect(present[0]?.text).toContain('its update strategy is OnDelete')
})

/** One for all tests that only look: nothing in it is changed but the rights. */
function calm(kind: Kind): Promise<World> {
  const made = calmWorlds.get(kind) ?? world(kind, lasting)
  calmWorlds.set(kind, made)
  return made
}
const calmWorlds = new Map<Kind, Promise<World>>()

/** A right to the cluster's own namespace is gone only when nobody gives it any more. */
async function grantEverywhere(grants: readonly Grant[]): Promise<void> {
  await Promise.all([...calmWorlds.values()].map(async (w) => (await w).cluster.grant(grants)))
}

/** A world in which every right is used: it reads a ConfigMap and is selected by a Service. */
async function world(kind: Kind, closed = closing): Promise<World> {
  const w = await aWorld({
    kind,
    container: { envFrom: [{ configMapRef: { name: 'settings' } }] },
  })
  closed.push(w.close)
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: w.namespace },
  })
  return w
}

/** Reads the cluster as one that has Argo Rollouts installed, where it is about them. */
async function withArgo(w: World, { group }: Grant): Promise<Executor> {
  if (group !== 'argoproj.io') return w.executor
  const groups = [{ name: group, versions: [] }]
  const proxy = await answeringProxy(w.cluster.url, { '/apis': { kind: 'APIGroupList', groups } })
  closing.push(() => proxy.close())
  return w.executorAt(proxy.url)
}

/** What a person would see of it: in the plan, after the rollback, in what was saved of the bad pods. */
async function shown(w: World, executor: Executor) {
  const observed = await executor.observe(w.target, signal()).catch(orRefusal)
  if (observed instanceof NotAllowed)
    return { plan: [refusal(observed)], verification: ['none'], evidence: ['none'] }
  const [to] = observed.history
  if (!to) throw new Error('there is nothing to go back to')
  const { running } = observed
  const route = await executor.route(w.target, observed, to.id, 'rb_1', signal()).catch(orRefusal)
  const checks = await executor.verify(w.target, running, signal())
  const saved = await executor.evidence(w.target, running.id, signal())
  return {
    plan:
      route instanceof NotAllowed
        ? [refusal(route)]
        : [
            ...route.blockers.map((one) =>
              one.kind === 'not_allowed' ? refusal(one) : `refused otherwise: ${one.kind}`,
            ),
            ...[...observed.warnings, ...route.warnings].flatMap((one) =>
              one.kind === 'missing_right' ? [`warned: ${one.verb} ${one.resource}`] : [],
            ),
          ],
    verification: checks.filter(({ result }) => result !== 'passed').map(({ text }) => text),
    evidence: saved.map(({ text }) => text).filter((text) => text.startsWith('not captured')),
  }
}

const refusal = ({ verb, resource }: { readonly verb: string; readonly resource: string }) =>
  `refused: ${verb} ${resource}`

function orRefusal(error: unknown): NotAllowed {
  if (error instanceof NotAllowed) return error
  throw error
}

const keyOf = (right: {
  readonly verb: string
  readonly resource: string
  readonly subresource?: string
}): string => `${right.verb} ${resourceText({ group: '', ...right })}`

const targetOf = (kind: Kind | 'Rollout') =>
  ({
    cluster: 'prod',
    namespace: 'production',
    kind: kind.toLowerCase() as 'deployment' | 'statefulset' | 'daemonset' | 'rollout',
    name: 'checkout',
  }) as const

function kindFor({ resource }: Grant): Kind {
  if (resource === 'statefulsets' || resource === 'controllerrevisions') return 'StatefulSet'
  return resource === 'daemonsets' ? 'DaemonSet' : 'Deployment'
}

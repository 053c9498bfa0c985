import { describe, expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { argoCdNeeds, fluxNeeds } from '#executors/kubernetes/rights.ts'
import { KubernetesChange } from '#executors/kubernetes/schema.ts'
import { Superseded } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import { pathOf } from '../../clusters/backend.ts'
import {
  annotate,
  carriedOut,
  freshGitOpsWorlds,
  type GitOpsWorld,
  takenBack,
  trackedBy,
} from './gitops-world.ts'
import { onceServed, signal, until } from './world.ts'

const world = freshGitOpsWorlds()
const heals = { automated: { prune: true, selfHeal: true } }
const managed = (w: GitOpsWorld, status?: string) => ({
  resources: [
    ...['checkout', 'payments'].map((name) => ({
      group: 'apps',
      kind: 'Deployment',
      namespace: w.namespace,
      name,
      ...(status === undefined ? {} : { status }),
    })),
    { kind: 'ConfigMap', namespace: w.namespace, name: 'checkout' },
  ],
})
const argo = async (syncPolicy: object = heals) => {
  const w = await world({ tracked: 'shop' })
  await w.has('Application', 'shop', { spec: spec(syncPolicy), status: managed(w) })
  return w
}
/** What an Application must have. */
const spec = (syncPolicy: object) => ({
  project: 'default',
  source: { repoURL: 'https://git.shop.example/deploy.git', path: '.' },
  destination: { namespace: 'production', server: 'https://kubernetes.default.svc' },
  syncPolicy,
})
const syncPolicyOf = async (w: GitOpsWorld) => (await w.thing('Application')).spec['syncPolicy']
const isPaused = async (w: GitOpsWorld) =>
  !((await syncPolicyOf(w)) as { automated?: object } | undefined)?.automated
/** A minute after anything that is done now. */
const later = () => new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
const compared = (w: GitOpsWorld, status: string, reconciledAt = later()) =>
  w.change('Application', { status: { ...managed(w, status), reconciledAt } })
/** The same pause, of another one. */
function ofOwner(pause: Step, other: { readonly name: string; readonly uid: string }): Step {
  const of = (change: Step['change']) => {
    const parsed = KubernetesChange.parse(change)
    if (parsed.kind !== 'set_sync') throw new Error('it pauses no sync')
    return { ...parsed, owner: { ...parsed.owner, ...other } }
  }
  return { ...pause, change: of(pause.change), undo: of(pause.undo) }
}
const syncOf = async (w: GitOpsWorld, version = 'v2.2.1') =>
  (await w.verify(version)).filter(({ id }) => id === 'sync')

describe('an Application of Argo CD that heals', () => {
  test('alone, a template that is put back is taken back, and verification says by whom', async () => {
    const w = await argo()
    const { steps } = await w.routeTo('v2.2.1')
    const template = steps.filter(({ name }) => name === 'template restored')

    await w.reconciled(
      () => isPaused(w),
      async () => {
        await carriedOut(
          w,
          template.map((step) => ({ ...step, settles: undefined })),
        )
        await until(async () => (await w.image()) === 'shop/checkout:2.3.0')
      },
    )

    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'failed',
        text: expect.stringMatching(
          /^v2\.3\.0 is asked for again, by \S+; Argo CD \(Application .*\/shop\) brings what Git has$/,
        ),
      },
    ])
  })

  test('is paused first, which the plan says with all that it stops, and the rollback stays', async () => {
    const w = await argo()
    const plan = await w.routeTo('v2.2.1')
    const name = `Application ${w.namespace}/shop`

    expect(plan.steps.map((step) => step.name)).toEqual([
      `sync of ${name} paused`,
      'template restored',
    ])
    expect(plan.collapse[0]).toEqual(plan.steps[0])
    expect(plan.pauses).toEqual([{ tool: 'Argo CD', name }])
    expect(plan.warnings).toContainEqual({
      kind: 'sync_paused',
      tool: 'Argo CD',
      name,
      others: ['deployment payments'],
    })
    await w.reconciled(
      () => isPaused(w),
      async () => {
        await carriedOut(w, plan.steps)
        const checks = await onceServed(() => w.verify('v2.2.1'))
        expect(checks.map(({ result }) => result)).not.toContain('failed')
      },
    )
    expect(await syncOf(w)).toEqual([
      { id: 'sync', result: 'passed', text: `Argo CD is paused (${name})` },
    ])
  })

  test('that goes on after the rollback is no success before it has compared, and none where Git has another version', async () => {
    const w = await argo()
    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)
    const name = `Application ${w.namespace}/shop`

    await w.change('Application', { spec: { syncPolicy: heals } })
    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'unknown',
        text: `Argo CD syncs by itself (${name}): Argo CD has not compared it with Git since`,
      },
    ])
    await compared(w, 'Synced', '2020-01-01T00:00:00Z')
    expect(await syncOf(w)).toMatchObject([{ result: 'unknown' }])

    await compared(w, 'OutOfSync')
    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'failed',
        text: `Argo CD syncs by itself (${name}): Git has another version than runs (OutOfSync)`,
      },
    ])
  })

  test('that goes on once Git has what runs keeps the rollback, which is verified then', async () => {
    const w = await argo()
    await carriedOut(w, (await w.routeTo('v2.2.1')).steps)
    await w.change('Application', { spec: { syncPolicy: heals } })

    await compared(w, 'Synced')

    expect(await syncOf(w)).toEqual([
      {
        id: 'sync',
        result: 'passed',
        text: `Argo CD syncs by itself (Application ${w.namespace}/shop), and Git has what runs`,
      },
    ])
    await w.change('Application', { status: { operationState: running('Running') } })
    expect(await syncOf(w)).toMatchObject([
      { result: 'unknown', text: expect.stringContaining('a sync is under way') },
    ])
  })

  test('has its sync again as it was, and is asked to look at once, after the pause was taken back; each can be done twice', async () => {
    const w = await argo({ ...heals, syncOptions: ['CreateNamespace=true'] })
    const before = await syncPolicyOf(w)
    const [pause] = (await w.routeTo('v2.2.1')).steps
    if (!pause) throw new Error('the plan has no step')

    await carriedOut(w, [pause, pause])
    expect(await syncPolicyOf(w)).toEqual({ syncOptions: ['CreateNamespace=true'] })
    await takenBack(w, [pause, pause])

    expect(await syncPolicyOf(w)).toEqual(before)
    // Left to Argo CD, which looks at once for it and takes it off.
    expect((await w.thing('Application')).metadata.annotations).toEqual({
      'argocd.argoproj.io/refresh': 'normal',
    })
  })

  test('that was made again is left as it was made, and does not keep another from going on', async () => {
    const w = await argo()
    await w.has('Application', 'team', { spec: spec(heals), status: managed(w) })
    const { uid } = (await w.thing('Application', 'team')).metadata
    const [pause] = (await w.routeTo('v2.2.1')).steps
    if (!pause) throw new Error('the plan has no step')
    const second = ofOwner(pause, { name: 'team', uid })
    await carriedOut(w, [pause, second])
    await w.cluster.must('DELETE', pathOf('Application', w.namespace, 'team'))
    await w.has('Application', 'team', { spec: spec({ syncOptions: ['ServerSideApply=true'] }) })

    await takenBack(w, [pause, second])

    expect(await syncPolicyOf(w)).toEqual(heals)
    expect((await w.thing('Application', 'team')).spec['syncPolicy']).toEqual({
      syncOptions: ['ServerSideApply=true'],
    })
  })

  test('is left alone where somebody changed how it syncs, or made it again', async () => {
    const w = await argo()
    const [pause] = (await w.routeTo('v2.2.1')).steps
    if (!pause) throw new Error('the plan has no step')
    await w.change('Application', { spec: { syncPolicy: { automated: { selfHeal: false } } } })

    await expect(carriedOut(w, [pause])).rejects.toThrow(Superseded)
    expect(await syncPolicyOf(w)).toMatchObject({ automated: { selfHeal: false } })
  })

  test('of which a sync is under way is waited for', async () => {
    const w = await argo()
    const [pause] = (await w.routeTo('v2.2.1')).steps
    if (!pause) throw new Error('the plan has no step')
    await w.change('Application', { status: { operationState: running('Running') } })
    let isDone = false

    const paused = carriedOut(w, [pause]).then(() => (isDone = true))
    await until(() => isPaused(w))
    expect(await syncOf(w, 'v2.3.0')).toMatchObject([{ result: 'unknown' }])
    expect(isDone).toBe(false)
    await w.change('Application', { status: { operationState: running('Succeeded') } })
    await paused

    expect(isDone).toBe(true)
  })

  test('that an ApplicationSet writes is refused, unless that lets its sync be switched', async () => {
    const w = await argo()
    await w.has('ApplicationSet', 'shops', setSpec([]))
    // An owner by another uid is none: the cluster would collect what it is said to own.
    const { metadata } = await w.thing('ApplicationSet', 'shops')
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'shops' }
    await w.change('Application', {
      metadata: { ownerReferences: [{ ...owner, uid: metadata.uid, controller: true }] },
    })

    const [blocker] = (await w.observe()).blockers

    expect(blocker).toMatchObject({
      kind: 'unsupported',
      why: expect.stringContaining('the ApplicationSet shops writes the Application'),
    })
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${w.namespace}/applicationsets/shops`
    await w.request('PATCH', path, setSpec(['/spec/syncPolicy']))
    expect((await w.observe()).blockers).toEqual([])
    const ignored = await w.routeTo('v2.2.1')
    await w.request('PATCH', path, {
      spec: { ignoreApplicationDifferences: null, syncPolicy: { applicationsSync: 'create-only' } },
    })
    const byPolicy = await w.routeTo('v2.2.1')

    expect(ignored.pauses).toHaveLength(1)
    expect(ignored.warnings.map(({ kind }) => kind)).not.toContain('gitops_owner')
    expect(byPolicy.pauses).toHaveLength(1)
    expect(byPolicy.warnings).toContainEqual({
      kind: 'gitops_owner',
      tool: 'Argo CD',
      name: `Application ${w.namespace}/shop`,
      why: 'the ApplicationSet shops leaves the pause alone by its policy create-only, which does not count where its controller is started with --policy; let it ignore /spec/syncPolicy (ignoreApplicationDifferences)',
    })
  })

  test('that another Application writes is refused', async () => {
    const w = await argo()
    await w.has('Application', 'apps', { spec: spec(heals), status: {} })
    await w.change('Application', {
      metadata: {
        annotations: {
          'argocd.argoproj.io/tracking-id': `apps:argoproj.io/Application:${w.namespace}/shop`,
        },
      },
    })

    expect((await w.observe()).blockers).toMatchObject([
      { why: expect.stringContaining('the Application apps writes this one') },
    ])

    await w.change('Application', { spec: { syncPolicy: null } }, 'apps')
    expect((await w.observe()).blockers).toEqual([])
  })

  test('without the right to pause it the rollback is refused, and the examination says so', async () => {
    const w = await argo()
    await w.cluster.forbid('patch', 'applications')

    const why = `may not patch applications in ${w.namespace} (Role countermand-argocd of deploy/gitops.yaml)`
    expect((await w.observe()).blockers).toMatchObject([{ why: expect.stringContaining(why) }])
    expect(await w.executor.examine(w.target, signal())).toMatchObject([
      { kind: 'blocks', text: expect.stringContaining(why) },
    ])
  })

  test('that cannot be seen is told, needs an acknowledgement, and leaves the outcome unproven', async () => {
    const w = await argo()
    await w.cluster.forbid('get', 'applications')

    const { warnings, blockers } = await w.observe()

    expect(blockers).toEqual([])
    expect(warnings).toMatchObject([
      { kind: 'gitops_owner', tool: 'Argo CD', why: 'not allowed to get applications' },
    ])
    await carriedOut(w, (await w.routeTo('v2.2.1')).steps)
    expect(await syncOf(w)).toMatchObject([{ result: 'unknown', isLasting: true }])
    expect(await w.executor.examine(w.target, signal())).toMatchObject([{ kind: 'limits' }])
  })

  test('says what Git has while it is paused: only then may it go on by itself', async () => {
    const w = await argo()
    const { steps } = await w.routeTo('v2.2.1')
    const [pause] = steps
    if (!pause) throw new Error('the plan has no step')
    const look = () => w.executor.syncer?.look(w.target, pause.change, signal())
    expect(await look()).toMatchObject({ kind: 'goes_on' })
    await carriedOut(w, steps)

    expect(await look()).toMatchObject({ kind: 'unknown' })
    await compared(w, 'Synced', '2020-01-01T00:00:00Z')
    expect(await look()).toMatchObject({ kind: 'unknown' })
    await compared(w, 'OutOfSync')
    expect(await look()).toMatchObject({ kind: 'undoes' })
    await compared(w, 'Synced')
    expect(await look()).toEqual({ kind: 'keeps' })
  })
})

test('a sync that somebody else let go on is told with who did it, since when, and what came of it', async () => {
  const w = await argo()
  const { steps } = await w.routeTo('v2.2.1')
  const [pause] = steps
  if (!pause) throw new Error('the plan has no step')
  await carriedOut(w, steps)
  const look = () => w.executor.syncer?.look(w.target, pause.change, signal())
  await w.change('Application', { spec: { syncPolicy: heals } })
  await compared(w, 'OutOfSync')

  const switchedOn = await look()
  await compared(w, 'Synced')
  const committed = await look()
  // Both are told to the second: what is written in the same one counts as before.
  await until(async () => {
    const isBad = (await w.image()) === 'shop/checkout:2.3.0'
    await w.cluster.setImage('Deployment', 'checkout', `shop/checkout:${isBad ? '2.3.1' : '2.3.0'}`)
    const found = await look()
    return found?.kind === 'goes_on' && found.seen.then === 'brought'
  })

  expect(switchedOn).toMatchObject({
    kind: 'goes_on',
    seen: {
      by: expect.stringMatching(/^(?!countermand$)./),
      since: expect.any(Number),
      then: 'undoes',
      why: 'Git has another version than runs (OutOfSync)',
    },
  })
  expect(committed).toMatchObject({ kind: 'goes_on', seen: { then: 'keeps', why: null } })
})

describe('who brings what Git has', () => {
  test('an Application that syncs only when somebody asks is told, and nothing is paused', async () => {
    const w = await argo({ syncOptions: ['CreateNamespace=true'] })

    expect((await w.observe()).warnings).toEqual([
      { kind: 'synced_by_hand', tool: 'Argo CD', name: `Application ${w.namespace}/shop` },
    ])
    expect((await w.routeTo('v2.2.1')).steps.map(({ name }) => name)).toEqual(['template restored'])
  })

  test('a copy that carries the annotation of another object is nobody’s', async () => {
    const w = await world()
    await annotate(w, trackedBy('elsewhere'))

    expect((await w.observe()).warnings).toEqual([])
  })

  test('the label that every chart writes is Argo CD’s only where an Application lists the workload', async () => {
    const w = await world({ metadata: { labels: { 'app.kubernetes.io/instance': 'shop' } } })
    expect((await w.observe()).warnings).toEqual([])
    await w.has('Application', 'shop', { spec: spec(heals), status: {} })
    expect((await w.observe()).warnings).toEqual([])

    await w.change('Application', { status: managed(w) })

    expect((await w.routeTo('v2.2.1')).pauses).toHaveLength(1)
  })

  test('Argo CD that is nowhere to be seen is told', async () => {
    const w = await world({ tracked: 'elsewhere_shop' })

    expect((await w.observe()).warnings).toMatchObject([
      { kind: 'gitops_owner', tool: 'Argo CD', name: 'Application elsewhere/shop' },
    ])
  })
})

test('the Roles in deploy/gitops.yaml give exactly what pausing needs', () => {
  const keyOf = (right: { verb: string; group: string; resource: string }) =>
    `${right.verb} ${right.resource}.${right.group}`
  const needed = [argoCdNeeds, fluxNeeds].flatMap((needs) => Object.values(needs))

  expect(deployedGrants('gitops').map(keyOf).toSorted()).toEqual(needed.map(keyOf).toSorted())
})

const running = (phase: string) => ({
  phase,
  operation: {},
  startedAt: '2026-01-01T00:00:00Z',
})
const setSpec = (jsonPointers: readonly string[]) => ({
  spec: {
    generators: [],
    template: { metadata: {}, spec: spec(heals) },
    ignoreApplicationDifferences: jsonPointers.length > 0 ? [{ jsonPointers }] : [],
  },
})

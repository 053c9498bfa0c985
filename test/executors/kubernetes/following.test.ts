import { describe, expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import type { Progress } from '#ports/executor.ts'
import { followed, freshWorlds, type Setup, signal, until, type World } from './world.ts'

const world = freshWorlds()

async function begun(w: World, name = 'v2.2.1'): Promise<Step> {
  const [step] = (await w.routeTo(name)).steps
  if (!step) throw new Error('no step')
  await w.executor.apply(step.change, 'rb_1.0', signal())
  return step
}
/** Follows until `isEnough`, with everything seen so far. */
async function followedUntil(
  w: World,
  step: Step,
  isEnough: (progress: Progress) => boolean,
): Promise<Progress | undefined> {
  for await (const progress of w.executor.progress(step.change, signal()))
    if (isEnough(progress)) return progress
  return undefined
}
const neverReady = { start: { kind: 'never-ready' } } as const

describe('progress', () => {
  test('counts the ready pods of the wanted version only', async () => {
    const w = await world({ replicas: 5 })
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)

    const seen: Progress[] = []
    for await (const one of w.executor.progress(step.change, signal())) {
      if (seen.length === 0) w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'ready' } })
      seen.push(one)
    }

    expect(seen[0]).toMatchObject({ kind: 'moving', wanted: 5 })
    expect(seen[0]?.ready).toBe(0)
    expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 5, wanted: 5 })
    expect(seen.filter(({ kind }) => kind !== 'moving')).toHaveLength(1)
  })

  test('T081 survives a cut connection, a forgotten past (410) and a short outage without missing the end', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const following = followed(w.executor, step)
    await until(() => w.cluster.requests.some(({ query }) => query.includes('watch=true')))

    w.cluster.faults.add({ method: 'GET', path: 'watch=true', status: 410 })
    w.cluster.faults.add({ method: 'GET', path: 'fieldSelector', status: 500, times: 6 })
    w.cluster.compact()
    w.cluster.dropConnections()
    await until(() => w.cluster.requests.some(({ status }) => status === 410))
    w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'ready' } })

    expect((await following).at(-1)).toEqual({ kind: 'settled', ready: 2, wanted: 2 })
    const lists = w.cluster.requests.filter(
      ({ query, path }) => path.endsWith('/deployments') && query.includes('limit='),
    )
    expect(lists.length).toBeGreaterThan(1)
  })

  test("T095 says that somebody else's version took over, and which", async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const following = followed(w.executor, step)
    await until(() => w.cluster.requests.some(({ query }) => query.includes('watch=true')))

    await w.ship('2.4.0')

    expect((await following).at(-1)).toMatchObject({
      kind: 'failed',
      message: 'superseded by v2.4.0',
    })
  })

  test('fails when the target was made again under its name, with the very version that is waited for', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const { spec } = await w.workload()
    await w.request('DELETE', w.path)
    w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'ready' } })
    await w.cluster.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'checkout', namespace: w.namespace },
      spec,
    })

    expect((await followed(w.executor, step)).at(-1)).toMatchObject({
      kind: 'failed',
      message: 'checkout was deleted and made again',
    })
  })

  test('fails when the target is deleted', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const following = followed(w.executor, step)
    await until(() => w.cluster.requests.some(({ query }) => query.includes('watch=true')))

    await w.request('DELETE', w.path)

    expect((await following).at(-1)).toMatchObject({
      kind: 'failed',
      message: 'checkout was deleted',
    })
  })

  test('T090 fails honestly when somebody pauses the rollout', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const following = followed(w.executor, step)
    await until(() => w.cluster.requests.some(({ query }) => query.includes('watch=true')))

    await w.request('PATCH', w.path, { spec: { paused: true } })

    expect((await following).at(-1)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('paused'),
    })
  })

  test('does not take the exceeded deadline of the bad rollout for its own', async () => {
    const w = await world({ replicas: 1, spec: { progressDeadlineSeconds: 1 } })
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'image-missing' } })
    await w.ship('2.4.0')
    await until(() => isOverdue(w))
    // What follows has all the time it needs.
    await w.request('PATCH', w.path, { spec: { progressDeadlineSeconds: 600 } })
    await until(() => isOverdue(w))

    const seen = await followed(w.executor, await begun(w))

    expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 1, wanted: 1 })
  })

  test("T089 fails with the pods' own reasons when the deadline really is exceeded", async () => {
    const w = await world({ spec: { progressDeadlineSeconds: 1 } })
    w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'image-missing' } })
    const step = await begun(w)

    const last = (await followed(w.executor, step)).at(-1)

    expect(last).toMatchObject({ kind: 'failed', wanted: 2 })
    expect(last).toMatchObject({
      message: expect.stringMatching(/deadline: checkout-.*ImagePullBackOff/),
    })
    expect(last).toMatchObject({
      message: expect.not.stringMatching(/ImagePullBackOff.*ImagePullBackOff/),
    })
  })

  test('shows why pods do not start while it still waits', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'crash-loop', exitCode: 3 } })
    const step = await begun(w)

    const seen = await followedUntil(
      w,
      step,
      (one) => one.kind === 'moving' && one.note.includes('CrashLoopBackOff'),
    )

    expect(seen).toMatchObject({ kind: 'moving', ready: 0 })
  })

  test('of nothing at all settles as 0 of 0, and verification then says unknown', async () => {
    const w = await world({ replicas: 0 })
    const step = await begun(w)

    const seen = await followed(w.executor, step)
    const checks = await w.verify('v2.2.1')

    expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
    expect(checks.find(({ id }) => id === 'units')).toEqual({
      id: 'units',
      result: 'unknown',
      text: '0 pods are wanted: nothing runs',
    })
    expect(checks.filter(({ result }) => result === 'passed')).toEqual([])
  })

  test('says so while the cluster does not answer, and carries on when it does', async () => {
    const w = await world()
    const step = await begun(w)
    w.cluster.faults.add({ method: 'GET', path: 'fieldSelector', status: 503, times: 8 })

    const seen = await followed(w.executor, step)

    expect(seen[0]).toMatchObject({ kind: 'moving', note: 'prod has not answered yet' })
    expect(seen.at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
  })

  test('ends quietly when its caller leaves', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    const step = await begun(w)
    const seen: Progress[] = []
    const leaving = new AbortController()

    for await (const one of w.executor.progress(step.change, leaving.signal)) {
      seen.push(one)
      leaving.abort()
    }

    expect(seen.length).toBeGreaterThan(0)
    expect(seen.every(({ kind }) => kind === 'moving')).toBe(true)
  })
})

describe('verification', () => {
  async function rolledBack(setup: Setup = {}): Promise<World> {
    const w = await world(setup)
    await followed(w.executor, await begun(w))
    return w
  }
  const checksOf = async (w: World) =>
    Object.fromEntries(
      (await w.verify('v2.2.1')).map(({ id, result, text }) => [id, `${result}: ${text}`]),
    )

  test('asserts pods, serving image and endpoints, with figures', async () => {
    const w = await rolledBack()
    await until(async () => (await checksOf(w))['endpoints']?.startsWith('passed') === true)

    expect(await checksOf(w)).toEqual({
      units: expect.stringMatching(/^passed: 2\/2 pods ready on sha256:[0-9a-f]{4}…$/),
      serving: expect.stringMatching(
        /^passed: shop\/checkout:2\.2\.1 is sha256:[0-9a-f]{4}… in 2 pods$/,
      ),
      endpoints: 'passed: endpoints 2/2 in service checkout',
    })
  })

  test('fails while another version is what is asked for', async () => {
    const w = await rolledBack()
    await w.ship('2.4.0')

    const checks = await checksOf(w)

    expect(checks['units']).toMatch(/^failed: another version/)
  })

  test('fails when one tag stands for two images among the pods', async () => {
    const w = await rolledBack()
    w.cluster.moveTag('shop/checkout:2.2.1')
    const pod = (await w.cluster.pods()).find(({ metadata }) => !metadata.deletionTimestamp)
    await w.request('DELETE', `/api/v1/namespaces/${w.namespace}/pods/${pod?.metadata.name}`)
    await until(async () => (await checksOf(w))['units']?.startsWith('passed: 2/2') === true)

    expect((await checksOf(w))['serving']).toBe(
      'failed: app: 2 different images run as shop/checkout:2.2.1',
    )
  })

  test('does not know, rather than pass, when endpoints cannot be read', async () => {
    const w = await rolledBack()
    await w.cluster.forbid('list', 'endpointslices')

    expect((await checksOf(w))['endpoints']).toMatch(
      /^unknown: .*not allowed to list endpointslices/,
    )
  })

  test('fails before the good pods are ready', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.2.1', neverReady)
    await begun(w)

    const checks = await checksOf(w)

    expect(checks['units']).toMatch(/^failed: 0\/2 pods ready · \d of another version$/)
    expect(checks['serving']).toMatch(/^unknown/)
  })
})

describe('evidence', () => {
  test('holds logs of this and the previous container, events and statuses, without secrets', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.4.0', {
      start: { kind: 'crash-loop', exitCode: 2, everyMs: 50 },
      logs: ['connecting with hunter2'],
      lastWords: ['panic: no such table'],
    })
    await w.ship('2.4.0')
    await until(async () => (await evidenceOf(w)).some(({ text }) => text.includes('panic')))

    const found = await evidenceOf(w)

    const texts = found.map(({ text }) => text).join('\n')
    expect(new Set(found.map(({ kind }) => kind))).toEqual(
      new Set(['logs', 'previous-logs', 'events', 'status']),
    )
    expect(texts).toContain('connecting with ***')
    expect(texts).toContain('panic: no such table')
    expect(texts).toContain('BackOff')
    expect(texts).not.toContain('hunter2')
  })

  test('says what could not be had instead of failing', async () => {
    const w = await world()
    await w.cluster.forbid('get', 'pods/log')
    await w.cluster.forbid('list', 'events')

    const found = await evidenceOf(w)

    expect(found.filter(({ kind }) => kind === 'status').length).toBeGreaterThan(0)
    expect(found.find(({ kind }) => kind === 'events')?.text).toContain(
      'not allowed to list events',
    )
    expect(found.find(({ kind }) => kind === 'logs')?.text).toContain('not captured')
  })

  test('comes back empty-handed, not broken, when the cluster is away', async () => {
    const w = await world()
    const id = await w.revision('v2.3.0')
    await w.cluster.goAway()

    const found = await w.executor.evidence(w.target, id, signal())

    expect(found).toMatchObject([{ kind: 'status', text: expect.stringContaining('not captured') }])
  })

  const evidenceOf = async (w: World) => {
    const { running } = await w.observe()
    return w.executor.evidence(w.target, running.id, signal())
  }
})

test('the command to look with is one that can be pasted', async () => {
  const w = await world()

  expect(w.executor.lookCommand(w.target)).toBe(
    `kubectl --context tested --namespace ${w.namespace} describe deployment/checkout`,
  )
})

/** And stays it: a pod that is counted only now would be progress. */
async function isOverdue(w: World): Promise<boolean> {
  const { metadata, status } = (await w.cluster.get('Deployment', 'checkout')) ?? {}
  const isNoticed = status?.observedGeneration === metadata?.generation
  const isOver = status?.conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded')
  return isNoticed && isOver === true && status?.updatedReplicas === 1
}

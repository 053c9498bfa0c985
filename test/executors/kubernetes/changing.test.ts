import { describe, expect, test } from 'vitest'
import type { Json } from '#domain/json.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import { followed, freshWorlds, onceServed, signal, until, type World } from './world.ts'

const world = freshWorlds()

async function carriedOut(w: World, steps: readonly Step[]): Promise<void> {
  const ends: (string | undefined)[] = []
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `rb_1.${index}`, signal())
    if (step.settles) ends.push((await followed(w.executor, step)).at(-1)?.kind)
  }
  expect(ends).toEqual(steps.flatMap(({ settles }) => (settles ? ['settled'] : [])))
}
const operations = (w: World) =>
  w
    .patches()
    .map(({ body, status }) => [
      status,
      ...(body as { op: string; path: string }[]).map(({ op, path }) => `${op} ${path}`),
    ])

describe('what is sent', () => {
  test('is a compare-and-swap on uid and generation that adds two annotations and keeps the others', async () => {
    const w = await world({ metadata: { annotations: { 'team.example/owner': 'payments' } } })
    const { steps } = await w.routeTo('v2.2.1')

    await carriedOut(w, steps)

    expect(operations(w)).toEqual([
      [
        200,
        'test /metadata/uid',
        'test /metadata/generation',
        'replace /spec/template',
        'add /metadata/annotations/countermand.dev~1operation',
        'add /metadata/annotations/kubernetes.io~1change-cause',
      ],
    ])
    expect(w.patches()[0]?.contentType).toBe('application/json-patch+json')
    expect((await w.workload()).metadata.annotations).toMatchObject({
      'team.example/owner': 'payments',
    })
  })

  test('carries fields of the template that this program has never heard of', async () => {
    // One of those that the API server knows: it drops the others itself.
    const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]
    const w = await world({ container: { resizePolicy } })
    const before = (await w.workload()).spec.template
    await carriedOut(w, (await w.routeTo('v2.2.1')).steps)

    const after = (await w.workload()).spec.template

    expect(await w.image()).toBe('shop/checkout:2.2.1')
    expect(after.spec.containers[0]).toMatchObject({
      resizePolicy,
    })
    expect(JSON.stringify(after)).not.toContain('pod-template-hash')
    expect({ ...after, spec: 0 }).toEqual({ ...before, spec: 0 })
    expect(await w.cluster.list('ReplicaSet')).toHaveLength(2)
  })

  test('T102 is tried on the server first, where an admission rule may refuse it in its own words', async () => {
    const w = await world()
    w.cluster.faults.add({
      method: 'PATCH',
      path: 'dryRun=All',
      status: 403,
      reason: 'Forbidden',
      message: 'admission webhook "freeze.example" denied the request: deploys are frozen',
    })

    const { blockers } = await w.routeTo('v2.2.1')

    expect(blockers).toEqual([
      {
        kind: 'refused_by_platform',
        message: 'admission webhook "freeze.example" denied the request: deploys are frozen',
      },
    ])
    expect(await w.image()).toBe('shop/checkout:2.3.0')
  })

  test('is planned as not allowed when the right to patch is missing', async () => {
    const w = await world()
    await w.cluster.forbid('patch', 'deployments')

    const { blockers } = await w.routeTo('v2.2.1')

    expect(blockers).toEqual([{ kind: 'not_allowed', verb: 'patch', resource: 'deployments' }])
  })

  test('is refused with verb and resource when the right was taken away after planning', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    await w.cluster.forbid('patch', 'deployments')

    const refusal = await w.executor
      .apply(steps[0]?.change ?? null, 'rb_1.0', signal())
      .catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(NotAllowed)
    expect(refusal).toMatchObject({ verb: 'patch', resource: 'deployments' })
  })

  test('is given up at once, not repeated, when an admission rule refuses it', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    w.cluster.faults.add({
      method: 'PATCH',
      times: 9,
      status: 403,
      message: 'admission webhook "freeze.example" denied the request: deploys are frozen',
    })

    await expect(w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
      'not allowed to patch deployments: admission webhook "freeze.example"',
    )
    expect(w.patches()).toHaveLength(1)
  })

  test('is given up when the server finds the patch itself wrong, and nothing moved meanwhile', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    w.cluster.faults.add({ method: 'PATCH', times: 9, status: 422, message: 'spec is invalid' })

    await expect(w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
      'spec is invalid',
    )
    expect(w.patches()).toHaveLength(2)
  })

  test('goes through although an autoscaler moved the generation between reading and writing', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    await w.request('PATCH', w.path, { spec: { replicas: 4 } })
    w.cluster.faults.add({ method: 'PATCH', delayMs: 150 })
    const applied = w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())
    await until(() => w.cluster.requests.filter(({ method }) => method === 'GET').length > 0)
    await w.request('PATCH', w.path, { spec: { replicas: 5 } })

    await applied

    expect(await w.image()).toBe('shop/checkout:2.2.1')
    expect((await w.workload()).spec).toMatchObject({ replicas: 5 })
  })

  test('goes through although a write of the status moved the resource version meanwhile: the generation stays', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    const seen = (await w.workload()).metadata
    const conditions = [{ type: 'Watched', status: 'True', reason: 'Test', message: '' }]
    await w.request('PATCH', `${w.path}/status`, { status: { conditions } })
    const { metadata } = await w.workload()
    expect(metadata.resourceVersion).not.toBe(seen.resourceVersion)
    expect(metadata.generation).toBe(seen.generation)

    await w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

    expect(await w.image()).toBe('shop/checkout:2.2.1')
  })

  test('T098 is never sent to another cluster of the same name', async () => {
    const w = await world()
    const [step] = (await w.routeTo('v2.2.1')).steps
    const elsewhere = { cluster: 'other-uid', uid: 'of-the-object-there' }
    const change = { ...(step?.change as { readonly [key: string]: Json }), ...elsewhere }

    await expect(w.executor.apply(change, 'rb_1.0', signal())).rejects.toThrow('is another cluster')
    expect(w.patches()).toEqual([])
  })

  test('is never sent to an object that was deleted and made again', async () => {
    const w = await world()
    const [step] = (await w.routeTo('v2.2.1')).steps
    const change = { ...(step?.change as { readonly [key: string]: Json }), uid: 'old-uid' }

    await expect(w.executor.apply(change, 'rb_1.0', signal())).rejects.toThrow('made again')
    expect(w.patches()).toEqual([])
  })

  test('brings the record what runs before it is replaced', async () => {
    const w = await world()
    const [step] = (await w.routeTo('v2.2.1')).steps
    w.record.rows.clear()

    await w.executor.apply(step?.change ?? null, 'rb_1.0', signal())

    expect([...w.record.rows.values()].map(({ name }) => name)).toContain('v2.3.0')
  })

  test('is nothing when the template is already the wanted one', async () => {
    const w = await world()

    const { blockers } = await w.routeTo('v2.3.0')

    expect(blockers).toEqual([{ kind: 'already_there', revision: 'v2.3.0' }])
  })

  test('waits as long as the server asks, and no longer than the caller has time', async () => {
    const w = await world()
    const { steps } = await w.routeTo('v2.2.1')
    w.cluster.faults.add({ method: 'PATCH', times: 99, status: 429, retryAfterSeconds: 30 })
    const leaving = new AbortController()

    const applied = w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', leaving.signal)
    const outcome = applied.catch(String)
    await until(() => w.patches().length === 1)
    leaving.abort()

    expect(await outcome).toContain('aborted')
    expect(w.patches()).toHaveLength(1)
  })
})

describe('a StatefulSet with a pod that never gets ready', () => {
  test('is freed by deleting that very pod, as a step of the plan', async () => {
    const w = await world({ kind: 'StatefulSet' })
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'image-missing' } })
    await w.ship('2.4.0')
    await until(async () => (await w.observe()).warnings.some(({ kind }) => kind === 'stuck_pod'))

    const { steps } = await w.routeTo('v2.2.1')
    await carriedOut(w, steps)

    expect(steps.map(({ name, settles }) => [name, settles])).toEqual([
      ['template restored', undefined],
      ['stuck pod checkout-1 deleted', 'pods'],
    ])
    const deletions = w.cluster.requests.filter(({ method }) => method === 'DELETE')
    expect(deletions.map(({ path }) => path)).toEqual([
      `/api/v1/namespaces/${w.namespace}/pods/checkout-1`,
    ])
    expect(deletions[0]?.body).toMatchObject({ preconditions: { uid: expect.any(String) } })
    const checks = await onceServed(() => w.verify('v2.2.1'))
    expect(checks.filter(({ result }) => result !== 'passed')).toEqual([])
  })

  test('that nobody planned for is named while the others wait for it', async () => {
    const w = await world({ kind: 'StatefulSet' })
    const { steps } = await w.routeTo('v2.2.1')
    w.cluster.behave('shop/checkout:2.2.1', { start: { kind: 'ready', afterMs: 60_000 } })
    w.cluster.behave('shop/checkout:2.3.0', { start: { kind: 'image-missing' } })
    await w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())
    const notes: string[] = []
    for await (const one of w.executor.progress(steps[0]?.change ?? null, signal())) {
      if (one.kind === 'moving') notes.push(one.note)
      if (notes.some((note) => note.includes('until it is deleted'))) break
    }

    expect(notes.at(-1)).toMatch(/^checkout-\d of another version holds the others up/)
  })

  test('is not planned when the right to delete pods is missing', async () => {
    const w = await world({ kind: 'StatefulSet' })
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'image-missing' } })
    await w.ship('2.4.0')
    await until(async () => (await w.observe()).warnings.some(({ kind }) => kind === 'stuck_pod'))
    await w.cluster.forbid('delete', 'pods')

    const { blockers } = await w.routeTo('v2.2.1')

    expect(blockers).toEqual([{ kind: 'not_allowed', verb: 'delete', resource: 'pods' }])
  })

  test('has no faster way: its pods keep their names and must go one by one', async () => {
    const { collapse } = await (await world({ kind: 'StatefulSet' })).routeTo('v2.2.1')

    expect(collapse).toEqual([])
  })
})

describe('collapsing a gradual rollback', () => {
  const slow = { start: { kind: 'ready', afterMs: 60_000 } } as const

  test('takes every pod of the bad version away at once, then puts the strategy back', async () => {
    const w = await world()
    const strategy = (await w.workload()).spec
    const { steps, collapse, how, collapseHow } = await w.routeTo('v2.2.1')
    w.cluster.behave('shop/checkout:2.2.1', slow)
    await w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

    const bad = async () =>
      (await w.cluster.pods()).filter(
        ({ spec }) => spec.containers[0]?.image === 'shop/checkout:2.3.0',
      ).length
    expect(await bad()).toBeGreaterThan(0)
    for (const [index, { change }] of collapse.entries())
      await w.executor.apply(change, `rb_1.c${index}`, signal())
    await until(async () => (await bad()) === 0)

    expect(collapse.map(({ name }) => name)).toEqual([
      'template restored',
      'strategy opened to all at once',
      'pods of v2.3.0 removed',
      'strategy put back',
    ])
    expect(collapseHow).toContain('undrained')
    expect(how).not.toContain('at once')
    const after = (await w.workload()).spec
    expect({ ...after, template: 0 }).toEqual({ ...strategy, template: 0 })
  })

  test.for(['Deployment', 'DaemonSet'] as const)(
    'of a %s can be undone to the bad version and the usual strategy',
    async (kind) => {
      const w = await world({ kind })
      const before = (await w.workload()).spec
      const { steps, collapse } = await w.routeTo('v2.2.1')
      await w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

      for (let failing = 1; failing <= collapse.length; failing += 1) {
        const done = collapse.slice(0, failing)
        for (const [index, { change }] of done.entries())
          await w.executor.apply(change, `rb_1.${failing}.c${index}`, signal())
        for (const [index, { undo }] of [...done.entries()].toReversed())
          await w.executor.apply(undo, `rb_1.${failing}.c${index}.undo`, signal())
        expect((await w.workload()).spec).toEqual(before)
        await until(async () => (await w.observe()).blockers.length === 0)
        if (failing < collapse.length) {
          const again = await w.routeTo('v2.2.1')
          await w.executor.apply(again.steps[0]?.change ?? null, `rb_${failing}.0`, signal())
        }
      }
    },
  )
})

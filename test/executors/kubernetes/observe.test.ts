import { describe, expect, test } from 'vitest'
import { rollbackId } from '#domain/ids.ts'
import { followed, freshWorlds, kinds, signal, until } from './world.ts'

const world = freshWorlds()

const threeImages = ['shop/checkout:2.2.1', 'shop/checkout:2.2.2', 'shop/checkout:2.3.0']

describe.for(kinds)('observing a %s', (kind) => {
  test('names what runs and what could, newest first, with the digests running pods show', async () => {
    const w = await world({ kind, images: threeImages })

    const { running, history, units } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(running.by).toBe('kubectl-set')
    expect(running.images[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(history.map(({ name, number }) => [name, number])).toEqual([
      ['v2.2.2', 2],
      ['v2.2.1', 1],
    ])
    expect(units).toEqual({ noun: 'pods', count: 2, ready: 2 })
  })

  test('still knows what it once saw when the platform has forgotten it', async () => {
    const w = await world({
      kind,
      images: ['shop/checkout:2.2.1'],
      spec: { revisionHistoryLimit: 0 },
    })
    await w.observe()
    await w.ship('2.3.0')
    await until(async () => (await w.observe()).units.ready === 2)
    await until(
      async () => !(await w.observe()).warnings.some(({ kind: what }) => what === 'in_flight'),
    )
    // What is left over is cleared away a moment after the rollout.
    await until(async () => (await w.observe()).history.every(({ number }) => number === undefined))

    const observed = await w.observe()

    expect(observed.history.map(({ name, number }) => [name, number])).toEqual([
      ['v2.2.1', undefined],
    ])
    const route = await w.routeTo('v2.2.1')
    expect(route.blockers).toEqual([])
    expect(route.how).toContain('from our own record')
    for (const [index, step] of route.steps.entries()) {
      await w.executor.apply(step.change, `rb.${index}`, signal())
      expect((await followed(w.executor, step)).at(-1)?.kind).toBe('settled')
    }
    expect(await w.image()).toBe('shop/checkout:2.2.1')
  })

  test('what is shipped after a rollback is theirs who shipped it, although it inherits our words; so is what we brought once and they bring back', async () => {
    const w = await world({ kind })
    const { steps } = await w.routeTo('v2.2.1')
    for (const [index, step] of steps.entries()) {
      await w.executor.apply(step.change, `rb_1.${index}`, signal())
      await followed(w.executor, step)
    }
    expect((await w.observe()).running.by).toMatch(/^Countermand/)

    await w.ship('2.3.1')
    await until(async () => (await w.observe()).history.some(({ name }) => name === 'v2.2.1'))

    const { running, history } = await w.observe()
    expect(running).toMatchObject({ name: 'v2.3.1', by: 'kubectl-set' })
    expect(history.find(({ name }) => name === 'v2.2.1')?.by).not.toBe('kubectl-set')

    // The API server notes whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await w.ship('2.2.1')
    await until(async () => (await w.observe()).history.some(({ name }) => name === 'v2.3.1'))
    expect((await w.observe()).running).toMatchObject({ name: 'v2.2.1', by: 'kubectl-set' })
  })

  test('T087 says what nobody keeps any more, and offers the rest', async () => {
    const w = await world({ kind, images: threeImages, spec: { revisionHistoryLimit: 1 } })
    const observed = await w.observe()
    w.record.rows.set(
      'gone' as never,
      {
        ...[...w.record.rows.values()][0],
        revision: 'gone',
        name: 'v1.0.0',
        template: undefined,
      } as never,
    )

    const again = await w.observe()
    const candidates = await w.executor.candidates(w.target, again)
    const route = await w.executor.route(w.target, again, 'gone' as never, 'rb', signal())

    expect(observed.history.map(({ name }) => name)).toContain('v2.2.2')
    expect(candidates.find(({ revision }) => revision.name === 'v1.0.0')?.missing).toContain(
      'no longer keeps it',
    )
    expect(route.blockers).toMatchObject([{ kind: 'target_missing' }])
    expect(w.patches()).toEqual([])
  })
})

test('versions of somebody else with the same labels are not history', async () => {
  const w = await world()
  const labels = { app: 'checkout', 'pod-template-hash': 'other' }
  const somebody = { name: 'somebody', namespace: w.namespace }
  await w.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: somebody })
  const uid = (await w.cluster.get('ConfigMap', 'somebody'))?.metadata.uid
  // One without an owner would be adopted by the Deployment that selects it.
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'somebody', uid, controller: true }
  await w.cluster.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'other', namespace: w.namespace, labels, ownerReferences: [owner] },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'other/thing:9.9.9' }] },
      },
    },
  })

  const { history } = await w.observe()

  expect(history.map(({ name }) => name)).toEqual(['v2.2.1'])
})

describe('candidates', () => {
  test('are verified, served, unproven or bad – and two bad releases in a row are no way back', async () => {
    const w = await world({ images: [...threeImages, 'shop/checkout:2.4.0'] })
    await w.pastHasServed()
    const observed = await w.observe()
    const named = (name: string) =>
      observed.history.find((one) => one.name === name) ?? ({} as never)
    await w.record.revisions.markVerified(w.target.workload, named('v2.2.1'))
    await w.record.revisions.markBad(
      w.target.workload,
      named('v2.3.0'),
      'errors',
      rollbackId('rb_0'),
    )

    const candidates = await w.executor.candidates(w.target, observed)

    const standings = candidates.map(({ revision, standing }) => [revision.name, standing.kind])
    expect(standings).toEqual([
      ['v2.4.0', 'unproven'],
      ['v2.3.0', 'bad'],
      ['v2.2.2', 'served'],
      ['v2.2.1', 'verified'],
    ])
    const served = candidates[2]?.standing
    expect(served).toMatchObject({ forMicros: 2 * 3_600_000_000 })
  })

  test('a bad version that somebody went back from has not "served" by the dates of the platform', async () => {
    const w = await world()
    await w.pastHasServed()
    const { steps } = await w.routeTo('v2.2.1')
    for (const [index, step] of steps.entries()) {
      await w.executor.apply(step.change, `rb.${index}`, signal())
      await followed(w.executor, step)
    }

    const candidates = await w.executor.candidates(w.target, await w.observe())

    expect(candidates.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
      // Written down before going back renumbered it.
      ['v2.2.1', 'served'],
      ['v2.3.0', 'unproven'],
    ])
  })

  test('a restart of the bad version does not make its earlier self a candidate', async () => {
    const w = await world()
    await w.request('PATCH', w.path, {
      spec: {
        template: {
          metadata: {
            annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T07:00:00Z' },
          },
        },
      },
    })
    await until(async () => (await w.observe()).blockers.length === 0)

    const { running, history } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(history.map(({ name }) => name)).toEqual(['v2.2.1'])
  })

  test('time seen running healthy counts as having served', async () => {
    const w = await world({ images: ['shop/checkout:2.2.1'] })
    await w.observe()
    w.record.pass(90 * 60_000_000)
    await w.observe()
    await w.ship('2.3.0')
    await until(async () => (await w.observe()).blockers.length === 0)

    const candidates = await w.executor.candidates(w.target, await w.observe())

    expect(candidates[1]).toMatchObject({
      revision: { name: 'v2.2.1' },
      standing: { kind: 'served', forMicros: 90 * 60_000_000 },
    })
  })
})

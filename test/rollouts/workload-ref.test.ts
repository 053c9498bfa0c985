import { describe, expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import { podsEach } from '../clusters/backend.ts'
import { twice } from './canary-platform.ts'
import {
  carriedOut,
  freshWorlds,
  isHealthy,
  isNoticed,
  signal,
  until,
  type World,
} from './world.ts'

const fresh = freshWorlds()
const jsonPatch = 'application/json-patch+json'

/** A Rollout called lent whose template lives in a Deployment of that name; where it came to be by its images. */
async function aLentRollout(images: readonly string[], replicas = 0) {
  const w = await fresh({ images: ['shop/checkout:0'] })
  const { namespace, placement } = w.cluster
  const labels = { app: 'lent' }
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`
  const rollouts = w.path.replace(/\/checkout$/, '')
  const path = `${rollouts}/lent`
  const [first = '', ...later] = images
  await w.cluster.must('POST', deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'lent', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...placement,
          containers: [
            { name: 'app', image: first, env: [{ name: 'PASSWORD', value: 'hunter2' }] },
          ],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  })
  await w.cluster.must('POST', rollouts, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'lent', namespace },
    spec: {
      replicas: podsEach,
      selector: { matchLabels: labels },
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'lent' },
      strategy: twice,
    },
  })
  const look = async () =>
    (await w.cluster.must('GET', path)) as unknown as Awaited<ReturnType<World['look']>>
  const once = async (is: (seen: Awaited<ReturnType<typeof look>>) => boolean) => {
    let seen = await look()
    await until(
      async () => {
        seen = await look()
        return Boolean(seen.status) && is(seen)
      },
      () => JSON.stringify(seen.status),
    )
    return seen
  }
  const deployed = async () =>
    (await w.cluster.get('Deployment', 'lent'))?.spec.template.spec.containers[0]?.image
  const ship = (image: string) =>
    w.cluster.must(
      'PATCH',
      `${deployments}/lent`,
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
      jsonPatch,
    )
  const waits = () =>
    once(
      (seen) =>
        isNoticed(seen) &&
        seen.status.phase === 'Paused' &&
        seen.status.currentPodHash !== seen.status.stableRS,
    )
  await once(isHealthy)
  for (const image of later) {
    await ship(image)
    await waits()
    await w.cluster.must(
      'PATCH',
      `${path}/status`,
      { status: { promoteFull: true } },
      'application/merge-patch+json',
    )
    await once(isHealthy)
  }
  const { promoter } = w.executor
  if (!promoter) throw new Error('no promoter')
  const target = {
    ...w.target,
    title: `prod/${namespace} rollout lent`,
    spec: { ...Object(w.target.spec), name: 'lent' },
  }
  const observe = () => w.executor.observe(target, signal())
  return {
    ...w,
    target,
    promoter,
    look,
    once,
    waits,
    ship,
    deployed,
    observe,
    async plan(name: string) {
      const observed = await observe()
      const to = [observed.running, ...observed.history].find((one) => one.name === name)
      if (!to) throw new Error(`no revision ${name}`)
      return w.executor.route(target, observed, to.id, 'rb_1', signal())
    },
  }
}

const good = 'shop/lent:2.2.1'
const bad = 'shop/lent:2.3.0'

describe('a Rollout whose template lives in a Deployment', () => {
  test('is taken back by that Deployment, and promoted', async () => {
    const w = await aLentRollout([good, bad])

    const { steps, blockers, differences } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(blockers).toEqual([])
    expect(differences).toMatchObject([{ what: 'image' }])
    expect(steps.map(({ name }) => name)).toEqual(['template restored', 'v2.2.1 promoted in full'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(await w.deployed()).toBe(good)
    expect(isHealthy(await w.look())).toBe(true)
    expect((await w.observe()).running.name).toBe('v2.2.1')
  })

  test('that is on its way is aborted, and no longer asked for', async () => {
    const w = await aLentRollout([good])
    await w.ship(bad)
    await w.waits()

    const { steps } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 aborted', 'template restored'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(await w.deployed()).toBe(good)
    expect(isHealthy(await w.look())).toBe(true)
  })

  test('has its canary moved on, and away', async () => {
    const w = await aLentRollout([good])
    await w.ship(bad)
    await w.waits()

    const seen = await w.promoter.canary(w.target, signal())
    const half = await w.promoter.forward(w.target, seen, 50, 'pr_1', signal())
    await carriedOut(w, half.steps)
    const further = await w.promoter.canary(w.target, signal())
    const away = await w.promoter.away(w.target, further, 'pr_2', signal())
    await carriedOut(w, away.steps)

    expect(seen).toMatchObject({ canary: { name: 'v2.3.0' }, share: 25, blockers: [] })
    expect(further).toMatchObject({ canary: { name: 'v2.3.0' }, share: 50 })
    expect(await w.deployed()).toBe(good)
    await until(async () =>
      (
        await w.promoter.verify(
          w.target,
          { share: 0, canary: seen.stable, stable: seen.stable },
          signal(),
        )
      )
        .filter(({ id }) => id === 'units')
        .every(({ result }) => result === 'passed'),
    )
  })

  test('is not changed once another version was shipped by the Deployment', async () => {
    const w = await aLentRollout([good, bad])
    const { running, history, precondition } = await w.observe()
    const to = history.find(({ name }) => name === 'v2.2.1')
    const [first] = (await w.plan('v2.2.1')).steps
    await w.ship('shop/lent:2.4.0')
    await w.waits()

    await expect(w.executor.apply(first?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
      Superseded,
    )

    expect(await w.deployed()).toBe('shop/lent:2.4.0')
    expect(
      to &&
        (await w.executor.changedSince(
          { target: w.target, precondition, from: running, to },
          signal(),
        )),
    ).toBe('v2.4.0 was deployed meanwhile')
  })

  test('is changed once, whoever tries it again', async () => {
    const w = await aLentRollout([good, bad])
    const [first] = (await w.plan('v2.2.1')).steps
    const changes = () =>
      w.cluster.requests.filter(
        ({ method, path, query }) =>
          method === 'PATCH' && path.endsWith('/deployments/lent') && !query.includes('dryRun'),
      ).length

    w.cluster.faults.add({ method: 'PATCH', times: 1, cut: 'after' })
    await w.executor.apply(first?.change ?? null, 'rb_1.0', signal())
    await w.freshExecutor().apply(first?.change ?? null, 'rb_1.0', signal())

    expect(changes()).toBe(1)
    expect(await w.deployed()).toBe(good)
  })

  test('says so where the Deployment runs pods of its own', async () => {
    const w = await aLentRollout([good], 1)

    const { warnings } = await w.observe()

    expect(warnings).toContainEqual({ kind: 'pods_beside', name: 'lent', count: 1 })
  })
})

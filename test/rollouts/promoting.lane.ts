import { describe, expect, test } from 'vitest'
import {
  blueGreen,
  canary,
  carriedOut,
  freshWorlds,
  isHealthy,
  isNoticed,
  signal,
} from './world.ts'

const fresh = freshWorlds()
const good = 'shop/checkout:2.2.1'
const toGood = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: good }]
const jsonPatch = 'application/json-patch+json'

describe('a version that is promoted', () => {
  test.for([
    ['canary', canary],
    ['blue-green', blueGreen(600)],
  ] as const)('by %s is not rolled back by an abort, which is forgotten', async ([, strategy]) => {
    const w = await fresh({ strategy })
    const before = await w.look()

    await w.patch({ status: { abort: true } }, '/status')
    const { status } = await w.onceIt((seen) => seen.status.abort === undefined)

    expect(status.phase).toBe('Healthy')
    expect(status.currentPodHash).toBe(before.status.currentPodHash)
    expect(status.stableRS).toBe(before.status.stableRS)
  })

  test('goes through all steps as a new canary when the template alone is put back', async () => {
    const w = await fresh()

    await w.cluster.must('PATCH', w.path, toGood, jsonPatch)
    const { status } = await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')

    expect(status.currentPodHash).not.toBe(status.stableRS)
  })

  test.for([
    ['canary', canary],
    ['blue-green', blueGreen(600)],
  ] as const)('by %s is left by the template and a promotion in full', async ([, strategy]) => {
    const w = await fresh({ strategy })

    const { steps, mechanism, collapse } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(mechanism).toBe('rollout-undo')
    expect(collapse).toEqual([])
    expect(steps.map(({ name }) => name)).toEqual(['template restored', 'v2.2.1 promoted in full'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(isHealthy(await w.look())).toBe(true)
    expect((await w.observe()).running.name).toBe('v2.2.1')
  })

  test('comes back by its own steps when that is taken back, and nobody waits for its end', async () => {
    const w = await fresh()
    const { steps } = await w.plan('v2.2.1')
    await carriedOut(w, steps)

    for (const [index, { undo }] of [...steps.entries()].toReversed())
      await w.executor.apply(undo, `rb_1.${index}.undo`, signal())
    const { status } = await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')

    expect(steps.map(({ undoSettles }) => undoSettles)).toEqual([null, null])
    expect(status.currentPodHash).not.toBe(status.stableRS)
    expect((await w.observe()).running.name).toBe('v2.3.0')
  })

  test('in a paused Rollout is left as well', async () => {
    const w = await fresh()
    await w.patch({ spec: { paused: true } })
    await w.onceIt(isNoticed)

    const { steps } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual([
      'template restored',
      'rollout resumed',
      'v2.2.1 promoted in full',
    ])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  })

  test('stays a canary when it is promoted before its controller has noticed the template', async () => {
    const w = await fresh()

    await w.cluster.backend.lag(true)
    await w.cluster.must('PATCH', w.path, toGood, jsonPatch)
    await w.patch({ status: { promoteFull: true } }, '/status')
    await w.cluster.backend.lag(false)
    const { status } = await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')

    expect(status.promoteFull).toBeUndefined()
  })

  test('is promoted by us only when the controller has noticed', async () => {
    const w = await fresh()
    const [first, second] = (await w.plan('v2.2.1')).steps

    await w.cluster.backend.lag(true)
    await w.executor.apply(first?.change ?? null, 'rb_1.0', signal())
    const promoting = w.executor.apply(second?.change ?? null, 'rb_1.1', signal())
    await expect.poll(() => looksSince(w)).toBeGreaterThan(2)
    const early = (await w.look()).status.promoteFull
    await w.cluster.backend.lag(false)
    await promoting

    expect(early).toBeUndefined()
    expect(isHealthy(await w.onceIt(isHealthy))).toBe(true)
  })

  test('undone twice the way of kubectl is back; here the second time there is nothing to do', async () => {
    const w = await fresh()
    await carriedOut(w, (await w.plan('v2.2.1')).steps)

    const { blockers, steps } = await w.plan('v2.2.1')

    expect(steps).toEqual([])
    expect(blockers).toEqual([{ kind: 'already_there', revision: 'v2.2.1' }])
  })

  test('is not gone back from while its controller has not noticed what was shipped', async () => {
    const w = await fresh()

    await w.cluster.backend.lag(true)
    await w.ship('shop/checkout:2.4.0')
    const { blockers } = await w.observe()
    await w.cluster.backend.lag(false)

    expect(blockers).toMatchObject([{ kind: 'controller_lagging' }])
  })
})

const looksSince = ({ cluster, path }: Awaited<ReturnType<typeof fresh>>): number => {
  const patched = cluster.requests.findLastIndex(
    ({ method, query }) => method === 'PATCH' && !query.includes('dryRun'),
  )
  return cluster.requests.slice(patched).filter((one) => one.method === 'GET' && one.path === path)
    .length
}

import { describe, expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
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
const bad = 'shop/checkout:2.3.0'
const abort = { status: { abort: true } }

/** The bad version is on its way and waits at its first step. */
async function onItsWay(strategy: object = canary) {
  const w = await fresh({ strategy, images: [good] })
  await w.ship(bad)
  await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')
  return w
}

describe('a version that is on its way', () => {
  test('is not aborted by a patch of the object itself, which is taken and ignored', async () => {
    const w = await onItsWay()

    await w.patch(abort)

    expect((await w.look()).status.abort).toBeUndefined()
  })

  test('comes back after an abort alone, since it is still asked for', async () => {
    const w = await onItsWay()
    await w.patch(abort, '/status')
    const aborted = await w.onceIt(({ status }) => status.phase === 'Degraded')

    await w.patch({ status: { abort: false } }, '/status')
    const again = await w.onceIt(({ status }) => status.phase === 'Paused')

    expect(aborted.spec.template.spec.containers[0]?.image).toBe(bad)
    expect(again.status.currentPodHash).not.toBe(again.status.stableRS)
  })

  test.for([
    ['canary', canary],
    ['blue-green', blueGreen(600)],
  ] as const)('by %s is aborted first and then no longer asked for', async ([, strategy]) => {
    const w = await onItsWay(strategy)

    const { steps, blockers } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)
    const seen = await w.look()

    expect(blockers).toEqual([])
    expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 aborted', 'template restored'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(isHealthy(seen)).toBe(true)
    expect(seen.spec.template.spec.containers[0]?.image).toBe(good)
    // A retry finds nothing that could go forward again.
    await w.patch({ status: { abort: false } }, '/status')
    expect(isHealthy(await w.onceIt(isHealthy))).toBe(true)
  })

  test('is left for an older one than the stable version by a promotion of that one', async () => {
    const w = await fresh({ images: [good, bad] })
    await w.ship('shop/checkout:2.4.0')
    await w.onceIt((seen) => isNoticed(seen) && seen.status.phase === 'Paused')

    const { steps } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual([
      'v2.4.0 aborted',
      'template restored',
      'v2.2.1 promoted in full',
    ])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await w.observe()).running.name).toBe('v2.2.1')
  })

  test('is shown with its step', async () => {
    const w = await onItsWay()

    const { warnings } = await w.observe()

    expect(warnings).toContainEqual({ kind: 'canary_step', step: 2, steps: 2 })
  })

  test('that somebody aborted already is not aborted again, and its template is put back', async () => {
    const w = await onItsWay()
    await w.patch(abort, '/status')
    await w.onceIt(({ status }) => status.phase === 'Degraded')

    const { warnings } = await w.observe()
    const { steps } = await w.plan('v2.2.1')
    await carriedOut(w, steps)

    expect(warnings).toContainEqual({
      kind: 'aborted',
      why: expect.stringMatching(/^RolloutAborted: /),
    })
    expect(steps.map(({ name }) => name)).toEqual(['template restored'])
    expect(isHealthy(await w.look())).toBe(true)
  })

  test('that was promoted after the plan is not aborted, and the plan does not begin', async () => {
    const w = await onItsWay()
    const { running, history, precondition } = await w.observe()
    const [to] = history
    const [first] = (await w.plan('v2.2.1')).steps
    await w.patch({ status: { promoteFull: true } }, '/status')
    await w.onceIt(isHealthy)

    const changed =
      to &&
      (await w.executor.changedSince(
        { target: w.target, precondition, from: running, to },
        signal(),
      ))

    expect(changed).toMatch(/ was changed meanwhile$/)
    await expect(w.executor.apply(first?.change ?? null, 'rb_1.0', signal())).rejects.toThrow(
      Superseded,
    )
    expect((await w.look()).status.abort).toBeUndefined()
  })

  test('in a paused Rollout is aborted as well', async () => {
    const w = await onItsWay()
    await w.patch({ spec: { paused: true } })
    await w.onceIt(isNoticed)

    const { steps } = await w.plan('v2.2.1')
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual([
      'v2.3.0 aborted',
      'template restored',
      'rollout resumed',
    ])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
  })

  test('taken back: what was aborted goes on', async () => {
    const w = await onItsWay()
    const [first] = (await w.plan('v2.2.1')).steps

    await w.executor.apply(first?.change ?? null, 'rb_1.0', signal())
    await w.onceIt(({ status }) => status.phase === 'Degraded')
    await w.executor.apply(first?.undo ?? null, 'rb_1.0.undo', signal())

    expect((await w.onceIt(({ status }) => status.phase === 'Paused')).status.abort).not.toBe(true)
  })
})

test('without the right to write the status the template is not put back either', async () => {
  const w = await fresh()
  await w.cluster.forbid('patch', 'rollouts/status')

  const { steps, blockers } = await w.plan('v2.2.1')

  expect(steps).not.toEqual([])
  expect(blockers).toEqual([{ kind: 'not_allowed', verb: 'patch', resource: 'rollouts/status' }])
})

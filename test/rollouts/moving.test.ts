import { describe, expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import { twice } from './canary-platform.ts'
import {
  blueGreen,
  carriedOut,
  freshWorlds,
  isHealthy,
  isNoticed,
  type Setup,
  signal,
  until,
  type World,
} from './world.ts'

const fresh = freshWorlds()
const good = 'shop/checkout:2.2.1'
const next = 'shop/checkout:2.3.0'
const other = 'shop/checkout:2.4.0'
const steps = (...own: readonly object[]) => ({ canary: { steps: own } })
const clear = { status: { pauseConditions: null } }

/** The next version is on its way and waits where it stops first. */
async function onItsWay(setup: Setup = {}) {
  const w = await fresh({ strategy: twice, images: [good], ...setup })
  await w.ship(next)
  await waits(w, setup.strategy ? undefined : 1)
  return w
}

const waits = (w: World, step?: number) =>
  w.onceIt(
    (seen) =>
      isNoticed(seen) &&
      seen.status.phase === 'Paused' &&
      (seen.status.pauseConditions ?? []).length > 0 &&
      (step === undefined || seen.status.currentStepIndex === step),
  )

const promoterOf = ({ executor }: Pick<World, 'executor'>) => {
  const { promoter } = executor
  if (!promoter) throw new Error('no promoter')
  return promoter
}

/** What a promotion would have changed. */
const standOf = ({
  currentPodHash,
  currentStepIndex,
  pauseConditions,
  promoteFull,
}: Awaited<ReturnType<World['look']>>['status']) => ({
  currentPodHash,
  currentStepIndex,
  pauseConditions,
  promoteFull,
})

/** When its controller says that it did so. */
async function aborted(w: World): Promise<string> {
  await w.patch({ status: { abort: true } }, '/status')
  const { status } = await w.onceIt((seen) => seen.status.phase === 'Degraded')
  expect(status.abortedAt).toMatch(/^\d{4}-/)
  return status.abortedAt ?? ''
}

async function forward(w: World, share: number) {
  const canary = await promoterOf(w).canary(w.target, signal())
  return promoterOf(w).forward(w.target, canary, share, 'pr_1', signal())
}

describe('a canary of Argo Rollouts', () => {
  test('is seen with its share, where it stops, and its pods', async () => {
    const w = await onItsWay()

    const seen = await promoterOf(w).canary(w.target, signal())

    expect(seen).toMatchObject({
      stable: { name: 'v2.2.1' },
      canary: { name: 'v2.3.0' },
      share: 25,
      of: 'instances',
      stops: [25, 50, 100],
      units: { noun: 'pods', count: 1, ready: 1 },
      blockers: [],
    })
  })

  test('goes on to the next stop and no further', async () => {
    const w = await onItsWay()

    const leg = await forward(w, 50)
    const ends = await carriedOut(w, leg.steps)

    expect(leg.steps.map(({ name }) => name)).toEqual(['v2.3.0 went on to 50 %'])
    expect(ends).toEqual([{ kind: 'settled', ready: 1, wanted: 1 }])
    expect((await w.look()).status.currentStepIndex).toBe(3)
  })

  test('passes a second pause when its first is taken away twice, as a button alone would; ours does not', async () => {
    const alone = await onItsWay()
    await alone.patch(clear, '/status')
    await waits(alone, 3)
    await alone.patch(clear, '/status')
    await alone.onceIt(isHealthy)

    const w = await onItsWay()
    const [step] = (await forward(w, 50)).steps
    await carriedOut(w, step ? [step] : [])
    await w.executor.apply(step?.change ?? null, 'pr_1.0', signal())
    await w.freshExecutor().apply(step?.change ?? null, 'pr_1.0', signal())

    expect((await waits(w)).status.currentStepIndex).toBe(3)
  })

  test('of another version than was approved is not promoted', async () => {
    const w = await onItsWay()
    const seen = await promoterOf(w).canary(w.target, signal())
    const legs = await Promise.all([forward(w, 50), forward(w, 100)])
    const { currentPodHash } = (await w.look()).status
    await w.ship(other)
    // The generation is called observed a moment before the version is.
    await w.onceIt(({ status }) => status.currentPodHash !== currentPodHash)
    const { status } = await waits(w, 1)

    for (const { steps } of legs)
      await expect(w.executor.apply(steps[0]?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
        Superseded,
      )

    expect(standOf((await w.look()).status)).toEqual(standOf(status))
    expect(await promoterOf(w).changedSince(w.target, seen.precondition, signal())).toBe(
      'v2.4.0 was deployed meanwhile',
    )
  })

  test('is promoted to its end past the stops that are left', async () => {
    const w = await onItsWay()

    const { steps, how } = await forward(w, 100)
    const ends = await carriedOut(w, steps)

    expect(how).toBe('promoted in full; 1 pause left out')
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(isHealthy(await w.look())).toBe(true)
    expect((await w.observe()).running.name).toBe('v2.3.0')
  })

  test('goes by its own steps to its end from its last stop', async () => {
    const w = await onItsWay()
    await carriedOut(w, (await forward(w, 50)).steps)

    const { steps } = await forward(w, 100)
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 went on to 100 %'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect(isHealthy(await w.look())).toBe(true)
  })

  test('is taken away, and nothing asks for it any more', async () => {
    const w = await onItsWay()
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())
    const { canary, stable } = seen
    if (!canary) throw new Error('no canary')

    const { steps } = await promoter.away(w.target, seen, 'pr_1', signal())
    await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual(['v2.3.0 aborted', 'template restored'])
    expect(await promoter.canary(w.target, signal())).toMatchObject({
      canary: undefined,
      stable: { name: 'v2.2.1' },
    })
    await until(async () =>
      (await promoter.verify(w.target, { share: 0, canary, stable }, signal())).every(
        ({ result }) => result === 'passed',
      ),
    )
  })

  test('that is not there is neither taken away nor moved', async () => {
    const w = await fresh({ images: [good] })
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())

    const away = await promoter.away(w.target, seen, 'pr_1', signal())
    const on = await promoter.forward(w.target, seen, 100, 'pr_1', signal())

    for (const { steps, blockers } of [away, on]) {
      expect(steps).toEqual([])
      expect(blockers).toContainEqual({ kind: 'unsupported', why: 'no canary is under way' })
    }
  })

  test('that was paused by hand goes on only when somebody lets it', async () => {
    const w = await onItsWay()
    await w.patch({ spec: { paused: true } })
    await w.onceIt(isNoticed)

    const { steps } = await forward(w, 50)
    const ends = await carriedOut(w, steps)

    expect(steps.map(({ name }) => name)).toEqual(['rollout resumed', 'v2.3.0 went on to 50 %'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await w.look()).status.currentStepIndex).toBe(3)
  })

  test('goes on by itself from a pause that has an end, unless it is held', async () => {
    const w = await onItsWay({
      strategy: steps(
        { setWeight: 25 },
        { pause: { duration: '1h' } },
        { setWeight: 50 },
        { pause: {} },
      ),
    })
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())

    const hold = await promoter.hold(w.target, seen, 'pr_1', signal())
    await carriedOut(w, hold.steps)
    const held = await w.onceIt(isNoticed)
    const still = await promoter.canary(w.target, signal())
    const on = await forward(w, 50)
    const ends = await carriedOut(w, on.steps)

    expect(seen.stops).toEqual([50, 100])
    expect(seen.warnings).toContainEqual({ kind: 'moves_on', afterMicros: 3_600_000_000 })
    expect(hold.steps.map(({ name }) => name)).toEqual(['rollout paused'])
    expect(held.spec.paused).toBe(true)
    expect(still.warnings.map(({ kind }) => kind)).not.toContain('moves_on')
    expect(on.steps.map(({ name }) => name)).toEqual(['rollout resumed', 'v2.3.0 went on to 50 %'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await waits(w)).status.currentStepIndex).toBe(3)
  })

  test('is followed through pauses that have an end to the stop that was asked for', async () => {
    const w = await onItsWay({
      strategy: steps(
        { setWeight: 25 },
        { pause: {} },
        { setWeight: 50 },
        { pause: { duration: 1 } },
        { setWeight: 75 },
        { pause: {} },
      ),
    })

    const leg = await forward(w, 75)
    const ends = await carriedOut(w, leg.steps)

    expect(leg.how).toBe('v2.3.0 goes on to 75 % · waits 1 s on its way by its own steps')
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await waits(w)).status.currentStepIndex).toBe(5)
  })

  test('that waits for somebody has nothing to be held', async () => {
    const w = await onItsWay()
    const promoter = promoterOf(w)

    const { steps, how } = await promoter.hold(
      w.target,
      await promoter.canary(w.target, signal()),
      'pr_1',
      signal(),
    )

    expect({ steps, how }).toEqual({ steps: [], how: 'it waits for somebody already' })
  })

  test('that came out while it was to be taken away is not aborted', async () => {
    const w = await onItsWay()
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())
    const [abort] = (await promoter.away(w.target, seen, 'pr_1', signal())).steps
    await w.patch({ status: { promoteFull: true } }, '/status')
    await w.onceIt(isHealthy)

    await expect(w.executor.apply(abort?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )

    expect((await w.look()).status.abort).toBeUndefined()
  })

  test('that Git would bring back is not taken away but by a rollback, which pauses that', async () => {
    const w = await onItsWay()
    await w.patch({ metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } } })
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())

    const away = await promoter.away(w.target, seen, 'pr_1', signal())
    const rollback = await w.plan('v2.2.1')

    expect(away.steps).toEqual([])
    expect(away.blockers).toEqual([
      {
        kind: 'unsupported',
        why: expect.stringContaining(
          'a rollback of the service takes it away and pauses that first',
        ),
      },
    ])
    expect(rollback.steps.map(({ name }) => name)).toContain('v2.3.0 aborted')
  })

  test('that was aborted is not moved on as if nothing had been', async () => {
    const w = await onItsWay()
    const [step] = (await forward(w, 50)).steps
    await aborted(w)

    const { blockers } = await forward(w, 50)

    expect(blockers).toEqual([
      {
        kind: 'unsupported',
        why: 'v2.3.0 was aborted; retried, it begins again and comes to 25 % first',
      },
    ])
    await expect(w.executor.apply(step?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )
  })

  test('that was aborted is retried, and comes to its first stop again', async () => {
    const w = await onItsWay()
    await aborted(w)
    const promoter = promoterOf(w)
    const seen = await promoter.canary(w.target, signal())
    const { canary, stable } = seen
    if (!canary) throw new Error('no canary')

    const leg = await forward(w, 25)
    const ends = await carriedOut(w, leg.steps)

    expect(seen).toMatchObject({ share: 0, blockers: [] })
    expect(seen.warnings.map(({ kind }) => kind)).toContain('aborted')
    expect(leg.how).toBe('its aborted rollout is retried · v2.3.0 goes on to 25 %')
    expect(leg.steps.map(({ name }) => name)).toEqual(['v2.3.0 retried to 25 %'])
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await waits(w, 1)).status.abort).not.toBe(true)
    expect(await promoter.changedSince(w.target, seen.precondition, signal())).toMatch(
      / was retried meanwhile$/,
    )
    await until(async () =>
      (await promoter.verify(w.target, { share: 25, canary, stable }, signal())).every(
        ({ result }) => result === 'passed',
      ),
    )
  })

  test('that was retried and aborted once more is not retried by the same decision', async () => {
    const w = await onItsWay()
    const first = await aborted(w)
    const [step] = (await forward(w, 25)).steps
    await carriedOut(w, step ? [step] : [])
    // Its controller notes whole seconds.
    await until(async () => new Date().toISOString() > `${first.slice(0, 19)}.999Z`)
    await aborted(w)

    await expect(w.freshExecutor().apply(step?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )

    expect((await w.look()).status.abort).toBe(true)
  })

  test('that was aborted is retried in no other version', async () => {
    const w = await onItsWay()
    await aborted(w)
    const [step] = (await forward(w, 25)).steps
    const { currentPodHash } = (await w.look()).status
    await w.ship(other)
    await w.onceIt(({ status }) => status.currentPodHash !== currentPodHash)
    await waits(w, 1)

    await expect(w.executor.apply(step?.change ?? null, 'pr_1.0', signal())).rejects.toThrow(
      Superseded,
    )
  })

  test('that was aborted by blue-green is retried to where it waits beside what serves, and then gets every request', async () => {
    const w = await onItsWay({ strategy: blueGreen(600) })
    await w.patch({ status: { abort: true } }, '/status')
    await w.onceIt(({ status }) => status.phase === 'Degraded')
    const promoter = promoterOf(w)
    const { canary, stable, share } = await promoter.canary(w.target, signal())
    if (!canary) throw new Error('no canary')

    const leg = await forward(w, 100)
    const [retry, pass] = leg.steps
    const beside = await carriedOut(w, retry ? [retry] : [])
    const waiting = await promoter.canary(w.target, signal())
    const ends = await carriedOut(w, pass ? [pass] : [])

    expect(share).toBe(0)
    expect(leg.how).toBe(
      'its aborted rollout is retried · v2.3.0 comes up beside what serves, then it gets every request',
    )
    expect(leg.steps.map(({ name }) => name)).toEqual([
      'v2.3.0 retried beside what serves',
      'v2.3.0 went on to 100 %',
    ])
    expect([...beside, ...ends].map(({ kind }) => kind)).toEqual(['settled', 'settled'])
    expect(waiting).toMatchObject({ share: 0, blockers: [], canary: { name: 'v2.3.0' } })
    await until(async () =>
      (await promoter.verify(w.target, { share: 100, canary, stable }, signal())).every(
        ({ result }) => result === 'passed',
      ),
    )
  })

  test('by blue-green is a preview until the Service is switched', async () => {
    const w = await onItsWay({ strategy: blueGreen(600) })
    const seen = await promoterOf(w).canary(w.target, signal())

    const { steps } = await forward(w, 100)
    const ends = await carriedOut(w, steps)

    expect(seen).toMatchObject({ share: 0, of: 'traffic', stops: [100] })
    expect(ends.map(({ kind }) => kind)).toEqual(['settled'])
    expect((await promoterOf(w).canary(w.target, signal())).stable.name).toBe('v2.3.0')
  })
})

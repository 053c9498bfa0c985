import { describe, expect, test } from 'vitest'
import type { Json } from '#domain/json.ts'
import { TenureOver } from '#ports/tenure.ts'
import { aFence } from '../executors/fence.ts'
import { bad, freshWorlds, good, lastOf, signal, type World } from './world.ts'

const fresh = freshWorlds()

function promoterOf({ executor }: World) {
  if (!executor.promoter) throw new Error('the executor moves no canary')
  return executor.promoter
}
const stateOf = (w: World) => promoterOf(w).canary(w.target, signal())
async function forward(w: World, share: number) {
  const state = await stateOf(w)
  const leg = await promoterOf(w).forward(w.target, state, share, `pr_1.${share}`, signal())
  return { leg, ends: await w.carriedOut(leg.steps), state }
}
async function verified(w: World, share: number) {
  const { stable, canary } = await stateOf(w)
  const of = { share, stable, canary: canary ?? stable }
  const checks = await promoterOf(w).verify(w.target, of, signal())
  return checks.map(({ id, result }) => `${id} ${result}`)
}
const kinds = (ends: readonly { readonly kind: string }[]) => ends.map(({ kind }) => kind)
async function waiting(setup: Parameters<typeof fresh>[0] = {}) {
  const w = await fresh(setup)
  await w.ship(bad)
  await w.inPhase('Waiting')
  return w
}

describe('a version that Flagger has in hand', () => {
  test('waits at nought, and stops at the shares of its Canary', async () => {
    const w = await waiting()

    const { stable, canary, share, of, stops, blockers } = await stateOf(w)

    expect([stable.name, canary?.name, share, of]).toEqual(['v2.2.1', 'v2.3.0', 0, 'traffic'])
    expect(stops).toEqual([10, 50, 100])
    expect(blockers).toEqual([])
  })

  test('goes from stop to stop to its end, each gate opened for it alone and no further', async () => {
    const w = await waiting()

    const first = await forward(w, 10)
    await w.tick()
    await w.tick()
    const at10 = [await w.share(), ...(await verified(w, 10))]
    const second = await forward(w, 50)
    await w.tick()
    await w.tick()
    const at50 = [await w.share(), ...(await verified(w, 50))]
    const third = await forward(w, 100)
    const after = await stateOf(w)

    expect(first.leg.steps.map(({ name }) => name)).toEqual([
      'v2.3.0 begun by Flagger',
      '10 % given to v2.3.0',
    ])
    expect(second.leg.steps.map(({ name }) => name)).toEqual(['50 % given to v2.3.0'])
    expect(third.leg.steps.map(({ name }) => name)).toEqual(['v2.3.0 promoted by Flagger'])
    for (const { ends } of [first, second, third])
      expect(new Set(kinds(ends))).toEqual(new Set(['settled']))
    expect(at10).toEqual([10, 'units passed', 'units passed', 'serving passed'])
    expect(at50).toEqual([50, 'units passed', 'units passed', 'serving passed'])
    expect([after.stable.name, after.canary]).toEqual(['v2.3.0', undefined])
    expect(await w.serving('checkout-primary')).toEqual([bad])
    expect((await verified(w, 100)).every((text) => text.endsWith('passed'))).toBe(true)
  })

  test('goes over several stops at once, and shows what it has that the stable version has not', async () => {
    const w = await waiting()

    const { leg } = await forward(w, 50)

    expect(await w.share()).toBe(50)
    expect(leg.differences).toMatchObject([{ what: 'image', from: good, to: bad }])
    expect(leg.how).toBe('Flagger gives v2.3.0 50 % of the traffic · about 4 looks of its own')
  })

  test('goes as far as it was let, and no further, where the answers that let it were lost', async () => {
    const w = await waiting()
    w.lost.next = 2

    const { ends } = await forward(w, 10)
    await w.tick()
    await w.tick()

    expect(new Set(kinds(ends))).toEqual(new Set(['settled']))
    expect(w.lost.next).toBe(0)
    expect(await w.share()).toBe(10)
  })

  test('goes on when its move is tried again, after Flagger was suspended for a while', async () => {
    const w = await waiting()
    const leg = await promoterOf(w).forward(w.target, await stateOf(w), 10, 'pr_1.10', signal())
    const [begun, share] = leg.steps
    if (!begun || !share) throw new Error('it is begun at once')
    await w.carriedOut([begun])
    await w.patch({ spec: { suspend: true } })
    await w.executor.apply(share.change, 'pr_1.1', signal())
    const end = await lastOf(w.executor.progress(share.change, signal()))
    await w.patch({ spec: { suspend: false } })

    const ends = await w.carriedOut([share])

    expect([end?.kind, ...kinds(ends)]).toEqual(['failed', 'settled'])
    expect(await w.share()).toBe(10)
  })

  test('is taken away from where it stands', async () => {
    const w = await waiting()
    await forward(w, 10)
    const state = await stateOf(w)

    const leg = await promoterOf(w).away(w.target, state, 'pr_1.away', signal())
    const ends = await w.carriedOut(leg.steps)

    expect(kinds(ends)).toEqual(['settled'])
    expect(await w.share()).toBe(0)
    expect(await w.imageOf('checkout')).toBe(good)
    expect((await stateOf(w)).canary).toBeUndefined()
  })

  test('is held by doing nothing', async () => {
    const w = await waiting()
    await forward(w, 10)

    const leg = await promoterOf(w).hold(w.target, await stateOf(w), 'pr_1.hold', signal())
    for (let looks = 0; looks < 3; looks += 1) await w.tick()

    expect(leg).toMatchObject({ steps: [], how: 'its gates stay shut, at 10 %', blockers: [] })
    expect(await w.share()).toBe(10)
  })

  test('that was replaced by another is not moved by what was approved for it', async () => {
    const w = await waiting()
    const before = await stateOf(w)
    const leg = await promoterOf(w).forward(w.target, before, 10, 'pr_1.10', signal())
    await w.ship('shop/checkout:2.4.0')
    const apply = (change: Json | undefined) => w.executor.apply(change ?? null, 'pr_1.0', signal())

    const why = await promoterOf(w).changedSince(w.target, before.precondition, signal())

    expect(why).toBe('v2.4.0 was deployed meanwhile')
    await expect(apply(leg.steps[0]?.change)).rejects.toThrow(
      'another version of checkout was shipped meanwhile',
    )
    await w.tick()
    await w.tick()
    expect(w.heard().filter(({ wasOpen }) => wasOpen)).toEqual([])
  })

  test('that was replaced while its gate stood open finds it shut once its step is taken back, should it come again', async () => {
    const fence = aFence()
    const w = await waiting({ beforeChange: fence.beforeChange })
    const leg = await promoterOf(w).forward(w.target, await stateOf(w), 10, 'pr_1.10', signal())
    const [begun, share] = leg.steps
    if (!begun || !share) throw new Error('it is begun at once')
    await w.carriedOut([begun])
    await w.executor.apply(share.change, 'pr_1.1', signal())
    const own = async () =>
      (await w.opened()).filter(({ gate }) => gate === 'confirm-traffic-increase')
    const [opened] = await own()
    await w.ship('shop/checkout:2.4.0')
    await w.onceIt(() => w.heard().at(-1)?.version.checksum !== opened?.checksum)

    const undone = () => w.executor.apply(share.undo, 'pr_1.1.undo', signal())
    fence.closeAfter(0)
    await expect(undone()).rejects.toThrow(TenureOver)
    const stillOpen = await own()
    fence.open()
    await undone()

    expect(stillOpen).toEqual([opened])
    expect(opened?.shut_at).toBeNull()
    expect((await own()).map(({ shut_at }) => shut_at)).toEqual([expect.any(Date)])
  })

  test('is not let through once more by a process whose time is over, although the answer was lost', async () => {
    const fence = aFence()
    const w = await waiting({ beforeChange: fence.beforeChange })
    const leg = await promoterOf(w).forward(w.target, await stateOf(w), 10, 'pr_1.10', signal())
    const [begun] = leg.steps
    await w.executor.apply(begun?.change ?? null, 'pr_1.0', signal())
    w.lost.next = 1
    await w.onceIt(() => w.heard().at(-1)?.wasOpen === false && w.lost.next === 0)

    fence.closeAfter(0)
    const following = lastOf(w.executor.progress(begun?.change ?? null, signal()))

    await expect(following).rejects.toThrow(TenureOver)
    expect((await w.opened()).map(({ times_left }) => times_left)).toEqual([0])
  })

  test('that went on by somebody else is looked at anew', async () => {
    const w = await waiting()
    await forward(w, 10)
    const before = await stateOf(w)
    await w.open('confirm-traffic-increase', w.heard().at(-1)?.version.checksum ?? '')
    await w.onceIt(async () => ((await w.share()) ?? 0) >= 50)

    const why = await promoterOf(w).changedSince(w.target, before.precondition, signal())

    expect(why).toMatch(/^Flagger went on to phase \w+ at 50 % meanwhile$/)
  })

  test('that gets ill on its way fails the move, with Flagger’s words', async () => {
    const w = await waiting({ deadlineSeconds: 5 })
    w.cluster.behave(bad, { start: { kind: 'never-ready' } })

    const { ends } = await forward(w, 10)

    expect(ends.at(-1)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('Flagger gave the version up') as string,
    })
    expect(await w.share()).toBe(0)
  })
})

describe('what is refused', () => {
  const refusals = async (w: World) =>
    (await stateOf(w)).blockers.map((one) => ('why' in one ? one.why : one.kind))

  test('skipAnalysis, for it tries nothing and asks nobody', async () => {
    const w = await waiting()
    await w.patch({ spec: { skipAnalysis: true } })

    expect(await refusals(w)).toEqual([expect.stringContaining('skipAnalysis: true')])
  })

  test('a Canary that goes on without asking', async () => {
    const w = await waiting({ gates: ['confirm-rollout', 'confirm-promotion', 'rollback'] })

    expect(await refusals(w)).toEqual([
      expect.stringContaining('does not ask us at confirm-traffic-increase'),
    ])
  })

  test('a share at which Flagger does not stop', async () => {
    const w = await waiting()

    const leg = await promoterOf(w).forward(w.target, await stateOf(w), 25, 'pr_1', signal())

    expect(leg.blockers).toEqual([
      {
        kind: 'unsupported',
        why: 'Flagger does not stop at 25 %; its Canary has 10, 50 and 100 %',
      },
    ])
  })
})

test('by blue-green, without a mesh, a version is promoted in full', async () => {
  const w = await waiting({ provider: 'kubernetes' })
  const { stops } = await stateOf(w)

  const { ends } = await forward(w, 100)

  expect(stops).toEqual([100])
  expect(kinds(ends)).toEqual(['settled', 'settled'])
  expect(await w.serving('checkout-primary')).toEqual([bad])
})

import { describe, expect, test } from 'vitest'
import type { Json } from '#domain/json.ts'
import { bad, freshWorlds, good, lastOf, signal, type World } from './world.ts'

const fresh = freshWorlds()
const names = (steps: readonly { readonly name: string }[]) => steps.map(({ name }) => name)
const results = async (w: World) =>
  (await w.verify('v2.2.1')).map(({ id, result, text }) => `${id} ${result}: ${text}`)
const kinds = (ends: readonly { readonly kind: string }[]) => ends.map(({ kind }) => kind)

/** What is promised after every one of them: the good version serves, and no other is asked for. */
async function serves(w: World): Promise<void> {
  await expect
    .poll(async () => (await results(w)).filter((text) => !text.includes(' passed: ')))
    .toEqual([])
  expect(await w.imageOf('checkout')).toBe(good)
  expect(await w.imageOf('checkout-primary')).toBe(good)
  expect(await w.serving('checkout-primary')).toEqual([good])
}

/** And Flagger has no other in hand. */
async function isBack(w: World): Promise<void> {
  await serves(w)
  expect((await w.share()) ?? 0).toBe(0)
}

describe('a version that is being tried', () => {
  async function tried() {
    const w = await fresh()
    await w.ship(bad)
    await w.open('confirm-traffic-increase', await w.begun())
    await w.onceIt(async () => ((await w.share()) ?? 0) >= 10)
    return w
  }

  test('is given to Flagger to take back, for that version alone, and is no longer asked for', async () => {
    const w = await tried()

    const { steps, blockers, warnings, how } = await w.plan('v2.2.1')
    const ends = await w.carriedOut(steps)

    expect(blockers).toEqual([])
    expect(names(steps)).toEqual(['v2.3.0 given to Flagger to take back', 'template restored'])
    expect(warnings).toEqual([])
    expect(how).toContain('Flagger takes v2.3.0 back')
    expect(kinds(ends)).toEqual(['settled'])
    await isBack(w)
    expect((await w.look()).status.phase).toBe('Failed')
  })

  test('goes on being tried where the rollback is taken back before Flagger has looked', async () => {
    const w = await tried()
    const [gate] = (await w.plan('v2.2.1')).steps

    await w.executor.apply(gate?.change ?? null, 'rb_1.0', signal())
    await w.executor.apply(gate?.undo ?? null, 'rb_1.0.undo', signal())
    await w.executor.apply(gate?.change ?? null, 'rb_1.0', signal())
    for (let looks = 0; looks < 3; looks += 1) await w.tick()

    expect(['Progressing', 'WaitingPromotion']).toContain((await w.look()).status.phase)
    expect(w.heard().filter(({ gate: at, wasOpen }) => at === 'rollback' && wasOpen)).toEqual([])
  })

  test('is taken back when its step is tried again, after Flagger was suspended for a while', async () => {
    const w = await tried()
    const { steps } = await w.plan('v2.2.1')
    const [gate] = steps
    const refused = () => w.heard().filter(({ gate: at }) => at === 'rollback')
    await w.patch({ spec: { suspend: true } })
    await w.executor.apply(gate?.change ?? null, 'rb_1.0', signal())
    const end = await lastOf(w.executor.progress(gate?.change ?? null, signal()))
    await w.patch({ spec: { suspend: false } })
    const before = refused().length
    await w.onceIt(() => refused().length > before)
    const meanwhile = refused().map(({ wasOpen }) => wasOpen)

    const ends = await w.carriedOut(steps)

    expect(end).toMatchObject({
      kind: 'failed',
      message: 'the Canary checkout is suspended: Flagger does not look at it',
    })
    expect(new Set(meanwhile)).toEqual(new Set([false]))
    expect(kinds(ends)).toEqual(['settled'])
    await isBack(w)
  })

  test('is said to have met a gate that had shut by its time, and is taken back when its step is tried again', async () => {
    const w = await tried()
    const { steps } = await w.plan('v2.2.1')
    const brief = { ...Object(steps[0]?.change), lastsMicros: 1 } as Json
    await w.executor.apply(brief, 'rb_1.0', signal())
    const before = w.heard().length
    await w.onceIt(() =>
      w
        .heard()
        .slice(before)
        .some(({ gate }) => gate === 'rollback'),
    )
    const end = await lastOf(w.executor.progress(brief, signal()))

    const ends = await w.carriedOut(steps)

    expect(end).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(
        /^Flagger asked at \d\d:\d\d UTC, when the time of its gate was over/,
      ),
    })
    expect(kinds(ends)).toEqual(['settled'])
    await isBack(w)
  })

  test('leaves the next one in peace', async () => {
    const w = await tried()
    await w.carriedOut((await w.plan('v2.2.1')).steps)

    await w.ship('shop/checkout:2.4.0')
    await w.begun()
    for (let looks = 0; looks < 3; looks += 1) await w.tick()

    expect((await w.look()).status.phase).toBe('Progressing')
  })

  test('is shown with its phase and its share', async () => {
    const w = await tried()

    const { warnings, running, units } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(warnings).toContainEqual({
      kind: 'flagger_phase',
      name: 'checkout',
      phase: 'Progressing',
      share: await w.share(),
    })
    expect(units).toEqual({ noun: 'pods', count: 2, ready: 2 })
  })

  test('is not taken back by a plan for it once another one is in hand', async () => {
    const w = await tried()
    const { steps, observed, to } = await w.plan('v2.2.1')
    await w.ship('shop/checkout:2.4.0')
    await w.tick()
    const { running: from, precondition } = observed

    const changed = await w.executor.changedSince(
      { target: w.target, precondition, from, to },
      AbortSignal.timeout(20_000),
    )

    expect(changed).toContain('v2.4.0 was deployed meanwhile')
    await expect(
      w.executor.apply(steps[0]?.change ?? null, 'rb_1.0', AbortSignal.timeout(20_000)),
    ).rejects.toThrow('another version of checkout was shipped meanwhile')
  })
})

describe('a version whose gate would not be asked', () => {
  test('since its pods are not ready, is replaced at once', async () => {
    const w = await fresh()
    w.cluster.behave(bad, { start: { kind: 'never-ready' } })
    await w.ship(bad)
    await w.inPhase('Waiting')
    await w.open('confirm-rollout', w.heard().at(-1)?.version.checksum ?? '')
    await w.inPhase('Progressing')
    await w.tick()

    const { steps, warnings } = await w.plan('v2.2.1')

    expect(names(steps)).toEqual(['template restored'])
    expect(warnings).toContainEqual({
      kind: 'flagger_not_asking',
      name: 'checkout',
      because: 'not_ready',
    })
    expect(kinds(await w.carriedOut(steps))).toEqual(['settled'])
    await isBack(w)
  })

  test('since the Canary does not list it, is replaced, and the examination says which lines to add', async () => {
    const w = await fresh({ gates: ['confirm-traffic-increase'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().length > 0)

    const { steps, warnings } = await w.plan('v2.2.1')

    expect(warnings).toContainEqual({
      kind: 'flagger_not_asking',
      name: 'checkout',
      because: 'not_listed',
    })
    await w.carriedOut(steps)
    const found = await w.executor.examine(w.target, AbortSignal.timeout(20_000))
    await isBack(w)
    expect(found).toEqual([
      {
        kind: 'limits',
        text: `cannot be led through Flagger: its Canary checkout in ${w.cluster.namespace} does not ask us at confirm-rollout, confirm-promotion and rollback`,
        remedy: expect.stringContaining(
          `{name: countermand-rollback, type: rollback, url: "https://flagger:<secret>@<host>/webhooks/flagger/${w.named}/rollback"}`,
        ) as string,
      },
    ])
  })

  test('since it is suspended, is replaced while Flagger sleeps', async () => {
    const w = await fresh({ gates: ['rollback', 'confirm-traffic-increase'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().some(({ gate }) => gate === 'confirm-traffic-increase'))
    await w.patch({ spec: { suspend: true } })

    const { steps, warnings } = await w.plan('v2.2.1')

    expect(warnings).toContainEqual({
      kind: 'flagger_not_asking',
      name: 'checkout',
      because: 'suspended',
    })
    await w.carriedOut(steps)
    await isBack(w)
  })

  test('since skipAnalysis promotes it, is not touched before it is promoted, and that is said', async () => {
    const w = await fresh({ gates: ['rollback', 'confirm-traffic-increase'] })
    await w.ship(bad)
    await w.onceIt(() => w.heard().some(({ gate }) => gate === 'confirm-traffic-increase'))
    await w.patch({ spec: { skipAnalysis: true } })

    const { blockers } = await w.observe()
    await w.inPhase('Succeeded')
    const { steps } = await w.plan('v2.2.1')
    await w.carriedOut(steps)

    expect(blockers).toEqual([
      { kind: 'unsupported', why: expect.stringContaining('has skipAnalysis: true') as string },
    ])
    expect(names(steps)).toEqual(['checkout-primary restored', 'template restored'])
    await isBack(w)
  })
})

test('a version that waits for its first gate is no longer asked for, and the gate stays shut', async () => {
  const w = await fresh()
  await w.ship(bad)
  await w.inPhase('Waiting')

  const { steps, how } = await w.plan('v2.2.1')

  expect(names(steps)).toEqual(['template restored'])
  expect(how).toBe('v2.3.0 is never begun')
  await w.carriedOut(steps)
  await w.tick()
  await w.tick()
  await isBack(w)
  expect(w.heard().filter(({ wasOpen }) => wasOpen)).toEqual([])
})

describe('a version that is promoted', () => {
  test('is left by the copy that serves first, and then by the target', async () => {
    const w = await fresh({ images: [good, bad] })

    const { steps, observed, warnings } = await w.plan('v2.2.1')
    const ends = await w.carriedOut(steps)

    expect(observed.running.name).toBe('v2.3.0')
    expect(names(steps)).toEqual(['checkout-primary restored', 'template restored'])
    expect(warnings).toContainEqual({
      kind: 'flagger_tries_again',
      name: 'checkout',
      revision: 'v2.2.1',
    })
    expect(kinds(ends)).toEqual(['settled'])
    await isBack(w)
  })

  test('serves still after kubectl has put the target back: that is seen, and put right', async () => {
    const w = await fresh({ images: [good, bad] })
    await w.ship(good)
    await w.inPhase('Waiting')

    const { steps, observed } = await w.plan('v2.2.1')
    await w.carriedOut(steps)

    expect(observed.running.name).toBe('v2.3.0')
    expect(names(steps)).toEqual(['checkout-primary restored'])
    await isBack(w)
  })

  test('while Flagger still rolls it out is left as well', async () => {
    const w = await fresh({ gates: ['rollback', 'confirm-promotion'] })
    await w.ship(bad)
    await w.inPhase('WaitingPromotion')
    await w.open('confirm-promotion', w.heard().at(-1)?.version.checksum ?? '')
    await w.inPhase('Promoting')

    const { steps, warnings } = await w.plan('v2.2.1')
    await w.carriedOut(steps)
    // However far it came meanwhile, it ends that promotion, and tries the good version like any other that came after.
    await w.inPhase('WaitingPromotion')

    expect(names(steps)).toEqual(['checkout-primary restored', 'template restored'])
    expect(warnings).toContainEqual({
      kind: 'flagger_tries_again',
      name: 'checkout',
      revision: 'v2.2.1',
    })
    await serves(w)
    expect(await w.serving('checkout')).toEqual([good])
  })

  test('in vain – its promotion failed – is left as well, though Flagger says Failed', async () => {
    const w = await fresh({ gates: ['confirm-promotion'], deadlineSeconds: 5 })
    await w.ship(bad)
    await w.inPhase('WaitingPromotion')
    await w.open('confirm-promotion', w.heard().at(-1)?.version.checksum ?? '')
    await w.inPhase('Promoting')
    w.cluster.behave(bad, { start: { kind: 'never-ready' } })
    await w.inPhase('Failed')

    const { steps } = await w.plan('v2.2.1')
    await w.carriedOut(steps)

    expect(names(steps)).toEqual(['checkout-primary restored', 'template restored'])
    await isBack(w)
  })
})

test('a version that Flagger gave up itself is no longer asked for', async () => {
  const w = await fresh({ gates: ['rollback', 'confirm-traffic-increase'] })
  await w.ship(bad)
  await w.onceIt(() => w.heard().length > 0)
  await w.open('rollback', w.heard().at(-1)?.version.checksum ?? '')
  await w.inPhase('Failed')

  const { steps } = await w.plan('v2.2.1')
  await w.carriedOut(steps)

  expect(names(steps)).toEqual(['template restored'])
  await isBack(w)
})

test('configuration that Flagger copied is said not to go back', async () => {
  const w = await fresh({
    images: [good, bad],
    configMaps: ['settings'],
    pods: { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] },
  })

  const { warnings } = await w.observe()
  const { steps } = await w.plan('v2.2.1')
  await w.carriedOut(steps)

  expect(warnings).toContainEqual({ kind: 'copied_config', names: ['ConfigMap settings-primary'] })
  await isBack(w)
})

test('by blue-green, without a mesh, a version is taken back as well', async () => {
  const w = await fresh({ provider: 'kubernetes' })
  await w.ship(bad)
  await w.begun()
  await w.inPhase('WaitingPromotion')

  const { steps } = await w.plan('v2.2.1')
  const ends = await w.carriedOut(steps)

  expect(names(steps)).toEqual(['v2.3.0 given to Flagger to take back', 'template restored'])
  expect(kinds(ends)).toEqual(['settled'])
  await isBack(w)
})

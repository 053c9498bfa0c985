import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Proof, proofOf } from '#executors/nginx/shares.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { freshWorlds, signal } from './world.ts'

const aWorld = freshWorlds()
const withShare = (percent: number) => ({ serving: 'blue', canary: { slot: 'green', percent } })
const undoOf = (step: Step | undefined) => step && { ...step, change: step.undo }

async function aCanary(percent: number) {
  const world = await aWorld({ division: withShare(percent) })
  const { promoter } = world.executor
  if (!promoter) throw new Error('it moves no canaries')
  const seen = await promoter.canary(world.target, signal())
  const forward = async (share: number) => {
    const leg = await promoter.forward(world.target, seen, share, 'pr_1', signal())
    return { ...leg, step: leg.steps[0] }
  }
  return { ...world, promoter, seen, forward }
}

test('a canary is what has a share, and the slot that has the rest is the stable version', async () => {
  const { seen } = await aCanary(10)
  const none = await aWorld()

  expect(seen).toMatchObject({
    canary: { name: 'v2.3.0' },
    stable: { name: 'v2.2.1' },
    share: 10,
    of: 'traffic',
    stops: undefined,
  })
  const alone = await none.executor.promoter?.canary(none.target, signal())
  expect(alone).toMatchObject({ canary: undefined, stable: { name: 'v2.3.0' }, share: 0 })
})

test('a file that says nothing is somebody’s to mend, and none that is gone', async () => {
  const { file, target, promoter } = await aCanary(10)
  writeFileSync(file, '# half written')

  const seen = await promoter.canary(target, signal()).catch((error: unknown) => error)

  expect(seen).toMatchObject({ name: 'Unreadable' })
  expect(seen).not.toBeInstanceOf(TargetGone)
})

test('a file that is missing for a moment ends no promotion', async () => {
  const world = await aWorld({ division: withShare(10), missingMs: 3_000 })
  const { promoter } = world.executor
  const before = world.text()
  const looked = async () => promoter?.canary(world.target, signal())
  rmSync(world.file)

  const meanwhile = looked().catch((error: unknown) => error)
  await sleep(200)
  writeFileSync(world.file, before)

  expect(await meanwhile).not.toBeInstanceOf(TargetGone)
  expect(await looked()).toMatchObject({ share: 10 })
})

test('a step whose file is missing at one look goes on; where it stays away it has failed', async () => {
  const world = await aCanary(10)
  const { step } = await world.forward(50)
  await world.apply(step)
  const written = world.text()
  rmSync(world.file)
  const seen: unknown[] = []

  for await (const one of world.executor.progress(step?.change ?? null, signal())) {
    seen.push(one)
    if (!existsSync(world.file)) writeFileSync(world.file, written)
  }
  rmSync(world.file)

  expect(seen[0]).toMatchObject({ kind: 'moving', note: expect.stringContaining('is gone') })
  expect(seen.at(-1)).toEqual({ kind: 'settled', ready: 1, wanted: 1 })
  expect(await world.follow(step)).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('is gone'),
  })
})

test('a share is only moved when the count of answers says so: a reload that was not done is found out, and taken back', async () => {
  const world = await aCanary(10)
  const { step, how, reaches } = await world.forward(50)
  const before = world.text()
  world.pretend.deaf(true)

  await world.apply(step)
  const written = world.text()
  const seen = await world.first(step)
  await world.apply(undoOf(step))

  expect(how).toBe(
    'slot green gets 50 % of the requests: nginx tests the file and loads it, and then who answers is counted',
  )
  expect(reaches).toBe(50)
  expect(written).toContain('50% checkout_green;')
  expect(seen).toMatchObject({
    kind: 'moving',
    note: expect.stringMatching(
      /^v2\.3\.0 answered \d+ of \d+ requests, not yet as 50 % would: if that stays so, nginx refused the reload/,
    ),
  })
  expect(step?.onFailure).toBe('undo')
  expect(world.text()).toBe(before)
})

test('a canary with nearly everything is promoted in full only when the rest of the other one is gone', async () => {
  const world = await aCanary(90)
  const { step } = await world.forward(100)
  world.pretend.deaf(true)

  await world.apply(step)
  const seen = await world.first(step)
  world.pretend.deaf(false)
  await world.apply(step)
  const settled = await world.follow(step)
  await world.apply(undoOf(step))

  expect(seen).toMatchObject({
    kind: 'moving',
    note: expect.stringMatching(/^2\.2\.1 still answers/),
  })
  expect(settled).toMatchObject({ kind: 'settled' })
  // Its way back is done when the other one answers again.
  expect(await world.follow(undoOf(step))).toMatchObject({ kind: 'settled' })
})

test('a canary that is ill gets no more, and one that falls ill meanwhile has not come there', async () => {
  const world = await aCanary(10)
  const { step } = await world.forward(50)
  await world.apply(step)
  world.pretend.set(world.green, { version: '2.3.0', status: 503 })

  const followed = await world.first(step)
  const [own] = await verified(world, 50)
  const state = await world.promoter.canary(world.target, signal())
  const more = await world.promoter.forward(world.target, state, 75, 'pr_1', signal())

  expect(followed).toMatchObject({ kind: 'moving', note: 'slot green answers 503' })
  expect(own).toMatchObject({
    result: 'failed',
    text: expect.stringContaining('green answers 503'),
  })
  expect(more).toMatchObject({
    steps: [],
    blockers: [{ kind: 'target_missing', revision: 'v2.3.0', why: 'slot green answers 503' }],
  })
})

test('a share that a pipeline moved after it was written is not taken for ours', async () => {
  const world = await aCanary(10)
  const { step } = await world.forward(50)
  await world.apply(step)
  await world.observe()
  await world.write(withShare(75))

  await expect(world.apply(step)).rejects.toThrow(
    'checkout was switched to blue, 75 % green meanwhile',
  )
  const checks = await verified(world, 50)

  expect(checks.map(({ result }) => result)).toEqual(['passed', 'failed'])
})

test('a canary is held without a change: nothing moves by itself', async () => {
  const world = await aCanary(10)

  const leg = await world.promoter.hold(world.target, world.seen, 'pr_1', signal())

  expect(leg).toMatchObject({ steps: [], blockers: [] })
  expect(world.changes()).toBe(0)
})

const verified = async (
  { promoter, target, seen }: Awaited<ReturnType<typeof aCanary>>,
  share: number,
) => {
  const { canary, stable } = seen
  if (!canary) throw new Error('there is no canary')
  return promoter.verify(target, { share, canary, stable }, signal())
}

test('a service that fails now and then is brought back all the same, and a share that was counted is not counted at each look', async () => {
  const world = await aCanary(1)
  const [back] = (await world.route('v2.2.1')).steps
  const failsEvery = 4
  for (const [slot, version] of [
    [world.blue, '2.2.1'],
    [world.green, '2.3.0'],
  ] as const)
    world.pretend.set(slot, { version, status: 200, failsEvery })
  const before = world.pretend.passedOn()
  const [, serving] = await verified(world, 1)
  const asked = world.pretend.passedOn() - before
  world.pretend.set(world.blue, { version: '2.2.1', status: 200 })
  await world.apply(back)
  world.pretend.set(world.blue, { version: '2.2.1', status: 200, failsEvery: 200 })

  const settled = await world.follow(back)

  expect(serving?.result).toBe('passed')
  expect(asked).toBe(8)
  expect(settled).toMatchObject({ kind: 'settled' })
})

test('a look takes one share for the other in one of a thousand', () => {
  const percent = fc.integer({ min: 1, max: 99 })
  const shares = fc.tuple(percent, percent).filter(([was, is]) => Math.abs(was - is) > 5)
  // As nginx draws, many looks at a time.
  const looks = 2_000
  const hasCome = (share: number, { samples, fewest, most }: Proof, draw: () => number) => {
    let hits = 0
    for (let asked = 0; asked < samples; asked += 1) if (draw() * 100 < share) hits += 1
    return hits >= fewest && hits <= most
  }

  fc.assert(
    fc.property(shares, fc.integer(), ([was, is], seed) => {
      const draw = randomOf(seed)
      const proof = proofOf(was, is)
      let wrong = 0
      for (let look = 0; look < looks / 2; look += 1) {
        if (hasCome(was, proof, draw)) wrong += 1
        if (!hasCome(is, proof, draw)) wrong += 1
      }
      expect(proof.samples).toBeLessThanOrEqual(3_000)
      // Of so many looks, far more wrong ones than one of a thousand would bring.
      expect(wrong).toBeLessThan(15)
    }),
    { numRuns: 20 },
  )
})

test.for([
  [0, 10, { samples: 66, fewest: 1, most: 66 }],
  [10, 100, { samples: 8, fewest: 8, most: 8 }],
  [99, 100, { samples: 688, fewest: 688, most: 688 }],
  [100, 50, { samples: 10, fewest: 0, most: 9 }],
  [10, 50, { samples: 46, fewest: 13, most: 46 }],
  [50, 10, { samples: 46, fewest: 0, most: 12 }],
] as const)('from %i to %i percent', ([was, is, proof]) => {
  expect(proofOf(was, is)).toEqual(proof)
})

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

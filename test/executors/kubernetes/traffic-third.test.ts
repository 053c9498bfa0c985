import { expect, test } from 'vitest'
import type { Step } from '#domain/rollback/plan.ts'
import { destination, freshTrafficWorlds, type TrafficWorld } from './traffic-world.ts'
import { followed, signal, until } from './world.ts'

const world = freshTrafficWorlds()

/** A third destination has a fifth of the requests, which is nobody's but its own. */
const third = {
  http: [
    {
      name: 'primary',
      route: [
        destination('stable', 70),
        destination('canary', 10),
        { destination: { host: 'legacy' }, weight: 20 },
      ],
    },
  ],
}

async function carryOut(w: TrafficWorld, steps: readonly Step[]) {
  for (const [index, step] of steps.entries()) {
    await w.executor.apply(step.change, `pr_1.${index}`, signal())
    if (step.settles === undefined) continue
    expect((await followed(w.executor, step)).at(-1)).toMatchObject({ kind: 'settled' })
  }
}

test.for([
  [25, 'primary: 60/20/20'],
  [30, 'primary: 56/24/20'],
  [50, 'primary: 40/40/20'],
] as const)(
  'a canary beside a third destination is found where it was brought: at %i %% of what both versions have',
  async ([share, weights]) => {
    const w = await world(third)
    const { stable, canary } = await w.seen()
    if (!canary) throw new Error('there is no canary')

    const leg = await w.promoter.forward(w.target, await w.seen(), share, 'pr_1', signal())
    await carryOut(w, leg.steps)

    expect(await w.weights()).toEqual([weights])
    expect((await w.seen()).share).toBe(share)
    const verify = () => w.promoter.verify(w.target, { share, canary, stable }, signal())
    await until(async () => (await verify()).every(({ result }) => result === 'passed'))
    const more = { share: share + 5, canary, stable }
    expect(
      (await w.promoter.verify(w.target, more, signal())).map(({ result }) => result),
    ).toContain('failed')
  },
)

test('taken away beside a third destination, the stable version gets what the canary had', async () => {
  const w = await world(third)
  const [way] = await w.ways()

  await carryOut(w, way?.steps ?? [])

  expect(await w.weights()).toEqual(['primary: 80/0/20'])
})

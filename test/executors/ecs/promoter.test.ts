import { describe, expect, test } from 'vitest'
import { promoterContract, type CanaryPlatform } from '../promoter-contract.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import { aWorld, cluster, freshWorlds, service, signal, type World } from './world.ts'

promoterContract('an ECS deployment that waits at a PAUSE hook', waiting)

async function waiting(trouble?: Trouble): Promise<CanaryPlatform> {
  const world = await aWorld({ pauses: true, isImpatient: trouble?.kind === 'late' })
  await paused(world, '2.4.0')
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    next: 100,
    wanted: async () => world.state().wanted,
    changes: world.pretend.changes,
    trouble: (one, times) =>
      world.pretend.faults.add({ path: /\/(Update|Stop|Continue)/, times, ...faultOf(one, 2_000) }),
    shipAnother: () => paused(world, '2.5.0'),
    removeTarget: async () => {
      world.pretend.remove(cluster, service)
    },
    close: world.close,
  }
}

async function paused(world: World, tag: string): Promise<void> {
  world.ship(tag)
  await expect
    .poll(async () => (await world.executor.promoter?.canary(world.target, signal()))?.canary?.name)
    .toBe(`v${tag}`)
}

describe('a deployment of ECS', () => {
  const world = freshWorlds()

  test('that waits is continued by that word, and by no other', async () => {
    const w = await world({ pauses: true })
    await paused(w, '2.4.0')
    const promoter = w.executor.promoter
    const state = await promoter?.canary(w.target, signal())
    if (!promoter || !state) throw new Error('nothing waits')

    const leg = await promoter.forward(w.target, state, 100, 'pr_1', signal())
    const half = await promoter.forward(w.target, state, 50, 'pr_1', signal())
    await w.apply(leg.steps[0])
    const followed = await w.follow(leg.steps[0])

    expect(followed.at(-1)).toMatchObject({ kind: 'settled' })
    expect(half.blockers).toMatchObject([{ kind: 'unsupported' }])
    expect(w.changesAsked()).toMatchObject([
      { operation: 'ContinueServiceDeployment', request: { action: 'CONTINUE' } },
    ])
  })

  test('is looked at once for what the card names and for what an approval binds to', async () => {
    const w = await world({ pauses: true })
    await paused(w, '2.4.0')
    const before = w.pretend.exchanges.length

    await w.executor.promoter?.canary(w.target, signal())

    const asked = w.pretend.exchanges.slice(before).map(({ operation }) => operation)
    expect(asked.filter((one) => one === 'DescribeServices')).toHaveLength(1)
  })

  test('that does not wait is no canary', async () => {
    const w = await world()
    w.ship('2.4.0')

    expect((await w.executor.promoter?.canary(w.target, signal()))?.canary).toBeUndefined()
  })

  test('whose one hook stands for two stages is continued past the first by a word for the first', async () => {
    const w = await world({ pauses: true, pausesTwice: true })
    await paused(w, '2.4.0')
    const promoter = w.executor.promoter
    const state = await promoter?.canary(w.target, signal())
    if (!promoter || !state) throw new Error('nothing waits')
    const { steps } = await promoter.forward(w.target, state, 100, 'pr_1', signal())
    w.pretend.faults.add({ path: '/ContinueServiceDeployment', times: 1, cut: 'after' })

    await w.apply(steps[0])
    await w.apply(steps[0])

    expect(w.state().stage).toBe('POST_TEST_TRAFFIC_SHIFT')
    expect(w.changesAsked()).toHaveLength(1)
    expect((await w.follow(steps[0])).at(-1)).toMatchObject({ kind: 'settled' })
    expect(await promoter.changedSince(w.target, state.precondition, signal())).toMatch(/went on/)
  })
})

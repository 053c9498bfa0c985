import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import { aWorld, type Setup } from './world.ts'

executorContract('a failover to a region that is closed', (trouble) =>
  platform({ enabled: ['West Europe'], changeMs: 20, lookMs: 20 }, trouble),
)

executorContract('a failover to a standby, without a database', (trouble) =>
  platform({ hasNoDatabase: true }, trouble),
)

executorContract('a failover of one of two regions that serve', (trouble) =>
  platform({ regions: ['East US', 'West US'], enabled: ['East US'], routing: 'Weighted' }, trouble),
)

/** The shop in two regions on a pretend Azure, as the executor's contract wants it. */
async function platform(setup: Setup, trouble?: Trouble): Promise<Platform> {
  const [bad = 'West Europe', good = 'North Europe'] = setup.regions ?? []
  const third = 'Japan East'
  const fence = aFence()
  const world = await aWorld({
    beforeChange: fence.beforeChange,
    ...setup,
    ttl: 5,
    regions: [bad, good, third],
    enabled: setup.enabled ?? [bad, good],
    isImpatient: trouble?.kind === 'late',
  })
  const named = (region: string) => world.to(region.toLowerCase().replaceAll(' ', ''))
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: named(good),
    bad: named(bad),
    fence,
    change: 'closed',
    wanted: async () => world.pretend.wanted(),
    changes: world.pretend.changes,
    trouble: (one, times) =>
      world.pretend.faults.add({ path: /AzureEndpoints|Change$/, times, ...faultOf(one, 2_000) }),
    shipAnother: async () => {
      world.pretend.set(third, 'Enabled')
    },
    removeTarget: async () => {
      world.pretend.remove()
    },
    close: world.close,
  }
}

import type { Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import { aWorld, cluster, lateAfterMs, service, type Setup } from './world.ts'

/** checkout on a pretend ECS, as the executor's contract wants it; each way a deployment stands is held to it in a file of its own. */
export async function platform(
  setup: Setup,
  trouble?: Trouble,
  isUnderWay = false,
): Promise<Platform> {
  const fence = aFence()
  const world = await aWorld({
    ...setup,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  if (isUnderWay) world.ship('2.4.0')
  if (setup.registerAgain) world.pretend.deregister(world.definitions.get('2.2.1') ?? '')
  const [good, bad] = isUnderWay ? ['v2.3.0', 'v2.4.0'] : ['v2.2.1', 'v2.3.0']
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: await world.revision(good ?? ''),
    bad: await world.revision(bad ?? ''),
    fence,
    change: isUnderWay ? 'taken back' : 'deployed',
    isAside: ({ name }) => name.startsWith('copy of '),
    wanted: async () =>
      setup.codeDeploy
        ? world.pretend.deployedByCodeDeploy(cluster, service).wanted
        : world.state().wanted,
    changes: world.pretend.changes,
    trouble: (trouble, times) =>
      world.pretend.faults.add({
        path: /\/(Register|Update|Stop|Continue|CreateDeployment)/,
        times,
        ...faultOf(trouble, lateAfterMs(setup)),
      }),
    shipAnother: async () => {
      world.ship('2.5.0')
    },
    removeTarget: async () => {
      world.pretend.remove(cluster, service)
    },
    close: world.close,
  }
}

import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf } from '../troubles.ts'
import { aWorld, project, service } from './world.ts'

executorContract('a Compose service', async (trouble): Promise<Platform> => {
  const fence = aFence()
  const world = await aWorld({
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: await world.revision('v2.2.1'),
    bad: await world.revision('v2.3.0'),
    fence,
    folders: [world.directory],
    change: 'started by Compose',
    wanted: async () =>
      world
        .containers()
        // A container that comes in another's place has a number of its own.
        .map(({ image, reference, hash }) => ({ image, reference, hash })),
    changes: world.pretend.changes,
    trouble: (kind, times) =>
      world.pretend.faults.add({ method: 'POST', path: '/up', times, ...faultOf(kind, 3_000) }),
    shipAnother: async () => world.ship('2.5.0'),
    removeTarget: async () => world.pretend.remove(project, service),
    close: world.close,
  }
})

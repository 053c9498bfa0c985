import { describe } from 'vitest'
import { executorContract, type Platform } from '../executors/contract.ts'
import { aFence } from '../executors/fence.ts'
import { aProject, engineHere } from './world.ts'

describe.skipIf(!engineHere())('on a real Docker Engine', () => {
  executorContract('a Compose service', async (trouble): Promise<Platform> => {
    const fence = aFence()
    const world = await aProject({
      patienceMs: trouble?.kind === 'late' ? 15_000 : 60_000,
      beforeChange: fence.beforeChange,
    })
    return {
      executor: world.executor,
      restarted: world.freshExecutor,
      target: world.target,
      good: await world.revision('v1.0'),
      bad: await world.revision('v1.1'),
      fence,
      change: 'started by Compose',
      wanted: async () =>
        world
          .containers()
          .map(({ name, image, reference, hash }) => ({ name, image, reference, hash })),
      changes: world.changes,
      trouble: world.trouble,
      shipAnother: async () => world.ship('1.2'),
      removeTarget: async () => {
        world.remove()
      },
      close: world.close,
    }
  })
})

import { rmSync } from 'node:fs'
import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import type { Trouble } from '../troubles.ts'
import { faultOf } from '../troubles.ts'
import { lateMs, patienceWith } from './contract-platform.ts'
import { aWorld, type Setup } from './world.ts'

/** A canary that nginx gives a tenth of the requests, on whatever nginx there is. */
export const nginxPromoterContract = (start?: Setup['start']): void =>
  promoterContract('a canary of nginx', async (trouble?: Trouble): Promise<CanaryPlatform> => {
    const tenth = { serving: 'blue', canary: { slot: 'green', percent: 10 } }
    const world = await aWorld({
      division: tenth,
      ...patienceWith(trouble, start),
      ...(start ? { start } : {}),
    })
    // What runs has been looked at, as it is every minute.
    await world.observe()
    return {
      executor: world.executor,
      restarted: world.freshExecutor,
      target: world.target,
      next: 50,
      wanted: async () => ({ text: world.text(), loaded: world.pretend.loaded() }),
      changes: world.changes,
      trouble: (one, times) =>
        world.pretend.faults.add({
          method: 'POST',
          path: '/reload',
          times,
          ...faultOf(one, lateMs),
        }),
      // With the same share: only the slot itself tells that it is another.
      shipAnother: async () => world.pretend.set(world.green, { version: '2.5.0', status: 200 }),
      removeTarget: async () => rmSync(world.file),
      close: world.close,
    }
  })

import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf, type Trouble } from '../troubles.ts'
import { aWorld, type Setup } from './world.ts'

/** Both ways in which a version may serve, on whatever nginx there is. */
export function nginxContract(start?: Setup['start']): void {
  for (const [name, canary] of [
    ['an nginx with two slots', null],
    ['an nginx with a canary', { slot: 'green', percent: 50 }],
  ] as const)
    executorContract(name, async (trouble): Promise<Platform> => {
      const fence = aFence()
      const world = await aWorld({
        beforeChange: fence.beforeChange,
        division: { serving: canary ? 'blue' : 'green', canary },
        ...patienceWith(trouble, start),
        ...(start ? { start } : {}),
      })
      return {
        executor: world.executor,
        restarted: world.freshExecutor,
        target: world.target,
        good: await world.revision('v2.2.1'),
        bad: await world.revision('v2.3.0'),
        fence,
        folders: [dirname(world.file)],
        change: 'requests brought to slot blue',
        wanted: async () => ({ text: world.text(), loaded: world.pretend.loaded() }),
        changes: world.changes,
        trouble: (kind, times) =>
          world.pretend.faults.add({
            method: 'POST',
            path: '/reload',
            times,
            ...faultOf(kind, lateMs),
          }),
        shipAnother: async () => {
          world.pretend.set(world.green, { version: '2.5.0', status: 200 })
          await world.write({ serving: 'blue', canary: { slot: 'green', percent: 30 } })
        },
        removeTarget: async () => rmSync(world.file),
        close: world.close,
      }
    })
}

/** The pretend program begins within a moment; a real one stands behind a second program. */
export const patienceWith = (trouble: Trouble | undefined, start: Setup['start']) => ({
  timeoutMs: trouble?.kind !== 'late' ? 15_000 : start ? 4_000 : 600,
})

/** An answer of nginx that nobody waits for. */
export const lateMs = 60_000

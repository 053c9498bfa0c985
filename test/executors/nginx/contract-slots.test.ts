import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Step } from '#domain/rollback/plan.ts'
import { revisionOf } from '#executors/nginx/ask.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import { faultOf } from '../troubles.ts'
import { slotsOnCompose } from './slots-world.ts'

/** It brings no requests anywhere, and stays when it is taken back. */
const startsSlot = ({ name }: Step): boolean => name.startsWith('slot blue started')

executorContract('an nginx with slots of Compose', async (trouble): Promise<Platform> => {
  const fence = aFence()
  const world = await slotsOnCompose({
    beforeChange: fence.beforeChange,
    ...(trouble?.kind === 'late' ? { patienceMs: 2_000 } : {}),
  })
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: revisionOf('2.2.1'),
    bad: revisionOf('2.3.0'),
    fence,
    folders: [dirname(world.file)],
    change: 'requests brought to slot blue',
    isAside: startsSlot,
    wanted: async () => ({ text: readFileSync(world.file, 'utf8'), loaded: world.web.loaded() }),
    changes: world.changes,
    trouble: (kind, times) => {
      const fault = { method: 'POST', times, ...faultOf(kind, 3_000) }
      world.docker.faults.add({ ...fault, path: '/up' })
      world.web.faults.add({ ...fault, path: '/reload' })
    },
    shipAnother: async () => {
      world.deploy('green', '2.5.0')
      world.divide({ serving: 'blue', canary: { slot: 'green', percent: 30 } })
    },
    removeTarget: async () => rmSync(world.file),
    close: world.close,
  }
})

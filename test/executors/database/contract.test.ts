import type { ProgramFault } from '#sandbox/database/programs.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { aWorld, version } from './world.ts'

executorContract('a schema that a command moves', async (): Promise<Platform> => {
  const fence = aFence()
  const world = await aWorld({ parts: { beforeChange: fence.beforeChange, retryMs: 100 } })
  await world.query(`INSERT INTO customers VALUES (1, 'hunter2')`)
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: version('41'),
    bad: version('43'),
    fence,
    folders: [world.backups, world.migrations],
    change: 'taken down to 41',
    isAside: ({ name }) => name.startsWith('backup'),
    wanted: world.version,
    changes: world.changes,
    trouble: (trouble, times) =>
      void world.programs.fail(...Array.from({ length: times }, () => faultOf(trouble))),
    shipAnother: () => world.migrateTo(44),
    removeTarget: async () => {
      await world.drop()
    },
    close: world.close,
  }
})

function faultOf(trouble: Trouble): ProgramFault {
  switch (trouble.kind) {
    case 'status':
      return trouble.status < 500 ? 'fails-before' : 'fails-after'
    case 'cut-before':
      return 'ends-before'
    case 'cut-after':
      return 'ends-after'
    case 'late':
      return 'late'
  }
}

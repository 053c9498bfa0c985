import { fork } from 'node:child_process'
import { once as event } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compare, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { once } from './harness/timing.ts'
import { resting } from './resting.ts'

const product = fileURLToPath(new URL('../test/support/replica.ts', import.meta.url))
const bolt = fileURLToPath(new URL('./bare-bolt.ts', import.meta.url))

/** From nothing to listening: the product on a migrated database against an app of Bolt and nothing else. */
export async function start(): Promise<readonly Result[]> {
  return withDatabase(async ({ ownerUrl }) => {
    const { env, close } = await resting(ownerUrl)
    try {
      return [
        await compare({
          what: 'cold start',
          unit: 'ms',
          goal: { atMost: 2 },
          rounds: 10,
          warmUp: 1,
          ours: { name: 'countermand', round: () => started(product, env) },
          theirs: { name: 'bare Bolt', round: () => started(bolt, env) },
        }),
      ]
    } finally {
      await close()
    }
  })
}

/** Milliseconds until the program says where it listens. */
async function started(program: string, env: NodeJS.ProcessEnv): Promise<readonly number[]> {
  const launch = () =>
    fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env })
  let child: ReturnType<typeof launch> | undefined
  const took = await once(async () => {
    child = launch()
    await event(child, 'message')
  })
  if (child) {
    child.disconnect()
    await event(child, 'exit')
  }
  return [took]
}

import { fork } from 'node:child_process'
import { once as event } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startOptions } from './harness/as-started.ts'
import { alone, compare, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { sender } from './harness/load.ts'
import { command, resting } from './resting.ts'

const product = fileURLToPath(new URL('../test/support/replica.ts', import.meta.url))
const bolt = fileURLToPath(new URL('./bare-bolt.ts', import.meta.url))
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)
/** Between two tries to be heard; in ms. */
const againMs = 2

/** From nothing to the first acknowledged command: the product on a migrated database against an app of Bolt and nothing else. */
export async function start(): Promise<readonly Result[]> {
  return withDatabase(async ({ ownerUrl }) => {
    const { env, signingSecret, close } = await resting(ownerUrl)
    const { post, close: hangUp } = sender(signingSecret)
    const atWork: number[] = []
    try {
      const acknowledged = await compare({
        what: 'cold start, until a command is acknowledged',
        unit: 'ms',
        goal: { atMost: 2 },
        rounds,
        warmUp: 1,
        ours: {
          name: 'countermand',
          async round() {
            const { heardMs, saidMs } = await started(product, env, post)
            atWork.push(saidMs)
            return [heardMs]
          },
        },
        theirs: {
          name: 'bare Bolt',
          round: async () => [(await started(bolt, env, post)).heardMs],
        },
      })
      return [
        acknowledged,
        alone({
          what: 'cold start, until all is loaded and the workers are at work',
          unit: 'ms',
          name: 'countermand',
          samples: atWork.slice(1),
        }),
      ]
    } finally {
      hangUp()
      await close()
    }
  })
}

/** Milliseconds until a command is acknowledged, asked for all the time, and until the program says that it has started. */
async function started(
  program: string,
  env: NodeJS.ProcessEnv,
  post: ReturnType<typeof sender>['post'],
): Promise<{ readonly heardMs: number; readonly saidMs: number }> {
  const port = await freePort()
  const began = performance.now()
  const child = fork(program, {
    execArgv: program === product ? [...startOptions] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...env, PORT: String(port) },
  })
  const said = event(child, 'message').then(() => performance.now() - began)
  const url = `http://127.0.0.1:${port}`
  while (!(await post(url, command()).catch(() => undefined))) await sleep(againMs)
  const heardMs = performance.now() - began
  const saidMs = await said
  child.disconnect()
  await event(child, 'exit')
  return { heardMs, saidMs }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await event(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await event(server, 'close')
  return port
}

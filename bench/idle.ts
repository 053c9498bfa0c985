import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startOptions } from './harness/as-started.ts'
import { alone, type Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { resting } from './resting.ts'

const settleMs = 5_000
const watchedMs = 20_000
const server = fileURLToPath(new URL('../test/support/replica.ts', import.meta.url))

/** The product at rest, in a process of its own, with a database elsewhere: what it asks, what it costs, what it holds. */
export async function idle(): Promise<readonly Result[]> {
  return withDatabase(async (database) => {
    const surroundings = await resting(database.ownerUrl)
    const child = fork(server, {
      execArgv: [...startOptions],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: surroundings.env,
    })
    const ended = once(child, 'exit')
    try {
      await Promise.race([once(child, 'message'), ended])
      await sleep(settleMs)
      return await atRest(database, child.pid ?? 0)
    } finally {
      child.disconnect()
      await ended
      await surroundings.close()
    }
  })
}

async function atRest(database: BenchDatabase, pid: number): Promise<readonly Result[]> {
  const before = await spent(database, pid)
  await sleep(watchedMs)
  const after = await spent(database, pid)
  const seconds = watchedMs / 1_000
  const ended = [...before.backends.keys()].filter((id) => !after.backends.has(id)).length
  // What began meanwhile is counted from its beginning.
  const backendMs = [...after.backends].reduce(
    (sum, [id, ms]) => sum + ms - (before.backends.get(id) ?? 0),
    0,
  )
  const share = (from: number, to: number) => [((to - from) / watchedMs) * 100]
  return [
    alone({
      what: 'transactions at rest',
      unit: 'per second',
      name: 'countermand',
      samples: [(after.transactions - before.transactions) / seconds],
    }),
    alone({
      what: 'the database at rest',
      unit: '% of a core',
      name: 'backends of countermand',
      samples: share(0, backendMs),
      goal: { atMost: 1 },
      ...(ended > 0 ? { notes: [`${ended} backends ended meanwhile, and are not counted`] } : {}),
    }),
    alone({
      what: 'the process at rest',
      unit: '% of a core',
      name: 'countermand',
      samples: share(before.processMs, after.processMs),
    }),
    alone({
      what: 'memory at rest, without the database',
      unit: 'MB resident',
      name: 'countermand',
      samples: [after.residentMb],
      goal: { atMost: 200 },
    }),
  ]
}

/** Processor time, from Linux's own books, in milliseconds. */
async function spent({ owner }: BenchDatabase, pid: number) {
  const { rows } = await owner.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'countermand-%'`,
  )
  const counted = await owner.query<{ count: string }>(
    `SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()`,
  )
  return {
    transactions: Number(counted.rows[0]?.count),
    backends: new Map(rows.map((backend) => [backend.pid, processorMs(backend.pid)])),
    processMs: processorMs(pid),
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]) / 1_024,
  }
}

/** User and system time of all threads, in ticks of ten milliseconds. */
function processorMs(pid: number): number {
  const [user, system] =
    read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ').slice(11, 13) ?? []
  return (Number(user) + Number(system)) * 10
}

const read = (path: string): string => readFileSync(path, 'utf8')

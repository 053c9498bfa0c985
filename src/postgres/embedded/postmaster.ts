import { spawn } from 'node:child_process'
import {
  closeSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { oneConnection } from '../pools.ts'
import type { Cluster } from './cluster.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
}

/**
 * Adopts the server that already runs on these files – another start's, or one that a killed bot
 * left – else starts one. PostgreSQL's own lock file decides between two starts at once.
 */
export async function adoptOrStart(
  cluster: Cluster,
  native: string,
  durable: boolean,
): Promise<Postmaster & { readonly adopted: boolean }> {
  const giveUpAt = performance.now() + 30_000
  let ours: number | undefined
  let starts = 0
  while (performance.now() < giveUpAt && starts <= 5) {
    const found = recorded(cluster.folder)
    if (found && !lives(found.pid, cluster.folder)) forget(cluster.folder)
    else if (found?.ready && (await answers(cluster, found.port)))
      return { pid: found.pid, port: found.port, adopted: found.pid !== ours }
    else if (!found && (ours === undefined || !exists(ours))) {
      ours = launch(cluster, native, await freePort(), durable)
      starts += 1
    }
    await sleep(15)
  }
  throw new Error(`The built-in PostgreSQL did not start: ${lastWords(logFile(cluster.folder))}`)
}

/** Stops the server unless somebody else still uses it; resolves when it is gone. */
export async function stopPostmaster(cluster: Cluster, { pid, port }: Postmaster): Promise<void> {
  if (await usedByOthers(cluster, port)) return
  signal(pid, 'SIGINT')
  const giveUpAt = performance.now() + 10_000
  while (recorded(cluster.folder)?.pid === pid && exists(pid)) {
    if (performance.now() > giveUpAt) return signal(pid, 'SIGQUIT')
    await sleep(15)
  }
  // It takes its lock file away just before it ends; nobody may be there to notice the end of an orphan.
  for (let look = 0; look < 60 && exists(pid); look += 1) await sleep(15)
}

export const connection = (cluster: Cluster, port: number, database: string) => ({
  host: '127.0.0.1',
  port,
  database,
  user: 'countermand',
  password: cluster.credentials.owner,
  connectionTimeoutMillis: 2_000,
})

/** Many processes, and several runs at once, may share a server of tests. */
const forTests = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '500',
}

function launch(cluster: Cluster, native: string, port: number, durable: boolean): number {
  const log = openSync(logFile(cluster.folder), logIsLarge(cluster.folder) ? 'w' : 'a', 0o600)
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : forTests),
  }
  const child = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', cluster.folder, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    {
      ...cluster.account,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log, log],
      // Out of the terminal's process group: Ctrl-C must not stop it before the bot has finished.
      detached: true,
    },
  )
  child.on('error', () => undefined)
  child.unref()
  closeSync(log)
  return child.pid ?? -1
}

/** `postmaster.pid`, lines: pid, folder, start time, port, socket folder, address, memory, status. */
function recorded(folder: string): (Postmaster & { readonly ready: boolean }) | undefined {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return pid > 0
      ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
      : undefined
  } catch {
    return undefined
  }
}

/** A number may have gone to another program since, as after a container's restart; a server works in its data folder. */
function lives(pid: number, folder: string): boolean {
  if (!exists(pid)) return false
  try {
    return realpathSync(readlinkSync(`/proc/${pid}/cwd`)) === realpathSync(folder)
  } catch {
    // Another user's, or no /proc: believe the lock file.
    return true
  }
}

function forget(folder: string): void {
  try {
    unlinkSync(join(folder, 'postmaster.pid'))
  } catch {
    // Gone already: another start was faster.
  }
}

async function answers(cluster: Cluster, port: number): Promise<boolean> {
  const client = oneConnection(connection(cluster, port, 'postgres'))
  try {
    await client.connect()
    const { rows } = await client.query<{ folder: string }>(
      `SELECT current_setting('data_directory') AS folder`,
    )
    return realpathSync(rows[0]?.folder ?? '') === realpathSync(cluster.folder)
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** How those who only look whether they are the last are known: two that stop at once must not wait for each other. */
const leaving = 'countermand-leaving'

/** Our own connections may take a moment to end after they were closed, on a busy machine a second. */
async function usedByOthers(cluster: Cluster, port: number): Promise<boolean> {
  const client = oneConnection({
    ...connection(cluster, port, 'postgres'),
    application_name: leaving,
  })
  try {
    await client.connect()
    for (let look = 0; look < 80; look += 1) {
      const { rows } = await client.query<{ others: number }>(
        `SELECT count(*)::int AS others FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND application_name <> $1`,
        [leaving],
      )
      if (rows[0]?.others === 0) return false
      await sleep(25)
    }
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (exists(pid)) process.kill(pid, name)
}

const logFile = (folder: string): string => join(dirname(folder), 'server.log')
const logIsLarge = (folder: string): boolean =>
  (statSync(logFile(folder), { throwIfNoEntry: false })?.size ?? 0) > 10_000_000

function lastWords(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ')
  } catch {
    return 'it left no log'
  }
}

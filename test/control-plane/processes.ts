import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process told from a later one with the same number by when it started. */
interface Recorded {
  readonly name: string
  readonly pid: number
  readonly startedAt: string
}

interface RunRecord {
  readonly owner: Recorded
  readonly started: readonly Recorded[]
}

interface Options {
  /** What is thrown when there is no such program. */
  readonly missing?: string
  readonly env?: Readonly<Record<string, string>>
}

const recordIn = (folder: string): string => join(folder, 'processes.json')

/** Starts servers of one owner, writes down which, and stops exactly those. */
export function processesOf(folder: string) {
  const owner = recorded('owner', process.pid)
  const started: Recorded[] = []
  const write = () => writeFileSync(recordIn(folder), JSON.stringify({ owner, started }))
  write()

  /** The last resort, when this process ends without `stop`. */
  const killAll = () => {
    for (const one of started) signalTo(one, 'SIGKILL')
  }
  process.once('exit', killAll)

  return {
    /** Its output goes to `<name>.log` in the folder. */
    async start(
      name: string,
      program: string,
      args: readonly string[],
      { missing = `${program} is missing`, env = {} }: Options = {},
    ) {
      const log = openSync(join(folder, `${name}.log`), 'w')
      const child = spawn(program, args, {
        cwd: folder,
        stdio: ['ignore', log, log],
        // In a group of its own: Ctrl-C reaches the owner alone, which then stops them in order.
        detached: true,
        env: { PATH: process.env['PATH'], HOME: folder, ...env },
      })
      closeSync(log)
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', (cause) => reject(new Error(missing, { cause })))
      })
      const one = recorded(name, child.pid ?? 0)
      started.push(one)
      write()
      return {
        pid: one.pid,
        hasEnded: () => child.exitCode !== null || child.signalCode !== null,
        lastWords: () =>
          readFileSync(join(folder, `${name}.log`), 'utf8')
            .split('\n')
            .slice(-6)
            .join('\n'),
        signal: (signal: NodeJS.Signals) => signalTo(one, signal),
      }
    },
    /** The newest first, each given a moment to end by itself. */
    async stop(): Promise<void> {
      for (const one of started.toReversed()) await stopOne(one)
      process.off('exit', killAll)
    },
  }
}

/** Stops what runs of owners that are gone left behind, and removes their folders. */
export async function reap(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name)
    const record = readRecord(folder)
    if (record && lives(record.owner)) continue
    for (const one of record?.started.toReversed() ?? []) await stopOne(one)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Resident memory in bytes of everything that was started in the folder. */
export function memoryOf(folder: string): number {
  const pids = readRecord(folder)?.started.map(({ pid }) => pid) ?? []
  const text = ps(['-o', 'rss=', '-p', pids.join(',')])
  return text.split('\n').reduce((sum, line) => sum + Number(line) * 1024, 0)
}

async function stopOne(one: Recorded): Promise<void> {
  // One that was paused would not hear it.
  signalTo(one, 'SIGCONT')
  signalTo(one, 'SIGTERM')
  for (let waited = 0; waited < 3_000 && lives(one); waited += 20) await sleep(20)
  signalTo(one, 'SIGKILL')
}

function signalTo(one: Recorded, signal: NodeJS.Signals): boolean {
  try {
    return lives(one) && process.kill(one.pid, signal)
  } catch {
    // It ended between the look and the signal.
    return false
  }
}

const lives = ({ pid, startedAt }: Recorded): boolean =>
  startedAt !== '' && startOf(pid) === startedAt

const recorded = (name: string, pid: number): Recorded => ({
  name,
  pid,
  startedAt: startOf(pid),
})

function readRecord(folder: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordIn(folder), 'utf8')) as RunRecord
  } catch {
    return undefined
  }
}

/** When a process started, in whatever way this system says it the same each time; empty when it is gone or only its entry is left. */
function startOf(pid: number): string {
  if (process.platform !== 'linux') return ps(['-o', 'lstart=', '-p', String(pid)])
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name, which stands in parentheses and may hold anything: the state, and as the 20th field the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}

function ps(args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  try {
    return execFileSync('ps', args, { encoding: 'utf8', env }).trim()
  } catch {
    return ''
  }
}

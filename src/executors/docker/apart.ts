import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from './failure.ts'
import { isCode, ownFolder, putAway } from './own-folder.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Work {
  /** Two with the same name are never at work beside each other on this machine, as long as the same user starts them. */
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input: string
  /** How long it is waited for; it is at work for as long as it takes. */
  readonly patienceMs: number
  /** Right before it is started, with nothing awaited between; throws where it may not be. */
  readonly beforeStart: () => void
  readonly signal: AbortSignal
}

const lookEveryMs = 50

/**
 * Starts a program that is left to its end, whatever becomes of this process: what it reads and says are files, so that it neither waits
 * for us nor ends with us. Another one of that name is waited for first, whoever started it; then nothing is started, for what
 * there is to do has changed. Throws `NoAnswer` where it is not known what became of it.
 */
export async function runApart(work: Work): Promise<Ended> {
  const { name, patienceMs, signal } = work
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const folder = join(await ownFolder(), createHash('sha256').update(name).digest('hex'))
  try {
    if (!(await taken(folder, inTime))) {
      await untilFree(folder, inTime)
      throw new NoAnswer(`another ${name} was at work, and has ended`)
    }
    const { ended, leave } = await started(work, folder)
    // Nor is this process kept for it once nobody waits.
    return await Promise.race([ended, aborted(inTime)]).finally(leave)
  } catch (error) {
    if (signal.aborted || !inTime.aborted) throw error
    throw new NoAnswer(
      `${name} was not done within ${patienceMs / 1_000} s; it is left to its end`,
      { cause: error },
    )
  }
}

async function started(
  { name, file, args, cwd, env, input, beforeStart }: Work,
  folder: string,
): Promise<{ readonly ended: Promise<Ended>; readonly leave: () => void }> {
  const at = (what: string) => join(folder, what)
  try {
    await writeFile(at('input'), input, { mode: 0o600 })
    const files = await Promise.all([
      open(at('input'), 'r'),
      open(at('stdout'), 'wx', 0o600),
      open(at('stderr'), 'wx', 0o600),
    ])
    try {
      beforeStart()
      const stdio = files.map(({ fd }) => fd)
      const child = spawn(file, args, { cwd, env, detached: true, stdio })
      const work = new Promise<Ended>((resolve, reject) => {
        child.once('error', (error) =>
          reject(
            new NoAnswer(`${file} cannot be started here: ${error.message}`, { cause: error }),
          ),
        )
        child.once('exit', (code) => {
          const read = (what: string) => readFile(at(what), 'utf8').catch(() => '')
          void Promise.all([read('stdout'), read('stderr')]).then(([stdout, stderr]) =>
            code === null
              ? reject(new NoAnswer(`${name} was ended from outside`))
              : resolve({ code, stdout, stderr }),
          )
        })
      })
      const identity = child.pid === undefined ? undefined : identityOf(child.pid)
      const ended = thenRemoved(work, folder, identity)
      // Whoever stopped waiting looks at what became of it.
      ended.catch(() => undefined)
      if (identity !== undefined) writeFileSync(at('pid'), identity)
      return { ended, leave: () => child.unref() }
    } finally {
      await Promise.all(files.map((one) => one.close()))
    }
  } catch (error) {
    await putAway(folder).catch(() => undefined)
    throw error
  }
}

async function thenRemoved(
  work: Promise<Ended>,
  folder: string,
  identity: string | undefined,
): Promise<Ended> {
  try {
    return await work
  } finally {
    // Whoever saw first that it has ended may have put it away, and have begun there.
    const isOurs = (await writtenIn(folder)) === identity
    // What is left is put away by the next; what became of the work counts.
    if (isOurs) await putAway(folder).catch(() => undefined)
  }
}

/** `false` while somebody else’s is at work. What is left of one that ended after the process that started it is put away. */
async function taken(folder: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    signal.throwIfAborted()
    try {
      await mkdir(folder, { mode: 0o700 })
      return true
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    if (await isAtWork(folder)) return false
    await putAway(folder)
  }
}

async function untilFree(folder: string, signal: AbortSignal): Promise<void> {
  while (await isAtWork(folder)) await sleep(lookEveryMs, undefined, { signal })
}

/** For the moment until it is written down whose it is, it is somebody’s. */
const youngMs = 5_000

async function isAtWork(folder: string): Promise<boolean> {
  const written = await writtenIn(folder)
  if (written !== undefined)
    return written !== '' && written === identityOf(Number.parseInt(written, 10))
  const made = await stat(folder).catch(() => undefined)
  return made !== undefined && Date.now() - made.mtimeMs < youngMs
}

const writtenIn = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'pid'), 'utf8').catch(() => undefined)

/** A number that is given to another process later has another beginning; empty where none has it. */
function identityOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? '' : `${pid} ${rest[18]}`
  } catch {
    return livesWithoutProc(pid) ? `${pid} ` : ''
  }
}

function livesWithoutProc(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = () => reject(new Error('no longer waited for', { cause: signal.reason }))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

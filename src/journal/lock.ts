import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BadJournal } from './bad-journal.ts'

export interface Held {
  /** `leaving: 'nothing'` takes the lock's file away, too: right where nobody else can know of the journal. */
  release(leaving?: 'nothing'): void
}

/**
 * What this process holds itself. The kernel does not tell a second try from it, and a lock that nothing in the process names any more
 * would be collected, and given up with that.
 */
const ours = new Map<string, { close(): void }>()

/**
 * Holds a journal for this process, until it is released or the process ends, of whatever cause. It is the kernel's own lock on an
 * empty file beside the journal: no note of a process id, which after a restart belongs to somebody else, and nothing to take over.
 * Counts between containers that share the folder. Throws `BadJournal` where another one holds it, with what to do.
 */
export function holdJournal(path: string): Held {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = join(realpathSync(dirname(path)), `${basename(path)}.lock`)
  if (ours.has(lock)) throw new BadJournal(`${path} is open already`)
  emptyFile(lock)
  const locked = lockFile(lock, path)
  ours.set(lock, locked)
  return {
    release(leaving) {
      // Before the lock goes: afterwards it may be another one's.
      if (leaving) rmSync(lock, { force: true })
      locked.close()
      ours.delete(lock)
    },
  }
}

/** For its owner alone. Without a byte in it: a full disk is in nobody's way. */
function emptyFile(lock: string): void {
  if (!existsSync(lock)) closeSync(openSync(lock, 'a', 0o600))
  else if (statSync(lock).size > 0) truncateSync(lock)
}

/** SQLite is the one way that Node has to the kernel's locks. It is loaded when it is needed: a start needs none. */
function lockFile(lock: string, path: string): { close(): void } {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(lock)
  try {
    // Reserved for one writer. Nothing is ever written.
    database.exec('BEGIN IMMEDIATE')
    return database
  } catch (cause) {
    database.close()
    if (!isBusy(cause))
      throw new BadJournal(
        `${lock} cannot be locked (${cause instanceof Error ? cause.message : 'no reason was given'}): set COUNTERMAND_DATA to a folder on a disk of this machine`,
        { cause },
      )
    const holder = holderOf(lock)
    throw new BadJournal(
      `${path} is being written by ${holder === undefined ? 'another process, perhaps in another container' : `the process ${holder}`}, which holds ${lock}: let it end first, or end it. The lock ends with it; there is nothing to remove`,
      { cause },
    )
  }
}

/** SQLITE_BUSY, with whatever it says more in the higher bits (https://www.sqlite.org/rescode.html). */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5

/** The process that has it open, where this one may see that. */
function holderOf(lock: string): number | undefined {
  const has = (pid: string): boolean => {
    try {
      const folder = `/proc/${pid}/fd`
      return readdirSync(folder).some((handle) => readlinkSync(join(folder, handle)) === lock)
    } catch {
      return false
    }
  }
  const processes = existsSync('/proc') ? readdirSync('/proc') : []
  const pid = processes.find((name) => /^\d+$/.test(name) && has(name))
  return pid === undefined ? undefined : Number(pid)
}

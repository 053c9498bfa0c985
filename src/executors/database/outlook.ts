import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { size } from '#domain/communication/words.ts'
import type { DatabaseParts } from './context.ts'
import { codeOf } from './failure.ts'
import type { Measured, Seen } from './look.ts'
import { runAlone } from './run.ts'
import type { DatabaseTarget } from './schema.ts'

/** What stands still for a backup waits no longer than this. */
export const dumpMs = 7_200_000
export const limitText = '2 h'
/** What a disk and a network carry at least; it only tells how long a backup is expected to take. */
const bytesASecond = 20_000_000
export const dumpSeconds = ({ bytes }: Pick<Measured, 'bytes'>): number =>
  Math.ceil(bytes / bytesASecond)

/** As libpq's programs are called. */
export const programOf = ({ programs }: Pick<DatabaseTarget, 'programs'>, name: string): string =>
  programs === null ? name : join(programs, name)

/** Whether a backup can be made here. */
export interface Outlook {
  /** Why not, in sentences without their full stop; empty where it can. */
  readonly against: readonly string[]
  /** What a plan says of it. */
  readonly text: string
}

/** Looks at the room there is, and whether the program is new enough for the server. */
export async function backupOutlook(
  parts: DatabaseParts,
  target: DatabaseTarget,
  { bytes, serverMajor }: Pick<Seen & Measured, 'bytes' | 'serverMajor'>,
  signal: AbortSignal,
): Promise<Outlook> {
  const { backups } = target
  const isTooMuch = dumpSeconds({ bytes }) * 1_000 > (parts.dumpMs ?? dumpMs)
  const [free, major] = await Promise.all([freeAt(backups), dumpMajor(parts, target, signal)])
  const against = [
    typeof free === 'string'
      ? free
      : free < bytes &&
        `${backups} has ${size(free)} free, and the database holds ${size(bytes)}; make room there`,
    typeof major === 'string'
      ? major
      : major < serverMajor &&
        `pg_dump is of PostgreSQL ${major} and the server of ${serverMajor}: it refuses a newer server; install postgresql-client-${serverMajor}`,
    isTooMuch &&
      `the database holds ${size(bytes)}, and a backup is given up after ${limitText}; take it down by hand, with a snapshot of its disk`,
  ]
  const room = typeof free === 'number' ? `, ${roomText(free, bytes)} free there` : ''
  return {
    against: against.filter((one) => one !== false),
    text: `the backup in ${backups} is of ${size(bytes)} at most${room}; pg_dump ${major} for a server of ${serverMajor}`,
  }
}

/** How much exactly matters where it is short: else two plans a moment apart would differ by it. */
const roomText = (free: number, bytes: number): string =>
  free > 10 * bytes ? 'more than ten times that is' : size(free)

/** Bytes that we may still write. */
async function freeAt(folder: string): Promise<number | string> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    return `the folder for backups ${folder} cannot be used (${codeOf(error)}); make it, and give it to the user that Countermand runs as`
  }
}

async function dumpMajor(
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<number | string> {
  try {
    const file = programOf(target, 'pg_dump')
    const { out, said } = await runAlone(parts, { file, args: ['--version'] }, signal)
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(out)?.[1])
    return Number.isInteger(major) ? major : `pg_dump does not say its version: ${said}`
  } catch (error) {
    if (signal.aborted) throw error
    return `pg_dump cannot be started here; install the client of PostgreSQL, or name its folder in programs`
  }
}

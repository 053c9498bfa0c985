import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { size } from '#domain/communication/words.ts'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { inDatabase } from './connection.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { answered, codeOf, NoAnswer } from './failure.ts'
import { look, type Seen } from './look.ts'
import { runAlone, runOn } from './run.ts'
import type { ChangeOf, DatabaseTarget } from './schema.ts'

/** What is known of a backup: it stands beside it, as `<file>.json`, when the backup has been verified. */
const Manifest = z.object({
  /** Names the database: names of files begin alike. */
  connection: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  tables: z.number(),
  /** Microseconds since 1970, by the database's clock. */
  at: z.number(),
  version: z.string(),
})
export type Manifest = z.infer<typeof Manifest>

/** What stands still for a backup waits no longer than this. */
const dumpMs = 7_200_000
const limitText = '2 h'
/** What a disk and a network carry at least; it only tells how long a backup is expected to take. */
const bytesASecond = 20_000_000
export const dumpSeconds = ({ bytes }: Pick<Seen, 'bytes'>): number =>
  Math.ceil(bytes / bytesASecond)

/** As libpq's programs are called. */
const program = ({ programs }: DatabaseTarget, name: string): string =>
  programs === null ? name : join(programs, name)

/**
 * Writes all of the database into the file of the change, and verifies it before it gets that name: `pg_restore` can read it, and
 * lists the data of every table. Done twice it finds its work done. Throws `NotAllowed` where it certainly cannot be made here.
 */
export async function backUp(
  parts: DatabaseParts,
  change: ChangeOf<'back_up'>,
  signal: AbortSignal,
): Promise<void> {
  const { target, file } = change
  const seen = await look(parts, target, signal)
  if (seen?.oid !== change.oid) throw new Superseded(`${nameOf(target)} is gone`)
  if ((await backupAt(file)) !== undefined) return
  if (seen.version !== change.version)
    throw new Superseded(`version ${seen.version ?? 'none'} was deployed meanwhile`)
  const {
    against: [why],
  } = await backupOutlook(parts, target, seen, signal)
  if (why !== undefined) throw new NotAllowed('back up', nameOf(target), { why })
  parts.beforeChange?.()
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    // Ours alone from its first byte on.
    await (await open(part, 'wx', 0o600)).close()
    const dumped = await runOn(
      parts,
      target,
      {
        file: program(target, 'pg_dump'),
        args: ['--format=custom', '--no-password', '--lock-wait-timeout=30s', `--file=${part}`],
      },
      signal,
      parts.dumpMs ?? dumpMs,
    )
    if (dumped.isLate)
      throw new NeedsPerson(`pg_dump was not done within ${limitText}; it is not tried again`)
    if (dumped.code !== 0) throw answered(dumped, `pg_dump failed: ${dumped.said}`)
    const tables = await verified(parts, target, part, seen.tables, signal)
    const manifest: Manifest = {
      connection: target.connection,
      bytes: (await stat(part)).size,
      sha256: await digestOf(part),
      tables,
      at: seen.now,
      version: change.version,
    }
    parts.beforeChange?.()
    await writeFile(`${part}.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    await rename(part, file)
    // Whole or not there at all.
    await rename(`${part}.json`, `${file}.json`)
  } finally {
    await rm(part, { force: true })
    await rm(`${part}.json`, { force: true })
  }
}

/** What stands beside a backup that was verified, and is there as it was then; one that cannot be read is none. */
export async function backupAt(file: string): Promise<Manifest | undefined> {
  try {
    const { data } = Manifest.safeParse(JSON.parse(await readFile(`${file}.json`, 'utf8')))
    return data && (await stat(file)).size === data.bytes ? data : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

export const backupText = (file: string, { bytes, sha256, tables }: Manifest): string =>
  `backup ${file}: ${size(bytes)}, ${tables} ${tables === 1 ? 'table' : 'tables'}, sha256 ${sha256.slice(0, 12)}…, read by pg_restore`

/** How many tables it holds the data of. A dump that lacks one is no backup. */
async function verified(
  parts: DatabaseParts,
  target: DatabaseTarget,
  part: string,
  tables: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const args = ['--list', part]
  const ran = await runAlone(parts, { file: program(target, 'pg_restore'), args }, signal)
  if (ran.code !== 0) throw answered(ran, `pg_restore cannot read the backup: ${ran.said}`)
  const listed = new Set(
    [...ran.out.matchAll(/^\d+;.* TABLE DATA (\S+) (.+) \S+$/gm)].map(
      ([, schema, name]) => `${schema}.${name}`,
    ),
  )
  const missing = tables.filter((table) => !listed.has(table))
  if (missing.length > 0)
    throw new NeedsPerson(`the backup lacks the data of ${missing.slice(0, 3).join(', ')}`)
  return listed.size
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

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
  { bytes, serverMajor }: Pick<Seen, 'bytes' | 'serverMajor'>,
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
  const room = typeof free === 'number' ? `, ${size(free)} free there` : ''
  return {
    against: against.filter((one) => one !== false),
    text: `the backup in ${backups} is of ${size(bytes)} at most${room}; pg_dump ${major} for a server of ${serverMajor}`,
  }
}

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
    const file = program(target, 'pg_dump')
    const { out, said } = await runAlone(parts, { file, args: ['--version'] }, signal)
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(out)?.[1])
    return Number.isInteger(major) ? major : `pg_dump does not say its version: ${said}`
  } catch (error) {
    if (signal.aborted) throw error
    return `pg_dump cannot be started here; install the client of PostgreSQL, or name its folder in programs`
  }
}

/** What a person types to bring the data back. */
export const restoreText = (file: string): string =>
  `pg_restore --clean --if-exists --no-owner --exit-on-error --single-transaction --dbname "$DATABASE_URL" ${file}`

/** Whether this very change was noted as made; the note stands beside its backup. */
export async function isNoted(change: ChangeOf<'migrate'>, operation: string): Promise<boolean> {
  return stat(noteAt(change, operation)).then(
    () => true,
    () => false,
  )
}

export const noteDone = (change: ChangeOf<'migrate'>, operation: string): Promise<void> =>
  writeFile(noteAt(change, operation), `${change.direction} to ${change.to}\n`, {
    mode: 0o600,
  }).catch(
    // It only tells later whether what then stands there is ours: without it, somebody is asked.
    () => undefined,
  )

const noteAt = ({ backup }: ChangeOf<'migrate'>, operation: string): string =>
  `${backup}.${operation.replaceAll(/[^\w.-]/g, '_')}.done`

/** Held while a schema is moved, so that no other process of ours moves it too. */
const lockKey = 8_144_021

type Client = Parameters<Parameters<typeof inDatabase>[2]>[0]

/**
 * Moves nothing while another process does; the lock ends with the session, whatever becomes of us. Work that is handed to `hold`
 * keeps it until it has ended, though `act` may have given up waiting.
 */
export async function locked<Value>(
  parts: DatabaseParts,
  target: DatabaseTarget,
  act: (client: Client, hold: (work: Promise<unknown>) => void) => Promise<Value>,
): Promise<Value | undefined> {
  let held: Promise<unknown> | undefined
  const hold = (work: Promise<unknown>): void => {
    held = work
    const free = () => {
      if (held === work) held = undefined
    }
    work.then(free, free)
  }
  return inDatabase(
    parts,
    target,
    async (client) => {
      const { rows } = await client.query<{ got: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS got',
        [lockKey],
      )
      if (rows[0]?.got !== true)
        throw new NoAnswer(`another process is migrating ${nameOf(target)} right now`)
      return act(client, hold)
    },
    () => held,
  )
}

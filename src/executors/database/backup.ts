import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { inDatabase } from './connection.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { answered } from './failure.ts'
import { lookWith, measured } from './look.ts'
import { backupAt, keepBackup, type Manifest } from './manifest.ts'
import { busyText, nobody, onceQuiet } from './others.ts'
import { backupOutlook, dumpMs, limitText, programOf } from './outlook.ts'
import { runAlone, runOn } from './run.ts'
import type { ChangeOf, DatabaseTarget } from './schema.ts'

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
  const seen = await lookQuietly(parts, change, signal)
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
        file: programOf(target, 'pg_dump'),
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
      others: [...seen.others],
    }
    // It was read for long: whoever took over meanwhile may have made one, and this one is nobody's.
    parts.beforeChange?.()
    await keepBackup(part, file, manifest)
  } finally {
    await rm(part, { force: true })
  }
}

/** What is there once nobody else has anything open in it. */
const lookQuietly = (
  parts: DatabaseParts,
  { target, file }: ChangeOf<'back_up'>,
  signal: AbortSignal,
) =>
  inDatabase(parts, target, async (client) => {
    const isMade = (await backupAt(file)) !== undefined
    const { busy, idle } = isMade ? nobody : await onceQuiet(parts, client, signal)
    if (busy.length > 0)
      throw new NotAllowed('back up', nameOf(target), { why: busyText(busy, parts.scrub) })
    const seen = await lookWith(parts, target, client, signal)
    return { ...seen, ...(await measured(client)), others: idle }
  })

/** How many tables it holds the data of. A dump that lacks one is no backup. */
async function verified(
  parts: DatabaseParts,
  target: DatabaseTarget,
  part: string,
  tables: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const args = ['--list', part]
  const ran = await runAlone(parts, { file: programOf(target, 'pg_restore'), args }, signal)
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

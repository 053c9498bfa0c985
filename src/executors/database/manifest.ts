import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { list, size } from '#domain/communication/words.ts'

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
  /** Who else was connected when it began, though nothing was open: what they write later is not in it. */
  others: z.array(z.string()).default([]),
})
export type Manifest = z.infer<typeof Manifest>

/** What stands beside a backup that was verified, and is there as it was then; one that cannot be read is none. */
export async function backupAt(file: string): Promise<Manifest | undefined> {
  try {
    const { data } = Manifest.safeParse(JSON.parse(await readFile(`${file}.json`, 'utf8')))
    return data && (await stat(file)).size === data.bytes ? data : undefined
  } catch {
    return undefined
  }
}

/** Gives a verified backup its name, and what is known of it: both whole, and on the disk, or not there at all. */
export async function keepBackup(part: string, file: string, manifest: Manifest): Promise<void> {
  const dump = await open(part, 'r')
  try {
    await dump.sync()
  } finally {
    await dump.close()
  }
  await rename(part, file)
  await writeWhole(`${file}.json`, manifest)
}

/** Written beside and renamed: whoever reads it finds all of it, or the one before. */
export async function writeWhole(file: string, content: object): Promise<void> {
  const beside = `${file}.part`
  try {
    const opened = await open(beside, 'w', 0o600)
    try {
      await opened.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      await opened.sync()
    } finally {
      await opened.close()
    }
    await rename(beside, file)
  } finally {
    await rm(beside, { force: true })
  }
}

export function backupText(file: string, { bytes, sha256, tables, others }: Manifest): string {
  const made = `backup ${file}: ${size(bytes)}, ${tables} ${tables === 1 ? 'table' : 'tables'}, sha256 ${sha256.slice(0, 12)}…, read by pg_restore`
  return others.length === 0
    ? made
    : `${made}; ${list(others)} ${others.length === 1 ? 'was' : 'were'} connected meanwhile, and what they wrote after it is not in it`
}

/** What a person types to bring the data back. */
export const restoreText = (file: string): string =>
  `pg_restore --clean --if-exists --no-owner --exit-on-error --single-transaction --dbname "$DATABASE_URL" ${file}`

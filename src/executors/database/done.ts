import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { Instant } from '#domain/time.ts'
import { writeWhole } from './manifest.ts'
import type { ChangeOf, DatabaseTarget } from './schema.ts'

/** Our own note that a change was made; it stands beside its backup. */
const Done = z.object({
  direction: z.enum(['down', 'up']),
  to: z.string(),
  /** Microseconds since 1970, by the database's clock. */
  at: z.number(),
  backup: z.string(),
  /** Names of files begin alike. */
  connection: z.string(),
})

/** Whether this very change was noted as made. */
export async function isNoted(change: ChangeOf<'migrate'>, operation: string): Promise<boolean> {
  return stat(noteAt(change, operation)).then(
    () => true,
    () => false,
  )
}

export const noteDone = (
  change: ChangeOf<'migrate'>,
  operation: string,
  at: Instant,
): Promise<void> => {
  const { direction, to, backup, target } = change
  return writeWhole(noteAt(change, operation), {
    direction,
    to,
    at,
    backup: basename(backup),
    connection: target.connection,
  }).catch(
    // It only tells later whether what then stands there is ours: without it, somebody is asked.
    () => undefined,
  )
}

const ending = '.done'
const noteAt = ({ backup }: ChangeOf<'migrate'>, operation: string): string =>
  `${backup}.${operation.replaceAll(/[^\w.-]/g, '_')}${ending}`

/** The backup without which the last way down to this version would not have been taken; `undefined` where we took none. */
export async function backupBefore(
  { backups, connection }: DatabaseTarget,
  version: string,
): Promise<string | undefined> {
  const names = await readdir(backups).catch((): string[] => [])
  const own = names.filter((name) => name.startsWith(`${connection}-`) && name.endsWith(ending))
  const notes = await Promise.all(own.map((name) => noteIn(join(backups, name))))
  const [last] = notes
    .flat()
    .filter(
      (note) => note.connection === connection && note.direction === 'down' && note.to === version,
    )
    .toSorted((a, b) => b.at - a.at)
  return last && join(backups, last.backup)
}

async function noteIn(file: string): Promise<readonly z.infer<typeof Done>[]> {
  try {
    const { data } = Done.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return data && basename(file).startsWith(`${data.backup}.`) && dirname(data.backup) === '.'
      ? [data]
      : []
  } catch {
    return []
  }
}

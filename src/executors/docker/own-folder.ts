import { randomUUID } from 'node:crypto'
import { lstat, mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotAllowed } from '#ports/executor.ts'

/**
 * The folder of this user in which no other one can write: what lies in it says what is at work, and is believed. The same for every
 * process of the user on this machine. Throws `NotAllowed` where somebody else made it, or may write there.
 */
export async function ownFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `countermand-${uid}`)
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
  const stats = await lstat(folder)
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o077) !== 0)
    throw new NotAllowed('use', folder, {
      why: 'it has to be a folder that belongs to the user Countermand runs as, and that nobody else may open; remove it',
    })
  return folder
}

/** Removes a folder so that its name is free at once. Throws where it may not be; one that is gone is fine. */
export async function putAway(folder: string): Promise<void> {
  const away = `${folder}.${randomUUID()}`
  try {
    await rename(folder, away)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    return
  }
  await rm(away, { recursive: true, force: true })
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ChainKey, chainKey } from './chain.ts'

/** The timeline key of an installation without a configured one: made once, readable by us only. Two starts at once agree on one. */
export async function keyFile(path: string): Promise<ChainKey> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(fresh, randomBytes(32).toString('hex'), { mode: 0o600, flush: true })
  // A hard link, unlike a rename, does not replace a key that is already there.
  await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(fresh)
  return chainKey((await readFile(path, 'utf8')).trim())
}

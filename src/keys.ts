import { hkdfSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const shortest = 32

/** One key for each purpose, so that what leaks in one place opens nothing in another. 32 bytes, always the same for the same arguments. */
export const deriveKey = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `countermand/${purpose}`, 32))

/** The bytes of a key written as hex or base64; `undefined` when it is too short or plainly no chance product. */
export function parseKey(text: string): Buffer | undefined {
  const hex = /^[0-9a-f]+$/i.test(text) && text.length % 2 === 0
  const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)
  if (!hex && !base64) return undefined
  const key = Buffer.from(text, hex ? 'hex' : 'base64')
  return key.length >= shortest && new Set(key).size >= 8 ? key : undefined
}

/** For machines without `COUNTERMAND_KEY`: makes a key at the first start and keeps it, readable by its owner only. Two starts at once keep the same one. */
export function keptKey(dataDir: string): Buffer {
  const path = join(dataDir, 'key')
  mkdirSync(dataDir, { recursive: true, mode: 0o755 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, `${randomBytes(shortest).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    // A link appears whole or not at all, and never replaces the key that another start has made.
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  const key = parseKey(readFileSync(path, 'utf8').trim())
  if (!key) throw new Error(`${path} holds no key: restore it, or remove it together with the data`)
  return key
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { canonicalJson, type Json } from '#domain/json.ts'

/** An entry as it was written: a line of JSON, chained to the one before. */
export interface Entry {
  readonly body: Json
  readonly hash: string
}

export interface JournalFile {
  readonly entries: readonly Entry[]
  /** On the disk when it returns, whole or not at all. */
  append(body: Json): void
  close(): void
}

/** A journal that is not as it was written, or that somebody else holds; the message says what to do. */
export class BadJournal extends Error {
  override readonly name = 'BadJournal'
}

/**
 * A file that is only ever added to: readable by its owner alone, each entry one line, written through to the disk before anything
 * is done because of it. A line that was cut off while it was written never counted, and is taken away. One process at a time.
 */
export function openJournal(path: string, key: Uint8Array): JournalFile {
  const unlock = lock(path)
  try {
    const handle = openSync(path, 'a+', 0o600)
    const { entries, length } = read(readFileSync(path, 'utf8'), key, path)
    ftruncateSync(handle, length)
    fsyncSync(handle)
    fsyncFolder(path)
    const written = [...entries]
    return {
      entries: written,
      append(body) {
        const prev = written.at(-1)?.hash ?? genesis
        const hash = hashOf(key, prev, body)
        // One call, so that only its end can be missing.
        const line = Buffer.from(`${JSON.stringify({ body, hash })}\n`)
        for (let from = 0; from < line.length; ) from += writeSync(handle, line, from)
        fsyncSync(handle)
        written.push({ body, hash })
      },
      close() {
        closeSync(handle)
        // Nothing came of it: nothing is left behind.
        if (written.length === 0) rmSync(path, { force: true })
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** What a journal says, without holding it. Throws `BadJournal` where it was altered. */
export const readJournal = (path: string, key: Uint8Array): readonly Entry[] =>
  read(readFileSync(path, 'utf8'), key, path).entries

const genesis = '0'.repeat(64)
const Line = z.object({ body: z.json(), hash: z.string().regex(/^[0-9a-f]{64}$/) })

function read(
  text: string,
  key: Uint8Array,
  path: string,
): { readonly entries: readonly Entry[]; readonly length: number } {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const entries: Entry[] = []
  for (const [place, line] of whole.split('\n').slice(0, -1).entries()) {
    const { data } = Line.safeParse(parsed(line))
    const prev = entries.at(-1)?.hash ?? genesis
    if (!data || !isSame(data.hash, hashOf(key, prev, data.body)))
      throw new BadJournal(
        `${path}: line ${place + 1} is not as it was written, or was written with another COUNTERMAND_KEY`,
      )
    entries.push(data)
  }
  return { entries, length: Buffer.byteLength(whole) }
}

const hashOf = (key: Uint8Array, prev: string, body: Json): string =>
  createHmac('sha256', key).update(prev).update(canonicalJson(body)).digest('hex')

const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'))

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Held by a process that lives; what a dead one left behind is taken over. */
function lock(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const name = `${path}.lock`
  const draft = `${name}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, String(process.pid), { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(draft, name)
        return () => rmSync(name, { force: true })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
        const holder = Number(readFileSync(name, 'utf8'))
        if (holder !== process.pid && isAlive(holder))
          throw new BadJournal(
            `${path} is being written by the process ${holder}: let it end first`,
          )
        if (holder === process.pid) throw new BadJournal(`${path} is open already`)
        rmSync(name, { force: true })
      }
    }
    throw new BadJournal(`${path} is being taken by another process: try again`)
  } finally {
    rmSync(draft, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function fsyncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

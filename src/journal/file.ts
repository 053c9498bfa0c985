import { createHmac, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { canonicalJson, type Json } from '#domain/json.ts'
import { BadJournal, NotWritten } from './bad-journal.ts'
import { holdJournal } from './lock.ts'

/** An entry as it was written: a line of JSON, chained to the one before. */
export interface Entry {
  readonly body: Json
  readonly hash: string
}

export interface JournalFile {
  readonly entries: readonly Entry[]
  /** On the disk when it returns, whole or not at all. Throws `NotWritten` where the disk does not take it: then it does not count. */
  append(body: Json): void
  close(): void
}

/** What is asked of the disk for an entry. */
export interface Disk {
  write(handle: number, bytes: Uint8Array, from: number): number
  sync(handle: number): void
  truncate(handle: number, length: number): void
}
/** The disk as it is. */
export const realDisk: Disk = {
  write: (handle, bytes, from) => writeSync(handle, bytes, from),
  sync: fsyncSync,
  truncate: ftruncateSync,
}

/**
 * A file that is only ever added to: readable by its owner alone, each entry one line, written through to the disk before anything
 * is done because of it. A line that was cut off while it was written never counted, and is taken away. One process at a time.
 */
export function openJournal(path: string, key: Uint8Array, disk: Disk = realDisk): JournalFile {
  const held = holdJournal(path)
  let opened: number | undefined
  try {
    const handle = (opened = openSync(path, 'a+', 0o600))
    const { entries, length } = read(readFileSync(path, 'utf8'), key, path)
    ftruncateSync(handle, length)
    fsyncSync(handle)
    fsyncFolder(path)
    const written = [...entries]
    const write = writer(path, handle, length, disk)
    return {
      entries: written,
      append(body) {
        const prev = written.at(-1)?.hash ?? genesis
        const hash = hashOf(key, prev, body)
        write(Buffer.from(`${JSON.stringify({ body, hash })}\n`))
        written.push({ body, hash })
      },
      close() {
        closeSync(handle)
        const isEmpty = written.length === 0
        // Nothing came of it: nothing is left behind.
        if (isEmpty) rmSync(path, { force: true })
        held.release(isEmpty ? 'nothing' : undefined)
      },
    }
  } catch (error) {
    if (opened !== undefined) closeSync(opened)
    held.release()
    throw error
  }
}

/**
 * Writes a line behind the ones before it. What the disk does not take, or does not promise to keep, is taken back, so that the next line
 * stands behind a whole one; where even that fails, this process writes nothing more.
 */
function writer(path: string, handle: number, length: number, disk: Disk): (line: Buffer) => void {
  let end = length
  let broken: NotWritten | undefined
  return (line) => {
    if (broken) throw broken
    try {
      // One call where the disk takes it all, so that only its end can be missing.
      for (let from = 0; from < line.length; ) from += disk.write(handle, line, from)
      disk.sync(handle)
      end += line.length
    } catch (cause) {
      try {
        disk.truncate(handle, end)
        disk.sync(handle)
      } catch {
        broken = new NotWritten(
          `${path} could not be written (${reasonOf(cause)}), and what was half written could not be taken back, so nothing more is written to it. Make room on its disk, or mend it; then: countermand journal resume ${path}`,
          { isFinal: true, cause },
        )
        throw broken
      }
      throw new NotWritten(
        `${path} could not be written (${reasonOf(cause)}), and nothing is done before it can be. Make room on its disk`,
        { isFinal: false, cause },
      )
    }
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : 'no reason was given'

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

function fsyncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

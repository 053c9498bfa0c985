import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { contentsOf, seal } from '#journal/contents.ts'
import { NotWritten } from '#journal/bad-journal.ts'
import { type Disk, openJournal } from '#journal/file.ts'
import { evidenceFolder } from '#journal/knowledge.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Log } from '#ports/log.ts'
import { repeat } from '#jobs/repeat.ts'
import { chainKey } from '#postgres/chain.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { openPool } from '#postgres/pools.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import { type Imported, importJournal } from '#workflows/incident/import-journal.ts'
import { type Config, secretsOf } from '../config.ts'
import type { Database } from '../database.ts'
import { deriveKey } from '../keys.ts'
import { scrub } from '../scrub.ts'
import { evidenceOf, journalFolder, journalKey } from './journal-desk.ts'

interface Parts {
  readonly config: Config
  readonly database: Pick<Database, 'url' | 'actAs'>
  readonly key: Uint8Array
  readonly log: Log
  /** On which journals lie; this machine's unless a test says otherwise. */
  readonly disk?: Disk
}

/** Adds a journal to the record and seals it. Safe to repeat: the record takes each once. */
export async function importFile(parts: Parts, path: string): Promise<Imported> {
  const { config, database, key, log, disk } = parts
  const secrets = secretsOf({ ...config, key })
  const hide = (text: string) => scrub(text, secrets)
  const file = openJournal(path, journalKey(key), disk)
  const { url, actAs } = database
  const pool = openPool({
    url,
    log,
    name: 'countermand-journal',
    max: 2,
    ...(actAs ? { actAs } : {}),
  })
  try {
    const { isImported, ...contents } = contentsOf(file.entries, path)
    const told = file.entries.filter((_, place) => !isImported || place < file.entries.length - 1)
    const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
    const imported = await importJournal(
      { timeline: timeline(pool, keys, hide), policy: config.policy, revisions: revisions(pool) },
      { ...contents, digest: told.at(-1)?.hash ?? '' },
    )
    if (imported.kind !== 'imported' && imported.kind !== 'already') return imported
    try {
      const [rollback] = rollbacksOf(contents.history)
      const captured = existsSync(evidenceOf(path))
        ? await evidenceFolder(evidenceOf(path), hide).read(contents.incident)
        : []
      const locker = evidenceLocker(pool, hide)
      if (rollback)
        for (const item of captured) await locker.keep(contents.incident, rollback.id, item)
      if (!isImported) file.append(seal(await timeline(pool, keys).now()))
      return imported
    } catch (error) {
      return { ...imported, unsealed: hide(reasonOf(error)) }
    }
  } finally {
    file.close()
    await pool.end()
  }
}

/** Of what the disk does not take its own words, for this journal is not to be gone on with. */
function reasonOf(error: unknown): string {
  const reason = error instanceof NotWritten ? error.cause : error
  return reason instanceof Error ? reason.message : 'no reason was given'
}

/** Adds every journal of this machine that the record does not have. Stops nothing when one cannot be added. */
export const importWaiting = (parts: Parts): Promise<void> => lookingForJournals(parts)()

/** Enough after the database answers again: whoever decided without it is at a terminal, and follows it there. In ms. */
const lookEveryMs = 60_000

/** The same at once, and then once a minute: whoever outlived the outage looks, too. */
export async function keepImporting(
  parts: Parts,
  everyMs = lookEveryMs,
): Promise<{ stop(): Promise<void> }> {
  const look = lookingForJournals(parts)
  await look()
  return repeat(everyMs, 'Journals could not be looked for', parts.log, look)
}

/** Each look says what is news since the one before; what is added and sealed is not opened again. */
function lookingForJournals(parts: Parts): () => Promise<void> {
  const folder = journalFolder(parts.config)
  const done = new Set<string>()
  const said = new Map<string, string>()
  return async () => {
    if (!existsSync(folder)) return
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.jsonl') || done.has(name)) continue
      const found = await offered(parts, join(folder, name))
      if (found.isDone) done.add(name)
      if (said.get(name) === found.what) continue
      said.set(name, found.what)
      found.say(name)
    }
  }
}

interface Found {
  readonly isDone: boolean
  /** The same as long as there is nothing new to be said of it. */
  readonly what: string
  readonly say: (journal: string) => void
}

async function offered(parts: Parts, path: string): Promise<Found> {
  const { log } = parts
  try {
    const imported = await importFile(parts, path)
    const { kind } = imported
    const unsealed = 'unsealed' in imported ? imported.unsealed : undefined
    return {
      isDone: (kind === 'imported' || kind === 'already') && unsealed === undefined,
      what: unsealed ?? kind,
      say(journal) {
        if (kind === 'imported') log.warn(imported, 'A journal was added to the record')
        if (kind === 'differs' || kind === 'taken') log.error(imported, notAdded)
        if (unsealed !== undefined)
          log.error(
            { ...imported, journal },
            'The record has a journal that could not be marked as added: nobody is to resume it, and it is offered again until it is marked',
          )
      },
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { isDone: false, what, say: (journal) => log.error({ error, journal }, notAdded) }
  }
}
const notAdded = 'A journal could not be added to the record'

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { contentsOf, seal } from '#journal/contents.ts'
import { openJournal } from '#journal/file.ts'
import { evidenceFolder } from '#journal/knowledge.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Log } from '#ports/log.ts'
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
}

/** Adds a journal to the record and seals it. Safe to repeat: the record takes each once. */
export async function importFile(parts: Parts, path: string): Promise<Imported> {
  const { config, database, key, log } = parts
  const secrets = secretsOf({ ...config, key })
  const hide = (text: string) => scrub(text, secrets)
  const file = openJournal(path, journalKey(key))
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
    if (imported.kind === 'imported' || imported.kind === 'already') {
      const [rollback] = rollbacksOf(contents.history)
      const captured = existsSync(evidenceOf(path))
        ? await evidenceFolder(evidenceOf(path), hide).read(contents.incident)
        : []
      const locker = evidenceLocker(pool, hide)
      if (rollback)
        for (const item of captured) await locker.keep(contents.incident, rollback.id, item)
      if (!isImported) file.append(seal(await timeline(pool, keys).now()))
    }
    return imported
  } finally {
    file.close()
    await pool.end()
  }
}

/** At a start: adds every journal of this machine that the record does not have. Stops nothing when one cannot be added. */
export async function importWaiting(parts: Parts): Promise<void> {
  const folder = journalFolder(parts.config)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl')))
    try {
      const imported = await importFile(parts, join(folder, name))
      if (imported.kind === 'imported')
        parts.log.warn(imported, 'A journal was added to the record')
      if (imported.kind === 'differs' || imported.kind === 'taken')
        parts.log.error(imported, 'A journal could not be added to the record')
    } catch (error) {
      parts.log.error({ error, journal: name }, 'A journal could not be added to the record')
    }
}

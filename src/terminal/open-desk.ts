import type { Desk, DeskOptions } from '#cli/desk.ts'
import { DatabaseAway } from '#postgres/away.ts'
import { assessments } from '#postgres/assessments.ts'
import { flaggerGateTable } from '#postgres/gates.ts'
import { chainKey } from '#postgres/chain.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { openPool } from '#postgres/pools.ts'
import { liveReplicas } from '#postgres/replicas.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import type { Imported } from '#workflows/incident/import-journal.ts'
import { type Config, loadConfig, secretsOf } from '../config.ts'
import { openDatabase } from '../database.ts'
import { deriveKey, keptKey } from '../keys.ts'
import { createLog } from '../log.ts'
import { scrub } from '../scrub.ts'
import { worldOf } from '../world.ts'
import { deskOf } from './desk.ts'
import { vouchedFor, whoSits } from './identity.ts'
import { importFile } from './import-journals.ts'
import { openJournalDesk } from './journal-desk.ts'
import { tellOfOtherConfiguration } from './other-configuration.ts'

/** The desk on the database of the configuration. `tell` says at once what is needed of the person. */
export async function openDesk(
  variables: NodeJS.ProcessEnv,
  options: DeskOptions,
  tell: (text: string) => void,
): Promise<Desk> {
  const config = configOf(variables, options.config)
  const { journal } = options
  if (journal) return openJournalDesk(config, { ...options, journal }, tell)
  const key = config.key ?? keptKey(config.dataDir)
  const secrets = secretsOf({ ...config, key })
  const log = createLog({ secrets, level: 'error', to: process.stderr })
  const hide = (text: string) => scrub(text, secrets)
  // First, so that nobody proves who they are for nothing.
  const database = await openDatabase(config, log).catch((cause: unknown) => {
    const { why } = cause instanceof DatabaseAway ? cause : new DatabaseAway(cause)
    throw new Error(
      `The database does not answer (${hide(why)}), so nothing can be decided on the record. If production cannot wait, add --without-database: it needs two people (docs/break-glass.md)`,
      { cause },
    )
  })
  const { url, actAs } = database
  const pool = openPool({
    url,
    log,
    name: 'countermand-terminal',
    max: 6,
    ...(actAs ? { actAs } : {}),
  })
  const close = async () => {
    await pool.end()
    await database.stop()
  }
  try {
    const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
    const record = timeline(pool, keys, hide)
    if (options.identity) await tellOfOtherConfiguration(record, config.hash, tell)
    const sitting = options.identity ? [await whoSits(config, options.identity, tell)] : []
    const memory = {
      timeline: record,
      revisions: revisions(pool),
      evidence: evidenceLocker(pool, hide),
      assessments: assessments(pool),
      gates: flaggerGateTable(pool),
    }
    const world = worldOf(config, memory, { log, hide, vouched: vouchedFor(sitting) })
    const isServed = async () => (await liveReplicas(pool)) > 0
    return deskOf({ config, world, log, sitting, warnings: [], tell, isServed, close })
  } catch (error) {
    await close()
    throw error
  }
}

/** Adds a journal to the database of the configuration. */
export async function importJournalFile(
  variables: NodeJS.ProcessEnv,
  path: string,
  file: string | undefined,
): Promise<Imported> {
  const config = configOf(variables, file)
  const key = config.key ?? keptKey(config.dataDir)
  const log = createLog({
    secrets: secretsOf({ ...config, key }),
    level: 'error',
    to: process.stderr,
  })
  const database = await openDatabase(config, log)
  try {
    return await importFile({ config, database, key, log }, path)
  } finally {
    await database.stop()
  }
}

/** The server's own: the same file, the same variables. */
export function configOf(variables: NodeJS.ProcessEnv, file: string | undefined): Config {
  const loaded = loadConfig({
    ...variables,
    ...(file === undefined ? {} : { COUNTERMAND_CONFIG: file }),
  })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  if (loaded.config.mode === 'sandbox')
    throw new Error(
      'This decides on a real installation: give it the variables and the file of the server. To play, npm start opens the sandbox',
    )
  return loaded.config
}

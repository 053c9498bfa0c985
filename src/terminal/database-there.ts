import type { Pool } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import { openPool } from '#postgres/pools.ts'
import { provesWritable } from '#postgres/probe.ts'
import type { Config } from '../config.ts'
import { openDatabase } from '../database.ts'

type Tell = (text: string) => void

/** Whether it answers and takes what is written, within some seconds; the built-in one is started for that. */
export const takesWhatIsWritten = (config: Config, tell: Tell): Promise<boolean> =>
  asked(config, tell, async (pool) => {
    await provesWritable(pool)
    return true
  })

/** Whether the record has an incident, asked in the same way; also of a database that takes nothing new. */
export const hasIncident = (config: Config, tell: Tell, incident: IncidentId): Promise<boolean> =>
  asked(config, tell, async (pool) => {
    const { rowCount } = await pool.query('SELECT FROM streams WHERE id = $1', [incident])
    return rowCount === 1
  })

type Question = (pool: Pool) => Promise<boolean>

/** False where there is no answer. */
async function asked(config: Config, tell: Tell, question: Question): Promise<boolean> {
  const { database } = config
  if (database.kind === 'url') return answerOf(database.url, question)
  tell('Looking whether the built-in database can be started, for half a minute at most …')
  const server = await openDatabase(config, quiet).catch(() => undefined)
  if (!server) return false
  try {
    return await answerOf(server.ownerUrl, question)
  } finally {
    await server.stop().catch(() => undefined)
  }
}

async function answerOf(url: string, question: Question): Promise<boolean> {
  const pool = openPool({
    url,
    log: quiet,
    name: 'countermand-probe',
    max: 1,
    connectionTimeoutMillis: 3_000,
    query_timeout: 3_000,
  })
  const answer = await question(pool).catch(() => false)
  await pool.end().catch(() => undefined)
  return answer
}

/** That it is away is no news here. */
const quiet = { warn: () => undefined, info: () => undefined, error: () => undefined }

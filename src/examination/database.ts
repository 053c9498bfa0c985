import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '#cli/command.ts'
import { startEmbedded } from '#postgres/embedded.ts'
import { examineDatabase } from '#postgres/examine.ts'
import type { Finding } from '#ports/finding.ts'
import { openArchive } from '../archive.ts'
import type { Told } from '../config.ts'
import { keptKey } from '../keys.ts'
import { createLog } from '../log.ts'
import { clockFindings } from './clock.ts'

/** The database, and whether its record holds with the key at hand. Nothing is migrated, made or changed. */
export function databasePart(told: Told, problems: readonly string[]): Part {
  return {
    about: 'Database',
    async look() {
      if (problems.some((problem) => problem.startsWith('DATABASE_URL'))) return []
      const { database, dataDir } = told
      if (database.kind === 'url') return lookInside(database.url, told)
      const folder = join(dataDir, 'postgres')
      if (!existsSync(folder))
        return [
          { result: 'note', text: `there is none yet; the first start makes one in ${folder}` },
        ]
      const server = await startEmbedded({ dataDir: folder, log: createLog({ level: 'warn' }) })
      try {
        return await lookInside(server.url, told)
      } finally {
        await server.stop()
      }
    },
  }
}

async function lookInside(url: string, told: Told): Promise<readonly Finding[]> {
  const asked = Date.now()
  try {
    const { findings, clock, isMigrated } = await examineDatabase(url)
    return [
      ...findings,
      ...clockFindings({
        whose: 'PostgreSQL',
        shows: clock.getTime(),
        asked,
        answered: Date.now(),
      }),
      ...(isMigrated ? await recordFindings(url, told) : []),
    ]
  } catch (error) {
    return [
      {
        result: 'wrong',
        text: `PostgreSQL cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'check DATABASE_URL, and that this machine reaches the server',
      },
    ]
  }
}

/** One incident is enough to see that the key is the right one; `timeline verify` reads them all. */
async function recordFindings(url: string, { key, dataDir }: Told): Promise<readonly Finding[]> {
  if (!key && !existsSync(join(dataDir, 'key'))) return []
  await using archive = await openArchive(
    url,
    key ?? keptKey(dataDir),
    createLog({ level: 'error' }),
  )
  const [newest] = await archive.incidents()
  if (newest === undefined) return []
  const { broken } = await archive.verify(newest)
  return broken.length === 0
    ? [{ result: 'fine', text: `the record of ${newest} holds with this key` }]
    : [
        {
          result: 'wrong',
          text: `the record does not hold with this key: ${broken[0] ?? newest}`,
          remedy:
            'restore the key that it was written with; if it is the right one, keep the database as it is and ask who wrote to it',
        },
      ]
}

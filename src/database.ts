import { join } from 'node:path'
import { startEmbedded } from '#postgres/embedded.ts'
import { migrate } from '#postgres/migrate.ts'
import type { Config } from './config.ts'
import type { Log } from '#ports/log.ts'

export interface Database {
  /** Owns the tables: migrations, and reading for an audit. */
  readonly ownerUrl: string
  /** What the bot works with. */
  readonly url: string
  /** Where `url` is the owner's: the role whose rights are taken instead. */
  readonly actAs?: 'countermand_runtime'
  stop(): Promise<void>
}

/**
 * The database of the configuration, brought up to date. The embedded one is started, or joined when it already runs, and left again
 * where it cannot be used, or `told` is aborted meanwhile.
 */
export async function openDatabase(
  { database, dataDir }: Pick<Config, 'database' | 'dataDir'>,
  log: Log,
  told?: AbortSignal,
): Promise<Database> {
  if (database.kind === 'url') {
    await migrate(database.url, log, told)
    return {
      ownerUrl: database.url,
      url: database.url,
      actAs: 'countermand_runtime',
      stop: async () => undefined,
    }
  }
  const server = await startEmbedded({ dataDir: join(dataDir, 'postgres'), log })
  try {
    await migrate(server.url, log, told)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { ownerUrl: server.url, url: server.runtimeUrl, stop: () => server.stop() }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { startEmbedded } from '#postgres/embedded.ts'
import { migrate } from '#postgres/migrate.ts'
import { openPools, type Pools } from '#postgres/pools.ts'

export interface BenchDatabase {
  /** The bot's own connections, with its rights, time limits and settings. */
  readonly pools: Pools
  readonly owner: Pool
  readonly url: string
  readonly ownerUrl: string
}

/** Warnings and errors are no figures: they stop nothing, but they are seen. */
export const loud = {
  info: () => undefined,
  warn: (fields: object, message: string) => console.error(message, fields),
  error: (fields: object, message: string) => console.error(message, fields),
}

/** A PostgreSQL that writes to the disk as in production, with a migrated, empty database; gone afterwards. */
export async function withDatabase<Answer>(
  use: (database: BenchDatabase) => Promise<Answer>,
): Promise<Answer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countermand-bench-'))
  const server = await startEmbedded({ dataDir, log: loud })
  try {
    await migrate(server.url, loud)
    const owner = new Pool({ connectionString: server.url, max: 3 })
    owner.on('error', () => undefined)
    const pools = openPools({ url: server.runtimeUrl, log: loud })
    try {
      return await use({ pools, owner, url: server.runtimeUrl, ownerUrl: server.url })
    } finally {
      await Promise.all([owner.end(), pools.close()])
    }
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

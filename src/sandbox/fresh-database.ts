import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { migrate } from '#postgres/migrate.ts'
import { oneConnection } from '#postgres/pools.ts'
import type { Log } from '#ports/log.ts'

export interface FreshDatabase {
  readonly ownerUrl: string
  readonly url: string
  /** Until then it counts as in use. */
  close(): Promise<void>
}

/** A new, empty database for one play, on the embedded server; those of plays that ended are removed. */
export async function freshDatabase(
  server: { readonly url: string; readonly runtimeUrl: string },
  log: Log,
): Promise<FreshDatabase> {
  const name = `sandbox_${randomBytes(6).toString('hex')}`
  const ownerUrl = named(server.url, name)
  const client = await connected(server.url)
  try {
    // One start at a time, until its database is in use and can no longer be taken for an old one.
    await client.query('SELECT pg_advisory_lock(814401)')
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database d
        WHERE datname ~ '^sandbox_[0-9a-f]{12}(_shop)?$'
          AND NOT EXISTS (SELECT FROM pg_stat_activity a
                           WHERE a.datname IN (d.datname, regexp_replace(d.datname, '_shop$', '')))`,
    )
    for (const old of rows) await client.query(`DROP DATABASE IF EXISTS ${old.name}`)
    await client.query(`CREATE DATABASE ${name}`)
    const user = await connected(ownerUrl)
    await migrate(ownerUrl, log)
    return { ownerUrl, url: named(server.runtimeUrl, name), close: () => user.end() }
  } finally {
    await client.end()
  }
}

/** Where the latest play was recorded; `undefined` before the first. */
export async function latestDatabase(server: {
  readonly url: string
}): Promise<string | undefined> {
  const client = await connected(server.url)
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname ~ '^sandbox_[0-9a-f]{12}$'
        ORDER BY oid DESC LIMIT 1`,
    )
    return rows[0] && named(server.url, rows[0].name)
  } finally {
    await client.end()
  }
}

async function connected(url: string): Promise<Client> {
  // Databases are made and removed file by file, on a slow disk for a while.
  const patient = { statement_timeout: 60_000, query_timeout: 65_000 }
  const client = oneConnection({ connectionString: url, ...patient })
  await client.connect()
  return client
}

function named(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

import { resolve } from 'node:path'
import { DatabaseError } from 'pg'
import type { Log } from '#ports/log.ts'
import { accountFor } from './embedded/account.ts'
import { type Cluster, openCluster } from './embedded/cluster.ts'
import { nativeFolder } from './embedded/native.ts'
import { adoptOrStart, connection, stopPostmaster } from './embedded/postmaster.ts'
import { oneConnection } from './pools.ts'

export interface Embedded {
  /** The owner of everything: migrations, and the pretend clock of tests and sandbox. */
  readonly url: string
  /** The role the bot works as: it can add to the timeline, never change it. */
  readonly runtimeUrl: string
  readonly port: number
  /** True when a server was already there. */
  readonly adopted: boolean
  /** Stops the server when nobody else uses it. Close your own pools first. */
  stop(): Promise<void>
}

/**
 * A real PostgreSQL from the npm packages, kept in `dataDir`, on a free port of 127.0.0.1 behind
 * passwords that only its owner can read. Works as root, after `kill -9`, and twice at once.
 * `durable: false` is for tests: faster, and lost when the machine crashes.
 */
export async function startEmbedded({
  dataDir,
  log,
  durable = true,
}: {
  readonly dataDir: string
  readonly log: Log
  readonly durable?: boolean
}): Promise<Embedded> {
  const folder = resolve(dataDir)
  const { folder: native } = await nativeFolder(accountFor(folder))
  const cluster = await openCluster(folder, native, log)
  const server = await adoptOrStart(cluster, native, durable)
  await makeDatabase(cluster, server.port)
  const url = (user: string, password: string) =>
    `postgres://${user}:${password}@127.0.0.1:${server.port}/countermand`
  let stopped: Promise<void> | undefined
  return {
    url: url('countermand', cluster.credentials.owner),
    runtimeUrl: url('countermand_runtime', cluster.credentials.runtime),
    port: server.port,
    adopted: server.adopted,
    stop: () => (stopped ??= stopPostmaster(cluster, server)),
  }
}

/** A database is made file by file, on a slow disk for a while; in ms. */
const patient = { statement_timeout: 60_000, query_timeout: 65_000 }

/** Two starts may do this at once: the second finds it done. */
async function makeDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = oneConnection({ ...connection(cluster, port, 'postgres'), ...patient })
  await client.connect()
  try {
    const { rows } = await client.query<{ statement: string }>(
      `SELECT format('CREATE ROLE countermand_runtime LOGIN PASSWORD %L', $1::text) AS statement
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countermand_runtime')
        UNION ALL
       SELECT 'CREATE DATABASE countermand'
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'countermand')`,
      [cluster.credentials.runtime],
    )
    for (const { statement } of rows) await client.query(statement).catch(unlessThere)
  } finally {
    await client.end()
  }
}

function unlessThere(error: unknown): void {
  const exists = ['42710', '42P04', '23505']
  if (!(error instanceof DatabaseError && exists.includes(error.code ?? ''))) throw error
}

import type { Client } from 'pg'
import { compareVersions } from '#domain/rollback/schema-range.ts'
import { type Instant, instant } from '#domain/time.ts'
import { inDatabase, migrating } from './connection.ts'
import type { DatabaseParts } from './context.ts'
import { codeOf } from './failure.ts'
import type { Migration } from './migrations.ts'
import type { DatabaseTarget } from './schema.ts'
import { quoted, tableOf } from './table.ts'
import { migrationsOf, toldVersion } from './tools.ts'

/** Where a schema stands. */
export interface Standing {
  /** Null where no migration was ever applied. */
  readonly version: string | null
  /** A migration failed half way, and the tool refuses everything until a person has mended it. */
  readonly isDirty: boolean
  /** Oldest first. */
  readonly applied: readonly string[]
}

export interface Seen extends Standing {
  readonly migrations: readonly Migration[]
  /** Tells it from another of that name. */
  readonly oid: string
  /** `18`. */
  readonly serverMajor: number
  /** Sessions of tools that we started and that are still at work, whoever started them. */
  readonly migrating: number
  readonly now: Instant
}

/** What is asked for a backup alone: it reads the disk and the whole catalogue. */
export interface Measured {
  readonly bytes: number
  /** Those that a dump holds the data of. */
  readonly tables: readonly string[]
}

/** One look at a database and its migrations; `undefined` where there is no such database. Changes nothing. */
export const look = (
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<Seen | undefined> =>
  inDatabase(parts, target, (client) => lookWith(parts, target, client, signal))

/** The same, with `more` that is asked in that session. */
export const lookAnd = <More extends object>(
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
  more: (client: Client, seen: Seen) => Promise<More>,
): Promise<(Seen & More) | undefined> =>
  inDatabase(parts, target, async (client) => {
    const seen = await lookWith(parts, target, client, signal)
    return { ...seen, ...(await more(client, seen)) }
  })

/** The same in a session that is open. */
export async function lookWith(
  parts: DatabaseParts,
  target: DatabaseTarget,
  client: Client,
  signal: AbortSignal,
): Promise<Seen> {
  const migrations = await migrationsOf(parts, target, signal)
  const facts = await factsOf(client)
  return {
    ...facts,
    ...(await standingOf(parts, target, client, migrations, signal)),
    migrations,
  }
}

async function standingOf(
  parts: DatabaseParts,
  target: DatabaseTarget,
  client: Client,
  migrations: readonly Migration[],
  signal: AbortSignal,
): Promise<Standing> {
  const { tool } = target
  if (tool.kind === 'dbmate') {
    const rows = await versionRows<{ version: string }>(
      client,
      tableOf(parts, target),
      `SELECT format('SELECT version::text AS version FROM %s', $1::text::regclass) AS statement`,
    )
    const applied = rows.map(({ version }) => version).toSorted(compareVersions)
    return { version: applied.at(-1) ?? null, isDirty: false, applied }
  }
  const [row] =
    tool.kind === 'command'
      ? [await toldVersion(parts, target, tool.version, signal)]
      : await versionRows<{ version: string; isDirty: boolean }>(
          client,
          tableOf(parts, target),
          `SELECT format('SELECT version::text AS version, dirty AS "isDirty" FROM %s', $1::text::regclass) AS statement`,
        )
  const { version, isDirty } = row ?? { version: null, isDirty: false }
  const older = migrations.filter(
    (one) => version !== null && compareVersions(one.version, version) < 0,
  )
  return {
    version,
    isDirty,
    applied: version === null ? [] : [...older.map((one) => one.version), version],
  }
}

/** The server writes the statement, with the table's name as it is to be quoted. Before the first migration there is no such table. */
async function versionRows<Row extends object>(
  client: Client,
  table: string,
  sql: string,
): Promise<readonly Row[]> {
  try {
    const { rows } = await client.query<{ statement: string }>(sql, [quoted(table)])
    return (await client.query<Row>(rows[0]?.statement ?? '')).rows
  } catch (error) {
    if (codeOf(error) === '42P01') return []
    throw error
  }
}

async function factsOf(client: Client) {
  const { rows } = await client.query<{
    oid: string
    server: string
    migrating: string
    micros: string
  }>(
    `SELECT d.oid::text AS oid,
            current_setting('server_version_num') AS server,
            (SELECT count(*)::text FROM pg_stat_activity
              WHERE datname = d.datname AND application_name = $1) AS migrating,
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS micros
       FROM pg_database d WHERE d.datname = current_database()`,
    [migrating],
  )
  const [row] = rows
  return {
    oid: row?.oid ?? '',
    serverMajor: Math.floor(Number(row?.server ?? 0) / 10_000),
    migrating: Number(row?.migrating ?? 0),
    now: instant(Number(row?.micros ?? 0)),
  }
}

export async function measured(client: Client): Promise<Measured> {
  const { rows } = await client.query<{ bytes: string; tables: readonly string[] }>(
    `SELECT pg_database_size(current_database())::text AS bytes,
            ARRAY(SELECT n.nspname || '.' || c.relname
                    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                     AND NOT EXISTS (SELECT FROM pg_depend e
                          WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
                   ORDER BY 1) AS tables`,
  )
  return { bytes: Number(rows[0]?.bytes ?? 0), tables: rows[0]?.tables ?? [] }
}

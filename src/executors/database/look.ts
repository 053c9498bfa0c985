import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { compareVersions } from '#domain/rollback/schema-range.ts'
import { type Instant, instant } from '#domain/time.ts'
import { inDatabase, migrating } from './connection.ts'
import type { DatabaseParts } from './context.ts'
import { codeOf } from './failure.ts'
import type { Migration } from './migrations.ts'
import type { DatabaseTarget } from './schema.ts'
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
  readonly bytes: number
  /** `18`. */
  readonly serverMajor: number
  readonly tables: readonly string[]
  /** A digest over tables, columns, constraints and indexes, by their names. */
  readonly shape: string
  /** Sessions of tools that we started and that are still at work, whoever started them. */
  readonly migrating: number
  readonly now: Instant
}

/** One look at a database and its migrations; `undefined` where there is no such database. Changes nothing. */
export const look = (
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<Seen | undefined> =>
  inDatabase(parts, target, (client) => lookWith(parts, target, client, signal))

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
    tables: await tablesOf(client),
    shape: await shapeOf(client),
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
      'SELECT version::text AS version FROM schema_migrations',
    )
    const applied = rows.map(({ version }) => version).toSorted(compareVersions)
    return { version: applied.at(-1) ?? null, isDirty: false, applied }
  }
  const [row] =
    tool.kind === 'command'
      ? [await toldVersion(parts, target, tool.version, signal)]
      : await versionRows<{ version: string; isDirty: boolean }>(
          client,
          'SELECT version::text AS version, dirty AS "isDirty" FROM schema_migrations',
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

/** Before the first migration there is no such table. */
async function versionRows<Row extends object>(
  client: Client,
  sql: string,
): Promise<readonly Row[]> {
  try {
    return (await client.query<Row>(sql)).rows
  } catch (error) {
    if (codeOf(error) === '42P01') return []
    throw error
  }
}

async function factsOf(client: Client) {
  const { rows } = await client.query<{
    oid: string
    bytes: string
    server: string
    migrating: string
    micros: string
  }>(
    `SELECT d.oid::text AS oid, pg_database_size(d.oid)::text AS bytes,
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
    bytes: Number(row?.bytes ?? 0),
    serverMajor: Math.floor(Number(row?.server ?? 0) / 10_000),
    migrating: Number(row?.migrating ?? 0),
    now: instant(Number(row?.micros ?? 0)),
  }
}

async function tablesOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

async function shapeOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `SELECT concat_ws(' ', 'column', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      UNION ALL
     SELECT concat_ws(' ', 'constraint', n.nspname, k.conname, pg_get_constraintdef(k.oid))
       FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
      WHERE k.conrelid <> 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      UNION ALL
     SELECT concat_ws(' ', 'index', i.schemaname, i.indexdef)
       FROM pg_indexes i WHERE i.schemaname !~ '^pg_' AND i.schemaname <> 'information_schema'
      ORDER BY 1`,
  )
  const text = rows.map(({ line }) => line).join('\n')
  return createHash('sha256').update(text).digest('hex')
}

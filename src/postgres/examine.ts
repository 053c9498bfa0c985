import { readdirSync } from 'node:fs'
import type { Client } from 'pg'
import type { Finding } from '#ports/finding.ts'
import { migrations } from './migrate.ts'
import { oneConnection } from './pools.ts'

const timeoutMs = 5_000

/** A look at the owner's database that changes nothing: reached, migrated, the runtime role held to its few rights. Throws when it cannot be reached. */
export async function examineDatabase(ownerUrl: string): Promise<{
  readonly findings: readonly Finding[]
  readonly clock: Date
  /** False for one in which nothing was ever written. */
  readonly isMigrated: boolean
}> {
  const client = oneConnection({
    connectionString: ownerUrl,
    application_name: 'countermand-doctor',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    options: '-c default_transaction_read_only=on',
  })
  try {
    await client.connect()
    const { rows } = await client.query<Server>(aboutServer)
    const [server] = rows
    if (!server) throw new Error('PostgreSQL says nothing of itself')
    return {
      findings: [...serverFindings(server), ...(await inside(client, server))],
      clock: server.clock,
      isMigrated: server.has_timeline && server.has_migrations,
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

interface Server {
  readonly version: string
  readonly number: number
  readonly is_standby: boolean
  readonly commit: string
  readonly clock: Date
  readonly has_timeline: boolean
  readonly has_migrations: boolean
  readonly has_queue: boolean
}

const aboutServer = `
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS number,
       pg_is_in_recovery() AS is_standby,
       current_setting('synchronous_commit') AS commit,
       clock_timestamp() AS clock,
       to_regclass('public.timeline_events') IS NOT NULL AS has_timeline,
       to_regclass('public.migrations') IS NOT NULL AS has_migrations,
       to_regnamespace('graphile_worker') IS NOT NULL AS has_queue`

const oldest = 140_000

function serverFindings({ version, number, is_standby, commit }: Server): readonly Finding[] {
  return [
    number >= oldest
      ? { result: 'fine', text: `PostgreSQL ${version} answers` }
      : {
          result: 'wrong',
          text: `PostgreSQL ${version} is too old`,
          remedy: 'use PostgreSQL 14 or newer',
        },
    ...(is_standby
      ? [
          {
            result: 'wrong',
            text: 'it is a standby and takes no writes',
            remedy: 'let DATABASE_URL name the primary',
          } as const,
        ]
      : []),
    ...(commit === 'off'
      ? [
          {
            result: 'wrong',
            text: 'synchronous_commit is off: a decision that was confirmed can be lost',
            remedy: 'switch it on for this database',
          } as const,
        ]
      : []),
  ]
}

async function inside(client: Client, server: Server): Promise<readonly Finding[]> {
  if (!server.has_timeline || !server.has_migrations)
    return [
      {
        result: 'note',
        text: 'it is empty: no migration was applied yet',
        remedy: 'the first start applies them',
      },
    ]
  return [await migrated(client, server), ...(await restricted(client))]
}

async function migrated(client: Client, { has_queue }: Server): Promise<Finding> {
  const { rows } = await client.query<{ last: number }>('SELECT max(id) AS last FROM migrations')
  const applied = rows[0]?.last ?? 0
  const known = Math.max(...readdirSync(migrations).map((name) => Number.parseInt(name, 10)))
  if (applied > known)
    return {
      result: 'wrong',
      text: `it was migrated to ${applied}, this version knows ${known}: a newer one has been at it`,
      remedy: 'run that version, or a newer one',
    }
  return applied < known || !has_queue
    ? {
        result: 'note',
        text: `it is migrated to ${applied} of ${known}`,
        remedy: 'the next start applies the rest',
      }
    : { result: 'fine', text: `it is migrated to ${applied} of ${known}` }
}

interface Rights {
  readonly exists: boolean
  readonly is_powerful: boolean
  readonly may_change: boolean
  readonly may_add: boolean
  readonly can_take: boolean
  readonly is_owner: boolean
  readonly guards: number
  readonly is_clock_true: boolean
}

/** What the bot works as can add to the timeline and change nothing of it; triggers refuse its owner, too. */
const aboutRights = `
WITH runtime AS (
  SELECT oid, rolsuper OR rolcreaterole OR rolbypassrls AS is_powerful
    FROM pg_roles WHERE rolname = 'countermand_runtime'
)
SELECT EXISTS (SELECT FROM runtime) AS exists,
       coalesce((SELECT is_powerful FROM runtime), false) AS is_powerful,
       coalesce((SELECT has_table_privilege(oid, 'public.timeline_events', 'UPDATE, DELETE, TRUNCATE') FROM runtime), false) AS may_change,
       coalesce((SELECT has_table_privilege(oid, 'public.timeline_events', 'INSERT') FROM runtime), false) AS may_add,
       coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM runtime), false) AS can_take,
       coalesce((SELECT relowner = (SELECT oid FROM runtime) FROM pg_class WHERE oid = 'public.timeline_events'::regclass), false) AS is_owner,
       (SELECT count(*)::int FROM pg_trigger
         WHERE tgrelid = 'public.timeline_events'::regclass AND NOT tgisinternal AND tgenabled <> 'D') AS guards,
       abs(extract(epoch FROM countermand_now() - clock_timestamp())) < 1 AS is_clock_true`

async function restricted(client: Client): Promise<readonly Finding[]> {
  const { rows } = await client.query<Rights>(aboutRights)
  const [found] = rows
  if (!found) throw new Error('PostgreSQL says nothing of its roles')
  const faults = [
    !found.exists &&
      wrong('there is no role countermand_runtime', 'start the bot once, or make the role'),
    found.exists &&
      !found.can_take &&
      wrong(
        'the user of DATABASE_URL cannot become countermand_runtime',
        'GRANT countermand_runtime TO that user',
      ),
    found.exists &&
      !found.may_add &&
      wrong('the role countermand_runtime may not add to the timeline', 'GRANT INSERT on it'),
    found.is_powerful &&
      wrong(
        'the role countermand_runtime is a superuser, makes roles or goes past row security',
        'take these attributes away',
      ),
    (found.may_change || found.is_owner) &&
      wrong(
        'the role countermand_runtime may change the timeline',
        'REVOKE UPDATE, DELETE, TRUNCATE from it, and let it own no table',
      ),
    found.guards < 2 &&
      wrong('the triggers that keep the timeline from being changed are off', 'ENABLE them'),
    !found.is_clock_true &&
      wrong(
        'countermand_now() is not the clock of the database: authority would be reckoned by a moved clock',
        'put the function of migrations/0001 back',
      ),
  ].filter((fault) => fault !== false)
  return faults.length > 0
    ? faults
    : [{ result: 'fine', text: 'the role it works as may add to the timeline and change nothing' }]
}

const wrong = (text: string, remedy: string): Finding => ({ result: 'wrong', text, remedy })

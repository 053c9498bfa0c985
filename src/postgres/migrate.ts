import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Pool, PoolClient } from 'pg'
import { migrate as applyFiles } from 'postgres-migrations'
import type { Log } from '#ports/log.ts'
import { DatabaseAway } from './away.ts'
import { openPool } from './pools.ts'

/**
 * Brings the owner's database to this version; several replicas may start at once. Refuses when a file
 * that was applied has been edited since. `ownerUrl` needs the rights to create tables, and the role
 * `countermand_runtime` unless it exists. Throws `DatabaseAway` where nobody lets us in, and waits for no other replica any more once
 * `told` is aborted.
 */
export async function migrate(ownerUrl: string, log: Log, told?: AbortSignal): Promise<void> {
  const pool = openPool({ url: ownerUrl, log, name: 'countermand-migrate', max: 2, ...patient })
  const client = await pool.connect().catch(async (cause: unknown) => {
    await pool.end()
    throw new DatabaseAway(cause)
  })
  try {
    await ourTurn(client, told)
    await client.query(`SET lock_timeout = '10s'`)
    await applyFiles({ client }, migrations)
    if (!(await hasQueue(client))) await makeQueue(pool)
    if (!(await mayQueue(client))) await letRuntimeQueueJobs(client)
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrating]).catch(() => undefined)
    client.release()
    await pool.end()
  }
}

/** Asked for again and again: whoever waits for it in the database waits on there when we have gone. */
async function ourTurn(client: PoolClient, told: AbortSignal | undefined): Promise<void> {
  const giveUpAt = performance.now() + patient.query_timeout
  for (;;) {
    told?.throwIfAborted()
    const { rows } = await client.query<{ isOurs: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS "isOurs"',
      [migrating],
    )
    if (rows[0]?.isOurs) return
    if (performance.now() > giveUpAt)
      throw new Error(
        'Another start has been migrating the database for five minutes: see why it does not end, and start this one again.',
      )
    await sleep(askAgainMs)
  }
}
/** In ms: what a start waits longer for its turn than it has to. */
const askAgainMs = 100

export const migrations = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Its library is large, and most starts need nothing of it before they take requests in: its files tell how many there are. */
async function hasQueue(client: PoolClient): Promise<boolean> {
  const { rows: made } = await client.query<{ isThere: boolean }>(
    `SELECT to_regclass('graphile_worker.migrations') IS NOT NULL AS "isThere"`,
  )
  if (!made[0]?.isThere) return false
  const { rows } = await client.query<{ last: number }>(
    'SELECT max(id)::int AS last FROM graphile_worker.migrations',
  )
  return rows[0]?.last === latestOf(join(dirname(queue), '..', 'sql'))
}
const queue = createRequire(import.meta.url).resolve('graphile-worker')

async function makeQueue(pool: Pool): Promise<void> {
  const { Logger, runMigrations } = await import('graphile-worker')
  // Faults of its migrations are thrown; the rest is of no interest.
  const quiet = new Logger(() => () => undefined)
  await runMigrations({ pgPool: pool, logger: quiet, noHandleSignals: true })
}

/** Numbers begin the names of files that are applied in their order. */
export const latestOf = (folder: string): number =>
  Math.max(...readdirSync(folder).map((name) => Number.parseInt(name, 10)))

/** A replica waits until another has migrated; a table that is in use is not waited for longer than 10 s. */
const patient = { query_timeout: 300_000, statement_timeout: 300_000, lock_timeout: 0 }
/** Any number that nobody else uses. */
const migrating = 7_300_521

/** Whether nothing is left to be granted: to grant it again would hold up whoever works, at every start of every replica. */
async function mayQueue(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(`
    SELECT has_schema_privilege('countermand_runtime', 'graphile_worker', 'USAGE')
       AND NOT has_table_privilege('countermand_runtime', 'graphile_worker.migrations', 'INSERT')
       AND (SELECT bool_and(
                     has_table_privilege('countermand_runtime', c.oid, 'SELECT')
                     AND (c.relname = 'migrations'
                          OR has_table_privilege('countermand_runtime', c.oid, 'INSERT')
                             AND has_table_privilege('countermand_runtime', c.oid, 'UPDATE')
                             AND has_table_privilege('countermand_runtime', c.oid, 'DELETE'))
                     AND (NOT c.relrowsecurity
                          OR EXISTS (SELECT FROM pg_policy p
                                      WHERE p.polrelid = c.oid AND p.polname = 'countermand_runtime')))
              FROM pg_class c
             WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind IN ('r', 'v', 'p'))
       AND (SELECT bool_and(has_sequence_privilege('countermand_runtime', c.oid, 'USAGE'))
              FROM pg_class c
             WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'S')
       AND (SELECT bool_and(has_function_privilege('countermand_runtime', p.oid, 'EXECUTE'))
              FROM pg_proc p
             WHERE p.pronamespace = 'graphile_worker'::regnamespace) AS may`)
  return rows[0]?.may === true
}

/** graphile-worker's tables have row-level security without policies: grants alone let nothing through. */
async function letRuntimeQueueJobs(client: PoolClient): Promise<void> {
  await client.query(`
    GRANT USAGE ON SCHEMA graphile_worker TO countermand_runtime;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO countermand_runtime;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO countermand_runtime;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO countermand_runtime;
    DO $$
    DECLARE
      protected text;
    BEGIN
      FOR protected IN
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables t
         WHERE schemaname = 'graphile_worker' AND rowsecurity
           AND NOT EXISTS (
             SELECT FROM pg_policies p
              WHERE p.schemaname = t.schemaname AND p.tablename = t.tablename
                AND p.policyname = 'countermand_runtime')
      LOOP
        EXECUTE 'CREATE POLICY countermand_runtime ON ' || protected
          || ' TO countermand_runtime USING (true) WITH CHECK (true)';
      END LOOP;
    END
    $$;
    REVOKE INSERT, UPDATE, DELETE ON graphile_worker.migrations FROM countermand_runtime`)
}

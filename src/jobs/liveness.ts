import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { Log } from '#ports/log.ts'

export interface Liveness {
  readonly replica: string
  /** Aborts when others may have taken over our work: we were frozen, or cut off from the database. */
  readonly lost: () => AbortSignal
  beat(): Promise<void>
  leave(): Promise<void>
}

/**
 * `workerPools`, the names this process locks jobs under, may grow later: each beat writes them down.
 * Proves that this process lives in two ways: a session's advisory lock (gone at once when the process
 * dies) and a lease (gone when it is frozen, or its host is). Whoever lacks one of them is dead to the rest.
 */
export async function joinReplicas(
  pool: Pool,
  workerPools: readonly string[],
  log: Log,
): Promise<Liveness> {
  const replica = randomUUID()
  const lockKey = randomBytes(8).readBigUInt64BE() >> 2n
  let session: PoolClient | undefined
  let lost = new AbortController()

  const join = async () => {
    session = await pool.connect()
    session.once('error', () => {
      session?.release(true)
      session = undefined
    })
    await session.query('SELECT pg_advisory_lock($1)', [lockKey])
    await session.query(
      `INSERT INTO replicas (id, worker_pools, lock_key, started_at, lease_until)
       VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + interval '10 seconds')
       ON CONFLICT (id) DO UPDATE
          SET worker_pools = excluded.worker_pools, lease_until = excluded.lease_until`,
      [replica, workerPools, lockKey],
    )
  }
  await join()

  return {
    replica,
    lost: () => lost.signal,
    async beat() {
      if (session && (await renewed(session, replica, workerPools).catch(() => false))) return
      log.warn({ replica }, 'This replica was out of touch: its work may have been taken over')
      lost.abort(new Error('this replica was out of touch with the database'))
      lost = new AbortController()
      session?.release(true)
      session = undefined
      await join()
    },
    async leave() {
      await pool.query('DELETE FROM replicas WHERE id = $1', [replica]).catch(() => undefined)
      // Ends the session, and the lock with it.
      session?.release(true)
      session = undefined
    },
  }
}

/** False when the lease had run out before it was renewed. */
async function renewed(
  session: PoolClient,
  replica: string,
  workerPools: readonly string[],
): Promise<boolean> {
  const { rowCount } = await session.query(
    `UPDATE replicas
        SET worker_pools = $2, lease_until = clock_timestamp() + interval '10 seconds'
      WHERE id = $1 AND lease_until > clock_timestamp()`,
    [replica, workerPools],
  )
  return rowCount === 1
}

/** Hands the jobs of replicas that are gone to the others. Names how many were. */
export async function freeDeadReplicas(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>({
    name: 'free-dead-replicas',
    text: `
WITH held AS (
  SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
   WHERE locktype = 'advisory' AND objsubid = 1 AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), alive AS (
  SELECT id, worker_pools FROM replicas
   WHERE lease_until > clock_timestamp() AND lock_key IN (SELECT key FROM held)
), orphaned AS (
  SELECT DISTINCT j.locked_by FROM graphile_worker.jobs j
   WHERE j.locked_by IS NOT NULL
     AND NOT EXISTS (SELECT FROM alive WHERE j.locked_by = ANY (alive.worker_pools))
     -- A pool that has just begun may take a job before its replica is written down.
     AND (j.locked_at < clock_timestamp() - interval '10 seconds'
          OR EXISTS (SELECT FROM replicas r WHERE j.locked_by = ANY (r.worker_pools)))
), buried AS (
  DELETE FROM replicas WHERE id NOT IN (SELECT id FROM alive)
), freed AS (
  SELECT graphile_worker.force_unlock_workers(array_agg(locked_by)) FROM orphaned
  HAVING count(*) > 0
)
SELECT (SELECT count(*) FROM orphaned)::int AS count, (SELECT count(*) FROM freed)`,
  })
  return rows[0]?.count ?? 0
}

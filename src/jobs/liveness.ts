import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import type { Log } from '#ports/log.ts'

/**
 * How long a process that does not answer counts as alive. A false alarm costs little, for whatever is taken over is done once; a
 * frozen process holds a rollback up for this long.
 */
export const leaseMs = 3_000
const interval = `${leaseMs} milliseconds`

/** One membership among the replicas, from joining them to being lost to them. */
export interface Membership {
  readonly id: string
  /** By this machine's clock: the others' look at the lease comes later at the earliest. */
  isOver(): boolean
  /** Aborts when it is over. */
  readonly lost: AbortSignal
}

export interface Liveness {
  readonly present: () => Membership
  beat(): Promise<void>
  leave(): Promise<void>
}

/**
 * `workerPools`, the names this process locks jobs under, may grow later: each beat writes them down.
 * Proves that this process lives in two ways: a session's advisory lock (gone at once when the process
 * dies) and a lease (gone when it is frozen, or its host is). Whoever lacks one of them is dead to the rest.
 * A process that comes back joins under another name: what it had begun before stays over.
 */
export async function joinReplicas(
  pool: Pool,
  workerPools: readonly string[],
  log: Log,
  configuration?: string,
): Promise<Liveness> {
  // Whoever comes back has begun no later for it.
  let since: string | undefined
  const enter = async () => {
    const joined = await join(pool, workerPools, { configuration, since })
    since = joined.since
    return joined
  }
  let here = await enter()

  return {
    present: () => here,
    async beat() {
      if (await here.renew()) return
      if (!here.lost.aborted)
        log.warn(
          { replica: here.id },
          'This replica was out of touch: its work may have been taken over',
        )
      here.end(new Error('this replica was out of touch with the database'))
      here = await enter()
    },
    async leave() {
      await pool.query('DELETE FROM replicas WHERE id = $1', [here.id]).catch(() => undefined)
      here.end(new Error('this replica has left'))
    },
  }
}

/** By which configuration a process works, and since when. */
interface Configured {
  readonly configuration: string | undefined
  readonly since: string | undefined
}

async function join(
  pool: Pool,
  workerPools: readonly string[],
  { configuration, since: before }: Configured,
) {
  const id = randomUUID()
  // A lock of its own: the server may not know yet that an earlier session is gone.
  const lockKey = randomBytes(8).readBigUInt64BE() >> 2n
  const lost = new AbortController()
  const session = await pool.connect()
  let isOpen = true
  const close = () => {
    // Ends the session, and the lock with it.
    if (isOpen) session.release(true)
    isOpen = false
  }
  session.once('error', close)
  let asked = performance.now()
  let since: string | undefined
  try {
    await session.query('SELECT pg_advisory_lock($1)', [lockKey])
    const { rows } = await session.query<{ since: string }>(
      `INSERT INTO replicas (id, worker_pools, lock_key, started_at, lease_until, configuration, configured_at)
       VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4::interval,
               $5, coalesce($6::timestamptz, clock_timestamp()))
       RETURNING configured_at::text AS since`,
      [id, workerPools, lockKey, interval, configuration ?? null, before ?? null],
    )
    since = rows[0]?.since
  } catch (error) {
    close()
    throw error
  }

  return {
    id,
    since,
    lost: lost.signal,
    isOver: () => lost.signal.aborted || !isOpen || performance.now() - asked >= leaseMs,
    /** False when it is over, or cannot be proved not to be. */
    async renew(): Promise<boolean> {
      const from = performance.now()
      // The answer is of no use when it comes after the lease.
      const isRenewed = await Promise.race([
        isOpen && renewed(session, id, workerPools).catch(() => false),
        sleep(leaseMs, false, { ref: false }),
      ])
      if (isRenewed) asked = from
      return isRenewed
    },
    end(why: Error) {
      lost.abort(why)
      close()
    },
  }
}

/** False when the lease had run out before it was renewed. */
async function renewed(
  session: PoolClient,
  id: string,
  workerPools: readonly string[],
): Promise<boolean> {
  const { rowCount } = await session.query(
    `UPDATE replicas
        SET worker_pools = $2, lease_until = clock_timestamp() + $3::interval
      WHERE id = $1 AND lease_until > clock_timestamp()`,
    [id, workerPools, interval],
  )
  return rowCount === 1
}

/** Hands the jobs of replicas that are gone to the others. Names how many were. */
export async function freeDeadReplicas(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>({
    name: 'free-dead-replicas',
    text: `
WITH alive AS MATERIALIZED (
  SELECT id, worker_pools FROM living_replicas
), orphaned AS (
  SELECT DISTINCT j.locked_by FROM graphile_worker.jobs j
   WHERE j.locked_by IS NOT NULL
     AND NOT EXISTS (SELECT FROM alive WHERE j.locked_by = ANY (alive.worker_pools))
     -- A pool that has just begun may take a job before its replica is written down.
     AND (j.locked_at < clock_timestamp() - interval '10 seconds'
          OR EXISTS (SELECT FROM replicas r WHERE j.locked_by = ANY (r.worker_pools)))
), buried AS (
  -- Whoever lost its lock has lost its lease with it. Known a little longer, for a job that it took as it died.
  UPDATE replicas SET lease_until = least(lease_until, clock_timestamp())
   WHERE id NOT IN (SELECT id FROM alive) AND lease_until > clock_timestamp()
), forgotten AS (
  DELETE FROM replicas WHERE lease_until < clock_timestamp() - interval '1 minute'
), freed AS (
  SELECT graphile_worker.force_unlock_workers(array_agg(locked_by)) FROM orphaned
  HAVING count(*) > 0
)
SELECT (SELECT count(*) FROM orphaned)::int AS count, (SELECT count(*) FROM freed)`,
  })
  return rows[0]?.count ?? 0
}

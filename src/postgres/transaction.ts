import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient } from 'pg'

/**
 * Runs `work` in one transaction. Repeated a few times when the database asked for it (a deadlock, a
 * serialisation failure), so `work` must only touch the database. When the answer to COMMIT was lost,
 * `landed` looks whether it took place.
 */
export async function transaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  landed: (client: PoolClient, result: Result) => Promise<boolean> = async () => false,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await once(pool, work)
    if (outcome.kind === 'done') return outcome.result
    if (outcome.kind === 'unknown' && (await withClient(pool, (c) => landed(c, outcome.result))))
      return outcome.result
    if (attempt === 5 || !(outcome.kind === 'failed' && isTransient(outcome.error)))
      throw outcome.error
    await sleep(Math.random() * 10 * 2 ** attempt)
  }
}

type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown; readonly result: Result }

async function once<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Outcome<Result>> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    try {
      await client.query('COMMIT')
    } catch (error) {
      client.release(true)
      return error instanceof DatabaseError && !isLoss(error)
        ? { kind: 'failed', error }
        : { kind: 'unknown', error, result }
    }
    client.release()
    return { kind: 'done', result }
  } catch (error) {
    // Anything the server did not say itself (a timeout, a lost line) leaves the connection in doubt.
    const usable = await client.query('ROLLBACK').then(
      () => error instanceof Error && !/timeout|terminated/i.test(error.message),
      () => false,
    )
    client.release(!usable)
    return { kind: 'failed', error }
  }
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release()
  }
}

/** serialization_failure, deadlock_detected */
const isTransient = (error: unknown): boolean =>
  error instanceof DatabaseError && ['40001', '40P01'].includes(error.code ?? '')

/** Connection and shutdown classes: the server went away while it committed. */
const isLoss = (error: DatabaseError): boolean => /^(08|57P)/.test(error.code ?? '')

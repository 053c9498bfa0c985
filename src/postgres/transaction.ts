import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient, type QueryConfig } from 'pg'

/** What a transaction came to. `write` sends its last statements without waiting; COMMIT travels with them. */
export interface Work<Result> {
  readonly result: Result
  readonly write?: () => readonly Promise<unknown>[]
}

/**
 * Runs `work` in one transaction; on a pipelined connection BEGIN travels with its first statements and COMMIT
 * with its last. Repeated a few times when the database asked for it (a deadlock, a serialisation failure), so
 * `work` must only touch the database. When the answer to COMMIT was lost, `landed` looks whether it took place.
 */
export async function transaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Work<Result>>,
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

/**
 * The same for statements that wait for no answer: all of them, BEGIN and COMMIT travel together, and a single one is a transaction
 * by itself. `false` when one of them was refused: nothing was written. `landed` as above.
 */
export async function inOneTrip(
  pool: Pool,
  statements: readonly QueryConfig[],
  landed: (client: PoolClient) => Promise<boolean>,
): Promise<boolean> {
  const client = await pool.connect()
  const all = statements.length === 1 ? statements : ['BEGIN', ...statements, 'COMMIT']
  const outcome = await settled(
    client,
    undefined,
    inOnePacket(client, () => all.map((one) => client.query(one))),
  )
  return outcome.kind === 'unknown' ? withClient(pool, landed) : outcome.kind === 'done'
}

type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown; readonly result: Result }

async function once<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Work<Result>>,
): Promise<Outcome<Result>> {
  const client = await pool.connect()
  try {
    const begun = inOnePacket(client, () => [client.query('BEGIN'), work(client)] as const)
    const [, { result, write }] = await Promise.all(begun)
    return await commit(client, result, write)
  } catch (error) {
    // Nothing more is asked on a line that is in doubt: closing it takes everything back.
    const isUsable = !isInDoubt(error) && (await client.query('ROLLBACK').then(yes, no))
    client.release(!isUsable)
    return { kind: 'failed', error }
  }
}

/** A statement that fails turns the COMMIT behind it into a ROLLBACK, so sending both at once gives nothing up. */
async function commit<Result>(
  client: PoolClient,
  result: Result,
  write: Work<Result>['write'] = () => [],
): Promise<Outcome<Result>> {
  return settled(
    client,
    result,
    inOnePacket(client, () => [...write(), client.query('COMMIT')]),
  )
}

/** Gives the connection back when everything that was sent is answered. */
async function settled<Result>(
  client: PoolClient,
  result: Result,
  sent: readonly Promise<unknown>[],
): Promise<Outcome<Result>> {
  const answers = await Promise.allSettled(sent)
  const refused = answers.find((answer) => answer.status === 'rejected')
  if (!refused) {
    client.release()
    return { kind: 'done', result }
  }
  const error: unknown = refused.reason
  const isCertain = error instanceof DatabaseError && !isLoss(error)
  client.release(isInDoubt(error))
  return isCertain ? { kind: 'failed', error } : { kind: 'unknown', error, result }
}

/** Every packet of its own wakes the server, and costs as much as a small statement. */
function inOnePacket<Sent>({ connection: { stream } }: PoolClient, send: () => Sent): Sent {
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
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

const yes = () => true
const no = () => false

/**
 * Whether the connection should not be used again: it was lost or gave no answer, or leads to a server that takes nothing that is
 * written. Whatever else the server, or the work itself, said is an answer.
 */
function isInDoubt(error: unknown): boolean {
  if (error instanceof DatabaseError) return isLoss(error) || isReadOnly(error)
  return error instanceof Error && ('syscall' in error || /timeout|terminated/i.test(error.message))
}

/** read_only_sql_transaction: a standby, which the address led to before it moved. */
const isReadOnly = (error: DatabaseError): boolean => error.code === '25006'

/** Connection and shutdown classes: the server went away while it committed. */
const isLoss = (error: DatabaseError): boolean => /^(08|57P)/.test(error.code ?? '')

import { Client, type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg'
import type { Log } from '#ports/log.ts'
import { askWhenSilent } from './ask-when-silent.ts'

export interface Pools {
  /** Clicks are taken in, found and noted as done: connections that no flood of anything else can take. */
  readonly decisions: Pool
  /** Everything else that comes in. */
  readonly intake: Pool
  /** What somebody pressed: it is looked up and decided over these, and found where it was lost, whatever other work there is. */
  readonly presses: Pool
  /** Everything else. */
  readonly work: Pool
  close(): Promise<void>
}

/**
 * Connections that give up instead of hanging, both on our side and on the server's. With `actAs` an
 * owner's URL does: every connection gives up the owner's rights before its first statement.
 */
export function openPools({
  url,
  log,
  actAs,
  pressed,
  // Two workers, one that listens and one that proves that this process lives, and two each for what is taken in, acknowledged and done;
  // one or two to spare.
  decisions = 10,
  intake = 3,
  // Two each for what is read and what is written together, and for what is asked alone; one each that looks for what was lost
  // and for who is gone.
  presses = 7,
  work = 12,
}: {
  readonly url: string
  readonly log: Log
  readonly actAs?: 'countermand_runtime'
  /** Resolves when nothing that somebody pressed is being written down, or soon: what is then done waits for that. */
  readonly pressed?: () => Promise<void>
  readonly decisions?: number
  readonly intake?: number
  readonly presses?: number
  readonly work?: number
}): Pools {
  const common = { url, log, ...(actAs ? { actAs } : {}) }
  const afterPresses = pressed ? { before: pressed } : {}
  const pools = {
    decisions: openPool({ ...common, name: 'countermand-decisions', max: Math.max(2, decisions) }),
    intake: openPool({ ...common, name: 'countermand-intake', max: intake }),
    presses: openPool({ ...common, ...afterPresses, name: 'countermand-presses', max: presses }),
    work: openPool({ ...common, ...afterPresses, name: 'countermand-work', max: work }),
  }
  return {
    ...pools,
    close: async () => {
      const all = [pools.decisions, pools.intake, pools.presses, pools.work]
      await Promise.all(all.map((pool) => pool.end()))
    },
  }
}

export function openPool({
  url,
  log,
  name,
  max,
  actAs,
  before,
  ...overrides
}: {
  readonly url: string
  readonly log: Log
  readonly name: string
  readonly max: number
  readonly actAs?: 'countermand_runtime'
  /** Nobody is given a connection before it resolves. */
  readonly before?: () => Promise<void>
} & Omit<PoolConfig, 'log' | 'options'>): Pool {
  // Planned once: our statements find rows by key, and planning the job queue's anew takes longer than running them.
  const settings = ['plan_cache_mode=force_generic_plan', ...(actAs ? [`role=${actAs}`] : [])]
  const pool = new PatientPool(before, {
    connectionString: url,
    application_name: name,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    max,
    // What is sent together travels together: a transaction needs two round trips.
    pipeline: true,
    ...limits,
    lock_timeout: 5_000,
    // Of whoever froze in the middle of one: its locks go when its lease does.
    idle_in_transaction_session_timeout: 3_000,
    ...overrides,
  })
  const { query_timeout: patienceMs = limits.query_timeout } = overrides
  // A restarted server ends idle connections; without a listener that would end the process.
  const lost = (error: Error) => log.warn({ error, pool: name }, 'A database connection was lost')
  pool.on('error', lost)
  pool.on('connect', (client) => {
    client.on('error', lost)
    askWhenSilent(client, patienceMs - 1_000)
  })
  return pool
}

class PatientPool extends Pool {
  readonly #before: (() => Promise<void>) | undefined

  constructor(before: (() => Promise<void>) | undefined, config: PoolConfig) {
    super(config)
    this.#before = before
  }

  override connect(): Promise<PoolClient>
  override connect(callback: Connected): void
  override connect(callback?: Connected): Promise<PoolClient> | void {
    if (callback) void this.#connected(callback)
    else return this.#connection()
  }

  async #connection(): Promise<PoolClient> {
    await this.#before?.()
    return super.connect()
  }

  async #connected(callback: Connected): Promise<void> {
    await this.#before?.()
    super.connect(callback)
  }
}
type Connected = Parameters<Pool['connect']>[0]

/** A connection of its own, not open yet, that gives up like those of a pool. */
export function oneConnection(config: ClientConfig): Client {
  const client = new Client({ ...limits, ...config })
  client.on('error', () => undefined)
  return client
}

/** In ms. The server ends a statement before we stop waiting for it; a host that is gone without a word is noticed. */
const limits = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 10_000,
  query_timeout: 12_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
} as const

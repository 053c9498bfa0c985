import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Pool, type QueryConfig } from 'pg'
import type { OneListener } from './one-listener.ts'

export interface SteadyPool {
  /** What graphile-worker is given. */
  readonly pool: Pool
  /** An answer was lost since the last `settle` that succeeded: nobody knows whether what was asked took place. */
  isInDoubt(): boolean
  /** Does something about it while nothing else is asked. */
  settle(act: () => Promise<void>): Promise<void>
}

/**
 * The pool as graphile-worker is given it. What it asks when a job has ended nobody waits for: a lost connection would end this
 * process as a fault that nobody handled. It repeats what fails with a code that it takes for a passing one, so every lost line, and
 * every server that is starting or ending, gets such a code. A connection in doubt goes back to nobody.
 */
export function steadyPool(pool: Pool, listener: OneListener): SteadyPool {
  const now: { underWay: number; doubts: number; alone?: Promise<void> | undefined } = {
    underWay: 0,
    doubts: 0,
  }

  const connect = async () => {
    while (now.alone) await now.alone
    now.underWay += 1
    const client = await pool.connect().catch((error: unknown) => {
      now.underWay -= 1
      return passing(error)
    })
    let isInDoubt = false
    return over(client, {
      query: async (asked: string | QueryConfig, values?: unknown[]) => {
        try {
          return await client.query(asked, values)
        } catch (error) {
          if (isLost(error)) {
            isInDoubt = true
            now.doubts += 1
          }
          return passing(error)
        }
      },
      release: (why?: Error | boolean) => {
        now.underWay -= 1
        client.release(why ?? isInDoubt)
      },
    })
  }

  return {
    pool: over(pool, {
      // Whoever listens for notifications asks with a callback, and cares for the connection itself.
      connect: (callback?: Parameters<OneListener['connect']>[0]) =>
        callback ? listener.connect(callback) : connect(),
    }),
    isInDoubt: () => now.doubts > 0,
    async settle(act) {
      const done = Promise.withResolvers<void>()
      now.alone = done.promise
      try {
        // Every statement has a time limit; whoever heard its answer acts on it at once.
        do await sleep(5)
        while (now.underWay > 0)
        const seen = now.doubts
        await act()
        now.doubts -= seen
      } finally {
        now.alone = undefined
        done.resolve()
      }
    },
  }
}

/** The same object, but for some of what it does. */
const over = <Target extends object>(target: Target, instead: object): Target =>
  new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(Object.hasOwn(instead, name) ? instead : target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

function passing(error: unknown): never {
  if (!isLost(error)) throw error
  throw Object.assign(new Error(error.message, { cause: error }), { code: 'EHOSTUNREACH' })
}

/** The server did not say it, or says that it is not there (connection and shutdown classes, read-only, full). */
const isLost = (error: unknown): error is Error =>
  error instanceof DatabaseError
    ? /^(08|57P|25006|53)/.test(error.code ?? '')
    : error instanceof Error

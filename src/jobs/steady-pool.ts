import { DatabaseError, type Pool, type QueryConfig } from 'pg'

/**
 * The pool as graphile-worker is given it. What it asks when a job has ended nobody waits for: a lost connection would end this
 * process as a fault that nobody handled, and leave the job locked. It repeats what fails with a code it takes for a passing one, so
 * every lost line, and every server that is starting or ending, gets such a code. A line in doubt goes back to nobody.
 */
export function steadyPool(pool: Pool): Pool {
  const connect = async () => {
    const client = await pool.connect().catch(passing)
    let isInDoubt = false
    return over(client, {
      query: async (asked: string | QueryConfig, values?: unknown[]) => {
        try {
          return await client.query(asked, values)
        } catch (error) {
          isInDoubt ||= isLost(error)
          return passing(error)
        }
      },
      release: (why?: Error | boolean) => client.release(why ?? isInDoubt),
    })
  }
  return over(pool, {
    // Whoever listens for notifications asks with a callback, keeps the connection, and cares for it itself.
    connect: (callback?: Parameters<Pool['connect']>[0]) =>
      callback ? pool.connect(callback) : connect(),
  })
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
  const { message } = error
  throw Object.assign(new Error(message, { cause: error }), { code: 'EHOSTUNREACH' })
}

/** The server did not say it, or says that it is not there (connection and shutdown classes, read-only, full). */
const isLost = (error: unknown): error is Error =>
  error instanceof DatabaseError
    ? /^(08|57P|25006|53)/.test(error.code ?? '')
    : error instanceof Error

import { globSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { oneConnection, openPool, openPools } from '#postgres/pools.ts'
import { silent } from '../support/database-server.ts'

const sources = globSync('src/**/*.ts').toSorted()
const url = 'postgres://nobody@127.0.0.1:1/nothing'
const pools = openPools({ url, log: silent })
const migrating = openPool({ url, log: silent, name: 'n', max: 1, query_timeout: 300_000 })
afterAll(async () => {
  await pools.close()
  await migrating.end()
})

test('connections are made in three places only: to our own database, and to one whose schema is moved, by us or by somebody’s command', () => {
  const makers = sources.filter((path) =>
    /new (?:pg\.)?(?:Pool|Client)\(/.test(readFileSync(path, 'utf8')),
  )

  expect(makers).toEqual([
    'src/executors/database/connection.ts',
    'src/executors/database/keeper.ts',
    'src/postgres/pools.ts',
  ])
})

test.each([
  ['decisions', pools.decisions.options],
  ['what comes in beside them', pools.intake.options],
  ['presses', pools.presses.options],
  ['work', pools.work.options],
  ['migrations', migrating.options],
])('the pool for %s waits for nothing without a limit', (_name, options) => {
  const { connectionTimeoutMillis, query_timeout, statement_timeout, lock_timeout } = options

  expect(connectionTimeoutMillis).toBe(5_000)
  for (const limit of [query_timeout, statement_timeout, lock_timeout])
    expect(limit).toBeGreaterThan(0)
  expect(options.idle_in_transaction_session_timeout).toBe(3_000)
  expect(options.keepAliveInitialDelayMillis).toBe(5_000)
})

test('T113 two connections at least are kept for decisions, however few are asked for', async () => {
  const few = openPools({ url, log: silent, decisions: 0 })

  expect(few.decisions.options.max).toBe(2)
  expect(pools.decisions.options.max).toBeGreaterThanOrEqual(2)
  await few.close()
})

test('the server gives a statement up before we do, and we say so', () => {
  const { query_timeout = 0, statement_timeout = 0 } = pools.work.options

  expect(query_timeout).toBeGreaterThan(Number(statement_timeout))
})

test('a single connection has the same limits, and its own where it names some', () => {
  const plain = oneConnection({ connectionString: url })
  const patient = oneConnection({ connectionString: url, query_timeout: 65_000 })

  expect(limitsOf(plain)).toEqual({ query: 12_000, statement: 10_000 })
  expect(limitsOf(patient)).toEqual({ query: 65_000, statement: 10_000 })
})

/** As the driver keeps them. */
function limitsOf(client: object): unknown {
  const { connectionParameters } = client as {
    readonly connectionParameters: {
      readonly query_timeout: number
      readonly statement_timeout: number
    }
  }
  return {
    query: connectionParameters.query_timeout,
    statement: connectionParameters.statement_timeout,
  }
}

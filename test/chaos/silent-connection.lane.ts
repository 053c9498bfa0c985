import { once } from 'node:events'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPool } from '#postgres/pools.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'

let database: TestDatabase
let proxy: FaultProxy
let pool: Pool

beforeEach(async () => {
  database = await freshDatabase()
  proxy = await faultProxy(database.url)
  pool = openPool({
    url: proxy.through(database.url),
    log: silent,
    name: 'tested',
    max: 2,
    // The server's own limit is below it, as in the product.
    query_timeout: 9_000,
    statement_timeout: 2_000,
    idleTimeoutMillis: 60_000,
  })
})
afterEach(async () => {
  proxy.set({ kind: 'none' })
  await pool.end()
  await proxy.close()
  await database.close()
})

test('whoever listens is told when the other end is gone without a word', async () => {
  const listener = await pool.connect()
  await listener.query('LISTEN something')
  const told = once(listener, 'error')
  const began = performance.now()
  proxy.set({ kind: 'half open' })

  const [error] = await told
  listener.release(true)
  expect(String(error)).toContain('does not answer')
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('a connection that died in the pool is not given to anybody', async () => {
  await pool.query('SELECT')
  proxy.set({ kind: 'half open' })
  await expect.poll(() => pool.idleCount, { timeout: 12_000 }).toBe(0)
  proxy.set({ kind: 'none' })

  await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
})

test('whoever waits for an answer is told in time, and the connection is not used again', async () => {
  const client = await pool.connect()
  await client.query('SELECT')
  proxy.set({ kind: 'half open' })
  const began = performance.now()

  await expect(client.query('SELECT 1')).rejects.toThrow(/terminated|does not answer/)
  client.release()
  expect(performance.now() - began).toBeLessThan(10_000)
  expect(pool.totalCount).toBe(0)
})

test('a process that was held up itself does not blame its connections', async () => {
  const listener = await pool.connect()
  await listener.query('LISTEN something')
  const lost: unknown[] = []
  listener.on('error', (error) => lost.push(error))

  // Held up while it waits for an answer that is on its way.
  proxy.set({ kind: 'slow', ms: 600 })
  const { stream } = listener.connection
  const sent = () => (stream instanceof Socket ? stream.bytesWritten : 0)
  const before = sent()
  await expect.poll(() => sent() > before, { timeout: 8_000, interval: 5 }).toBe(true)
  // The whole process, timers and sockets alike.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000)
  await sleep(2_000)

  expect(lost).toEqual([])
  await expect(listener.query('SELECT')).resolves.toBeDefined()
  listener.release()
}, 60_000)

test('a connection on which somebody works is left alone, however long that takes', async () => {
  const client = await pool.connect()

  await expect(client.query('SELECT pg_sleep(1.5)')).resolves.toBeDefined()
  await client.query('BEGIN')
  await expect(client.query('SELECT pg_sleep(1.5), count(*) FROM streams')).resolves.toMatchObject({
    rowCount: 1,
  })
  await client.query('ROLLBACK')
  client.release()
})

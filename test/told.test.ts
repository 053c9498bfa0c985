import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { aProduction } from './http/started-product.ts'
import { freshDatabase, type TestDatabase } from './support/database.ts'

/** Two things fail at once where nobody waits, and tell a secret, when a signal says so. */
const trap = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `process.on('SIGUSR2', () => {
       for (const what of ['nobody waits', 'nor here'])
         Promise.reject(new Error(what, { cause: new Error(process.env.SLACK_SIGNING_SECRET) }))
     })`,
  )}`,
]
const inTime = { timeout: 120_000 }

let database: TestDatabase
let production: Awaited<ReturnType<typeof aProduction>>
beforeAll(async () => {
  database = await freshDatabase()
  production = await aProduction(database)
})
afterAll(async () => {
  await production.close()
  await database.close()
})

describe('while another replica migrates the database', () => {
  test('SIGTERM ends a start that waits for it', async () => {
    const { ready, terminate, exit } = await waiting()

    terminate()

    expect(await exit()).toBe(0)
    expect(await ready()).toBeUndefined()
  }, 180_000)

  test('SIGINT does, too', async () => {
    const { signal, exit } = await waiting()

    signal('SIGINT')

    expect(await exit()).toBe(0)
  }, 180_000)

  test('T117 what fails meanwhile, and then, is logged without a secret, and ends it with an error', async () => {
    const { signal, exit, said } = await waiting()

    signal('SIGUSR2')

    expect(await exit()).toBe(1)
    expect(said()).toContain('Something failed that nobody waited for: stopping')
    expect(said()).toContain('"message":"nobody waits"')
    expect(said()).toContain('"message":"nor here"')
    expect(said()).toContain('"message":"[secret]"')
    expect(said()).not.toContain(production.signingSecret)
  }, 180_000)
})

test('SIGTERM as soon as the doors are open ends a start in order', async () => {
  const { isAlive, terminate, exit } = await production.begin()
  await expect.poll(isAlive, { ...inTime, interval: 10 }).toBe(true)

  terminate()

  expect(await exit()).toBe(0)
}, 180_000)

test('a start that is told to end leaves no database behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-told-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // Whoever the database runs as must get there.
  chmodSync(folder, 0o755)
  const child = spawn(process.execPath, ['src/main.ts'], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', COUNTERMAND_DATA: folder },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const isStarted = () => existsSync(join(folder, 'postgres', 'cluster', 'postmaster.pid'))
  await expect.poll(isStarted, { ...inTime, interval: 10 }).toBe(true)

  child.kill('SIGTERM')

  expect(await ended).toEqual([0, null])
  expect(isStarted()).toBe(false)
}, 180_000)

/** A start that finds the database being migrated, for as long as the test lasts. */
async function waiting() {
  const other = new Client(database.ownerUrl)
  await other.connect()
  onTestFinished(() => other.end())
  await other.query('SELECT pg_advisory_lock(7300521)')
  const begun = await production.begin({ nodeOptions: trap })
  const isWaiting = async () => {
    const { rowCount } = await database.owner.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'countermand-migrate'
          AND query LIKE '%advisory_lock%'`,
    )
    return rowCount
  }
  await expect.poll(isWaiting, inTime).toBe(1)
  return begun
}

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownDatabase } from './own-database.ts'

let world: Awaited<ReturnType<typeof ownDatabase>>
beforeEach(async () => {
  world = await ownDatabase()
})
afterEach(() => world.close())

/** Of what had been begun, once the database is there again. */
const longestMs = 10_000

test('T109 the database restarts while a rollback is executed', async () => {
  const { first, again, shop, endsWell } = world
  await first.end('fast')
  shop.proxies.PostgreSQL.moveTo((await again()).url)
  const took = await endsWell()

  console.log(`a restart: what was executed is done ${took} ms after it`)
  expect(took).toBeLessThan(longestMs)
})

test('T110 the database is lost while a rollback is executed, and a standby is promoted', async () => {
  const { first, follower, shop, endsWell } = world
  const standby = await follower()
  await first.end('killed')
  await standby.run('SELECT pg_promote()')
  shop.proxies.PostgreSQL.moveTo(standby.url)
  const took = await endsWell()

  console.log(`a fail-over: what was executed is done ${took} ms after the address has moved`)
  expect(took).toBeLessThan(longestMs)
})

test('T110 the address leads to a standby for a while before that is promoted', async () => {
  const { first, follower, shop, play, endsWell } = world
  const standby = await follower()
  await first.end('killed')
  shop.proxies.PostgreSQL.moveTo(standby.url)
  await sleep(2_000)
  await play.approves('awaiting')
  await play.told(/Not recorded/)
  await standby.run('SELECT pg_promote()')
  const took = await endsWell()

  console.log(`a late promotion: what was executed is done ${took} ms after it`)
  expect(took).toBeLessThan(longestMs)
})

test('T111 the database takes nothing that is written for a while', async () => {
  const { first, play, endsWell } = world
  const isReadOnly = 'default_transaction_read_only'
  await first.run(`ALTER SYSTEM SET ${isReadOnly} = on`, 'SELECT pg_reload_conf()')
  await sleep(2_000)
  await play.approves('awaiting')
  await play.told(/Not recorded/)
  await first.run(`SET ${isReadOnly} = off`, `ALTER SYSTEM RESET ${isReadOnly}`)
  await first.run('SELECT pg_reload_conf()')
  const took = await endsWell()

  console.log(`read-only: what was executed is done ${took} ms after the end`)
  expect(took).toBeLessThan(longestMs)
})

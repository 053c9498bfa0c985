import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPools, type Pools } from '#postgres/pools.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

let database: TestDatabase
let pools: Pools | undefined
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(async () => {
  await pools?.close()
  await database.close()
})

test('work asks the database for nothing while somebody’s press is being written down; the press itself does', async () => {
  const written = Promise.withResolvers<void>()
  const asked: string[] = []
  pools = openPools({ url: database.url, log: silent, pressed: () => written.promise })
  const { work, decisions } = pools

  const working = work.query('SELECT 1').then(() => asked.push('work'))
  const client = work.connect().then((one) => {
    asked.push('a connection for work')
    one.release()
  })
  await decisions.query('SELECT 1')
  asked.push('a press')
  written.resolve()
  await Promise.all([working, client])

  expect(asked[0]).toBe('a press')
  expect(asked).toHaveLength(3)
})

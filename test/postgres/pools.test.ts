import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { inbox } from '#postgres/inbox.ts'
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

test('T113 while every other connection is taken a press is written down, acknowledged, looked up and noted as done', async () => {
  pools = openPools({ url: database.url, log: silent, intake: 2, work: 2 })
  const { decisions, intake, work } = pools
  const taken = await Promise.all([intake, intake, work, work].map((pool) => pool.connect()))
  const box = inbox(decisions, intake)
  const press = deliveryId('press')

  try {
    await box.admit({ id: press, source: 'slack', urgent: true, body: { pressed: 'Approve' } })
    await box.acknowledged(press)
    const found = await box.load(press)
    await box.done(press)

    expect(found).toMatchObject({ body: { pressed: 'Approve' }, isAcknowledged: true })
    expect(await box.load(press)).toBeUndefined()
    expect([intake, work].map(({ idleCount, totalCount }) => [idleCount, totalCount])).toEqual([
      [0, 2],
      [0, 2],
    ])
  } finally {
    for (const client of taken) client.release()
  }
})

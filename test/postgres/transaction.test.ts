import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { warnOfSkew } from '#postgres/skew.ts'
import { transaction } from '#postgres/transaction.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
  await database.owner.query('CREATE TABLE tries (n int); GRANT ALL ON tries TO PUBLIC')
})
afterAll(() => database.close())

const failing = (code: string, times: number) => {
  let tries = 0
  const run = transaction(database.pools.work, async (client) => {
    tries += 1
    await client.query('INSERT INTO tries VALUES ($1)', [tries])
    if (tries <= times)
      await client.query(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${code}'; END $$`)
    return { result: tries }
  })
  return run.then(
    (result) => ({ result, tries }),
    (error: { readonly code?: string }) => ({ failed: error.code, tries }),
  )
}

test.each(['40001', '40P01'])(
  'T114 what the database asks to repeat (%s) is repeated a few times, and written once',
  async (code) => {
    await database.owner.query('TRUNCATE tries')

    const found = await failing(code, 3)
    const { rows } = await database.owner.query('SELECT n FROM tries')

    expect(found).toEqual({ result: 4, tries: 4 })
    expect(rows).toEqual([{ n: 4 }])
  },
)

test('T114 it is not repeated for ever, and nothing else is repeated', async () => {
  expect(await failing('40001', 100)).toEqual({ failed: '40001', tries: 5 })
  expect(await failing('23514', 100)).toEqual({ failed: '23514', tries: 1 })
})

test.each([
  [0, []],
  [600_000, [{ aheadMs: expect.closeTo(600_000, -4) }]],
  [-600_000, [{ aheadMs: expect.closeTo(-600_000, -4) }]],
])('T051 a clock that is %d ms off is heard of', async (offMs, expected) => {
  const warned: object[] = []
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs })

  await warnOfSkew(database.pools.work, {
    ...silent,
    warn: (fields: object) => void warned.push(fields),
  })

  expect(warned).toEqual(expected)
})

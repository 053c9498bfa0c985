import { afterAll, beforeAll, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { anInstallation } from './installation.ts'

let shop: Awaited<ReturnType<typeof anInstallation>>
beforeAll(async () => {
  shop = await anInstallation()
})
afterAll(() => shop.close())

async function ofDatabase(changed: Readonly<Record<string, string>> = {}) {
  return (await shop.faults(changed)).faults.filter((line) => line.includes(' Database: '))
}

test('one that is away is said to be so, without its password', async () => {
  const found = await ofDatabase({ DATABASE_URL: 'postgres://bot:hunter22@127.0.0.1:1/x' })

  expect(found).toEqual([
    expect.stringMatching(/^✗ Database: PostgreSQL cannot be used: .*ECONNREFUSED/),
  ])
  expect(found.join('')).not.toContain('hunter22')
})

test('an empty one is no fault, and stays empty', async () => {
  const empty = new URL(shop.database.ownerUrl)
  empty.pathname = '/postgres'

  expect(await ofDatabase({ DATABASE_URL: empty.href })).toEqual([
    expect.stringContaining('synchronous_commit is off'),
    '! Database: it is empty: no migration was applied yet – the first start applies them',
  ])
  expect(await ofDatabase({ DATABASE_URL: empty.href })).toHaveLength(2)
})

test('a runtime role that could change the record is found', async () => {
  await shop.database.owner.query('GRANT UPDATE ON timeline_events TO countermand_runtime')
  const found = await ofDatabase()
  await shop.database.owner.query('REVOKE UPDATE ON timeline_events FROM countermand_runtime')

  expect(found).toEqual([
    expect.stringContaining('the role countermand_runtime may change the timeline – REVOKE'),
  ])
})

test('triggers that were switched off are found', async () => {
  const all = (how: 'ENABLE' | 'DISABLE') =>
    shop.database.owner.query(`ALTER TABLE timeline_events ${how} TRIGGER USER`)
  await all('DISABLE')
  const found = await ofDatabase()
  await all('ENABLE')

  expect(found).toEqual([
    expect.stringContaining('the triggers that keep the timeline from being changed are off'),
  ])
})

test('a clock that somebody moved is found', async () => {
  await shop.database.moveClock(minutes(16))
  const found = await ofDatabase()
  await shop.database.owner.query(`UPDATE clock_shift SET by = interval '0'`)

  expect(found).toEqual([
    expect.stringContaining('countermand_now() is not the clock of the database'),
  ])
})

test('a migration that this version does not know is found', async () => {
  await shop.database.owner.query(
    `INSERT INTO migrations (id, name, hash) VALUES (9999, 'of tomorrow', 'x')`,
  )
  const found = await ofDatabase()
  await shop.database.owner.query('DELETE FROM migrations WHERE id = 9999')

  expect(found).toEqual([expect.stringContaining('a newer one has been at it')])
})

test('a record that was written with another key is found', async () => {
  const incident = anIncident()
  const record = timeline(shop.database.pools.work, [key])
  await record.append(incident, 0, aChange({ events: [declared()] }))

  expect(await ofDatabase()).toEqual([
    expect.stringMatching(/^✗ Database: the record does not hold with this key: inc-/),
  ])
})

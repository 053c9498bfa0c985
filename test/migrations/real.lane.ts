import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { NeedsPerson } from '#ports/executor.ts'
import { aWorld, signal, version, type World } from './world.ts'

const open: World[] = []
const fresh = async (kind: 'dbmate' | 'golang-migrate') => {
  const world = await aWorld(kind)
  open.push(world)
  return world
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.close()))
})

async function takenDown(world: World, to: string) {
  const { steps } = await world.plan(to)
  for (const [index, { change }] of steps.entries())
    await world.executor.apply(change, `rb_1.${index}`, signal())
  return steps
}

test('the real dbmate goes down two, one by one, and up no further than it was', async () => {
  const world = await fresh('dbmate')

  const steps = await takenDown(world, '41')
  expect(await world.versions()).toEqual(['40', '41'])
  await world.executor.apply(steps.at(-1)?.undo ?? null, 'rb_1.1.undo', signal())

  // The file of 44 lies there, and was not applied before.
  expect(await world.versions()).toEqual(['40', '41', '42', '43'])
})

test('the real golang-migrate goes to a version by its number, and back', async () => {
  const world = await fresh('golang-migrate')

  const steps = await takenDown(world, '41')
  expect(await world.versions()).toEqual(['41'])
  await world.executor.apply(steps.at(-1)?.undo ?? null, 'rb_1.1.undo', signal())

  expect(await world.versions()).toEqual(['43'])
})

test('the real golang-migrate that fails on its way leaves it dirty, and a person is asked', async () => {
  const world = await fresh('golang-migrate')
  await writeFile(join(world.files, '42_coupons.down.sql'), 'DROP TABLE no_such;')
  const { steps } = await world.plan('41')
  await world.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

  await expect(world.executor.apply(steps[1]?.change ?? null, 'rb_1.1', signal())).rejects.toThrow(
    NeedsPerson,
  )

  expect(await world.query('SELECT dirty FROM schema_migrations')).toEqual([{ dirty: true }])
  const { blockers } = await world.executor.observe(world.target, signal())
  expect(blockers).toMatchObject([{ why: expect.stringContaining('is dirty') }])
})

test('a migration of dbmate that fails takes nothing down', async () => {
  const world = await fresh('dbmate')
  await writeFile(
    join(world.files, '43_order_coupon.sql'),
    '-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP TABLE no_such;\n',
  )
  const { steps } = await world.plan('42')
  await world.executor.apply(steps[0]?.change ?? null, 'rb_1.0', signal())

  await expect(world.executor.apply(steps[1]?.change ?? null, 'rb_1.1', signal())).rejects.toThrow(
    'version 43 is applied',
  )

  expect(await world.versions()).toEqual(['40', '41', '42', '43'])
})

test('the real backup brings back what a migration deleted', async () => {
  const world = await fresh('golang-migrate')
  await world.query(
    `INSERT INTO coupons VALUES ('SPRING'); INSERT INTO orders VALUES (1, 4200, 'SPRING')`,
  )
  await takenDown(world, '41')
  const [dump = ''] = (await readdir(world.backups)).filter((name) => name.endsWith('.dump'))
  const checks = await world.executor.verify(
    world.target,
    { id: version('41'), images: [] },
    signal(),
  )

  const said = checks.find(({ text }) => text.includes('--dbname'))?.text ?? ''
  const [, options = ''] = /pg_restore (.*) --dbname/.exec(said) ?? []
  await promisify(execFile)(join(world.real.programs, 'pg_restore'), [
    ...options.split(' '),
    '--dbname',
    world.url,
    join(world.backups, dump),
  ])

  expect(await world.query('SELECT code FROM coupons')).toEqual([{ code: 'SPRING' }])
  expect(await world.query('SELECT coupon FROM orders')).toEqual([{ coupon: 'SPRING' }])
  expect(await world.versions()).toEqual(['43'])
})

test('doctor finds nothing wrong where all is there', async () => {
  const world = await fresh('dbmate')

  expect(await world.executor.examine(world.target, signal())).toEqual([])
})

test('the real dbmate writes where it is told, and its migrations wait a minute for a lock', async () => {
  const world = await fresh('dbmate')
  await world.query(
    'CREATE SCHEMA ops; ALTER TABLE schema_migrations SET SCHEMA ops; ALTER TABLE ops.schema_migrations RENAME TO done',
  )
  await writeFile(
    join(world.files, '43_order_coupon.sql'),
    `-- migrate:up\nSELECT 1;\n-- migrate:down\nDO $$ BEGIN IF current_setting('lock_timeout') <> '1min' THEN RAISE 'waits for ever'; END IF; END $$;\n`,
  )
  Object.assign(Object(world.target.spec).tool, { table: 'ops.done' })

  await takenDown(world, '42')

  expect(await world.query('SELECT max(version) AS version FROM ops.done')).toEqual([
    { version: '42' },
  ])
})

test('the real golang-migrate writes where it is told, in a schema of its own', async () => {
  const world = await fresh('golang-migrate')
  await world.query(
    'CREATE SCHEMA ops; ALTER TABLE schema_migrations SET SCHEMA ops; ALTER TABLE ops.schema_migrations RENAME TO done',
  )
  Object.assign(Object(world.target.spec).tool, { table: 'ops.done' })

  await takenDown(world, '42')

  expect(await world.query('SELECT version::int, dirty FROM ops.done')).toEqual([
    { version: 42, dirty: false },
  ])
})

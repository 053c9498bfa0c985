import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { workloadId as workloadOf } from '#domain/ids.ts'
import { migrating } from '#executors/database/connection.ts'
import { NeedsPerson, NotAllowed } from '#ports/executor.ts'
import { aProgram, apply, freshWorlds, signal, step, version, type World } from './world.ts'

const aWorld = freshWorlds()

test('a version is resolved to the migrations that are taken down, and the plan names each', async () => {
  const world = await aWorld()

  const { how, differences, steps, blockers } = await world.plan('41')

  expect(how).toBe(
    'golang-migrate goto 41 (2 steps down) · nothing is stopped for it · backup first',
  )
  expect(differences.map(({ where }) => where)).toEqual([
    'migration 43 order_coupon',
    'migration 42 coupons',
  ])
  expect(steps.map(({ name }) => name)).toEqual([
    'backup made and verified',
    '2 migrations taken down to 41',
  ])
  expect(blockers).toEqual([])
})

test('a plan says that data is lost, what the backup needs and where it goes', async () => {
  const world = await aWorld()

  const { warnings } = await world.plan('42')

  expect(warnings).toMatchObject([
    { kind: 'possible_loss', text: expect.stringContaining('brings the structure back, empty') },
    { kind: 'platform', text: expect.stringMatching(/^the backup in \/.* free there; pg_dump 18/) },
  ])
})

test('a migration that fails on its way leaves the schema dirty: it is never forced, and never tried again', async () => {
  const world = await aWorld()
  await world.addMigration('43_order_coupon.down.sql', 'ALTER TABLE orders DROP COLUMN no_such;')
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  const down = step(steps, /taken down/)

  await expect(apply(world, down)).rejects.toThrow(NeedsPerson)
  await expect(apply(world, down)).rejects.toThrow(
    /42 of database checkout is dirty.*`migrate force`/,
  )

  expect(await world.query('SELECT version::int, dirty FROM schema_migrations')).toEqual([
    { version: 42, dirty: true },
  ])
  expect(await world.observe()).toMatchObject({
    blockers: [{ kind: 'unsupported', why: expect.stringContaining('never forced') }],
  })
})

test('the password stands in a file that only its owner can read, and that is gone afterwards', async () => {
  const world = await aWorld()
  const seen = join(world.folder, 'seen.json')
  await aProgram(
    world,
    'pg_dump',
    `const fs = require('node:fs')
     if (process.argv.includes('--version')) { console.log('pg_dump (PostgreSQL) 18.4'); process.exit(0) }
     const file = process.env.PGPASSFILE
     fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ argv: process.argv, env: process.env, file,
       mode: fs.statSync(file).mode & 0o777, pass: fs.readFileSync(file, 'utf8'), tty: Boolean(process.stdout.isTTY) }))
     process.exit(1)`,
  )
  const { steps } = await world.plan('42')
  const password = new URL(world.url).password

  await expect(apply(world, step(steps, /backup/))).rejects.toThrow('pg_dump failed')

  const told = JSON.parse(await readFile(seen, 'utf8'))
  expect(told.pass).toContain(password)
  expect(told).toMatchObject({ mode: 0o600, tty: false })
  expect(JSON.stringify([told.argv, told.env])).not.toContain(password)
  expect(Object.keys(told.env)).not.toContain('NODE_OPTIONS')
  await expect(stat(told.file)).rejects.toThrow('ENOENT')
})

test('a pg_dump that is older than the server closes the way', async () => {
  const world = await aWorld()
  await aProgram(world, 'pg_dump', `console.log('pg_dump (PostgreSQL) 15.18 (Debian)')`)

  const { blockers } = await world.plan('42')

  expect(blockers).toEqual([
    {
      kind: 'unsupported',
      why: 'no backup can be made: pg_dump is of PostgreSQL 15 and the server of 18: it refuses a newer server; install postgresql-client-18',
    },
  ])
})

test('a folder without room for a backup closes the way', async () => {
  const world = await aWorld({ target: { backups: '/proc' } })

  const { blockers } = await world.plan('42')

  expect(blockers).toMatchObject([
    { why: expect.stringMatching(/\/proc has 0 bytes free, and the database holds [\d.]+ MB/) },
  ])
})

test('a dump that lacks a table is no backup, and nothing is taken down without one', async () => {
  const world = await aWorld()
  const { steps } = await world.plan('42')
  await aProgram(world, 'pg_restore', `console.log('300; 0 16384 TABLE DATA public orders shop')`)

  await expect(apply(world, step(steps, /backup/))).rejects.toThrow(
    'the backup lacks the data of public.coupons, public.customers, public.schema_migrations',
  )
  await expect(apply(world, step(steps, /taken down/))).rejects.toThrow(NotAllowed)

  expect(await world.version()).toBe(43)
  expect(await readdir(world.backups)).toEqual([])
})

test('a backup is its owner’s alone, says what it holds, and is asked for once', async () => {
  const world = await aWorld()
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await apply(world, step(steps, /backup/))

  const files = (await readdir(world.backups)).toSorted()
  expect(files).toEqual(['checkout-43-rb_1.dump', 'checkout-43-rb_1.dump.json'])
  const [dump = '', manifest = ''] = files.map((name) => join(world.backups, name))
  expect((await stat(dump)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(manifest, 'utf8'))).toMatchObject({
    bytes: (await stat(dump)).size,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    tables: 4,
    version: '43',
  })
  expect((await world.programs.log()).filter((line) => line === 'dump')).toHaveLength(1)
})

test('a backup that went away before the migrations closes the way', async () => {
  const world = await aWorld()
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await rm(join(world.backups, 'checkout-43-rb_1.dump'))

  await expect(apply(world, step(steps, /taken down/))).rejects.toThrow(
    'without it nothing is taken down',
  )

  expect(await world.version()).toBe(43)
})

test('what a killed process had begun is waited for, and not begun a second time', async () => {
  const world = await aWorld({ parts: { retryMs: 20 } })
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  const orphan = new Client({ connectionString: world.url, application_name: migrating })
  await orphan.connect()

  await expect(apply(world, step(steps, /taken down/))).rejects.toThrow('is still at work')
  expect(await world.version()).toBe(43)
  await orphan.end()
  await expect
    .poll(() => apply(world, step(steps, /taken down/)).then(() => world.version()))
    .toBe(42)
})

test('another process that migrates is waited for', async () => {
  const world = await aWorld({ parts: { retryMs: 20 } })
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  const other = new Client(world.url)
  await other.connect()
  await other.query('SELECT pg_advisory_lock(8144021)')

  await expect(apply(world, step(steps, /taken down/))).rejects.toThrow(
    'another process is migrating',
  )
  await other.end()

  expect(await world.version()).toBe(43)
})

test.each([
  [
    'has no way down',
    async (world: World) => rm(join(world.migrations, '43_order_coupon.down.sql')),
  ],
  [
    'its way down is empty',
    async (world: World) =>
      world.addMigration('43_order_coupon.down.sql', '-- nothing to do\n/* really */ ;\n'),
  ],
  [
    'its file declares it irreversible',
    async (world: World) =>
      world.addMigration('43_order_coupon.down.sql', '-- irreversible\nSELECT 1;\n'),
  ],
  [
    'its file is not among the migrations here',
    async (world: World) => rm(join(world.migrations, '43_order_coupon.up.sql')),
  ],
])('T097 a migration has no way back when %s', async (why, spoil) => {
  const world = await aWorld()
  await spoil(world)

  const { blockers, steps } = await world.plan('42')
  const [, first] = await world.executor.candidates(world.target, await world.observe())

  expect(blockers).toMatchObject([
    { kind: 'target_missing', revision: '42', why: expect.stringContaining(why) },
  ])
  expect(steps).toEqual([])
  expect(first?.missing).toContain(why)
})

test('T097 what the configuration declares irreversible stays', async () => {
  const world = await aWorld({ target: { irreversible: ['42'] } })

  expect((await world.plan('42')).blockers).toEqual([])
  expect((await world.plan('41')).blockers).toMatchObject([
    {
      why: 'migration 42 coupons cannot be taken down: the configuration declares it irreversible',
    },
  ])
})

test('taken back, the structure is there again, and the data is in the backup only', async () => {
  const world = await aWorld()
  const { steps } = await world.plan('42')
  const down = step(steps, /taken down/)
  await apply(world, step(steps, /backup/))
  await apply(world, down)

  await world.executor.apply(down.undo, 'rb_1.1.undo', signal())

  expect(await world.version()).toBe(43)
  expect(await world.query('SELECT id::int, coupon FROM orders')).toEqual([{ id: 1, coupon: null }])
})

test('a migration that deleted something on its way up is named, for its way down brings it back empty', async () => {
  const world = await aWorld()
  await world.addMigration(
    '43_order_coupon.up.sql',
    "ALTER TABLE orders DROP COLUMN note;\nDELETE FROM customers WHERE name = 'hunter2';",
  )

  const { warnings } = await world.plan('42')

  expect(warnings[0]).toMatchObject({
    kind: 'possible_loss',
    text: expect.stringContaining(
      'migration 43 order_coupon deleted data when it went up (ALTER TABLE orders DROP COLUMN note; DELETE FROM customers): the way down brings no data back',
    ),
  })
})

test('dbmate orders versions as text: where that is not their order as numbers, nothing is taken down by it', async () => {
  const world = await aWorld()
  for (const version of [9, 10])
    await world.addMigration(
      `${version}_step.sql`,
      '-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n',
    )
  await world.query(
    `DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('9'), ('10')`,
  )
  const tool = { kind: 'dbmate', program: '/none', migrations: world.migrations }
  const target = { ...world.target, spec: { ...Object(world.target.spec), tool } }
  const observed = await world.executor.observe(target, signal())

  const { blockers, steps } = await world.executor.route(
    target,
    observed,
    version('9'),
    'rb_1',
    signal(),
  )

  expect(blockers).toMatchObject([
    {
      why: expect.stringMatching(
        /^dbmate orders versions as text, and would take 9 down before 10/,
      ),
    },
  ])
  expect(steps).toEqual([])
})

test('what cannot be stopped closes the way, and says so beforehand', async () => {
  const stops = [
    {
      service: 'checkout',
      range: { database: 'checkout-db' },
      target: { executor: 'ecs', workload: workloadOf('ecs/x'), title: 'x', spec: {} },
    },
  ]
  const world = await aWorld({ target: { stops } })

  const { blockers } = await world.plan('42')
  const found = await world.executor.examine(world.target, signal())

  expect(blockers).toMatchObject([{ why: expect.stringContaining('cannot be stopped from here') }])
  expect(found).toMatchObject([
    { kind: 'blocks', remedy: expect.stringContaining('cannot be stopped from here') },
  ])
})

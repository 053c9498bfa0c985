import { chmod, copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { database } from '#executors/database/index.ts'
import { migrating } from '#executors/database/connection.ts'
import { workloadId as workloadOf } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { NeedsPerson, NotAllowed } from '#ports/executor.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { freshWorlds, signal, version, type World } from './world.ts'

const aWorld = freshWorlds()

const step = (steps: readonly Step[], named: RegExp): Step => {
  const found = steps.find(({ name }) => named.test(name))
  if (!found) throw new Error(`no step ${named.source}`)
  return found
}
const apply = (world: World, { change }: Step, operation = 'rb_1.0') =>
  world.executor.apply(change, operation, signal())

/** Stands where a program stands. */
async function aProgram(world: World, name: string, body: string): Promise<void> {
  const file = join(world.programs.folder, name)
  await writeFile(file, `#!${process.execPath}\n${body}\n`)
  await chmod(file, 0o755)
}

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
  await expect(apply(world, down)).rejects.toThrow(/42 is dirty.*`migrate force`/)

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
  const world = await aWorld()
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
  const world = await aWorld()
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
])('a migration has no way back when %s', async (why, spoil) => {
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

test('what the configuration declares irreversible stays', async () => {
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

test('verified is the version, the schema as it was, and the backup with its way back', async () => {
  const world = await aWorld({ at: 42 })
  await world.observe()
  await world.migrateTo(43)
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await apply(world, step(steps, /taken down/))
  await world.observe()
  const { history, running } = await world.observe()

  const checks = await world.executor.verify(world.target, running, signal())

  expect(history.map(({ name }) => name)).toEqual(['41', '40'])
  expect(checks).toMatchObject([
    { id: 'serving', result: 'passed', text: 'schema version 42' },
    { id: 'schema', result: 'passed' },
    {
      id: 'backup',
      result: 'passed',
      text: expect.stringMatching(/4 tables, sha256 [0-9a-f]{12}…, read by pg_restore$/),
    },
    {
      id: 'backup',
      result: 'passed',
      text: expect.stringMatching(/pg_restore --clean .*-43-rb_1\.dump$/),
    },
  ])
})

test('a way down that does not take back what its way up did is told', async () => {
  const world = await aWorld({ at: 42 })
  await world.observe()
  await world.migrateTo(43)
  await world.addMigration('43_order_coupon.down.sql', 'SELECT 1;')
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await apply(world, step(steps, /taken down/))
  await world.observe()
  const { running } = await world.observe()

  const checks = await world.executor.verify(world.target, running, signal())

  expect(checks.find(({ id }) => id === 'schema')).toMatchObject({
    result: 'unknown',
    text: expect.stringContaining('not what it was at 42: public.orders differ;'),
  })
})

test('what no migration owns is no difference: partitions of today, and what an extension brought', async () => {
  const world = await aWorld({ at: 42 })
  await world.query(
    'CREATE TABLE visits (day date NOT NULL) PARTITION BY RANGE (day); CREATE INDEX visits_day ON visits (day)',
  )
  await world.observe()
  await world.migrateTo(43)
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await apply(world, step(steps, /taken down/))
  await world.query(
    `CREATE TABLE visits_today PARTITION OF visits FOR VALUES FROM ('2026-11-22') TO ('2026-11-23');
     CREATE TABLE brought (id int);
     INSERT INTO pg_depend SELECT 'pg_class'::regclass, 'brought'::regclass, 0, 'pg_extension'::regclass, oid, 0, 'e'
       FROM pg_extension WHERE extname = 'plpgsql'`,
  )
  const { running } = await world.observe()

  const { steps: next } = await world.plan('41')
  const seen = async () =>
    (await world.executor.verify(world.target, running, signal())).find(({ id }) => id === 'schema')

  expect(next).toHaveLength(2)
  expect(await seen()).toMatchObject({ result: 'passed', text: 'the schema is what it was at 42' })
  await world.query('CREATE INDEX orders_of ON orders (customer)')
  expect(await seen()).toMatchObject({
    result: 'unknown',
    text: expect.stringContaining('not what it was at 42: index public.orders_of differ;'),
  })
})

test('whoever is in the middle of something is waited for, and then closes the way before anything is backed up or taken down', async () => {
  const world = await aWorld({ parts: { quietMs: 0 } })
  const { steps } = await world.plan('42')
  const report = new Client({ connectionString: world.url, application_name: 'a report' })
  await report.connect()
  await report.query('BEGIN; SELECT FROM orders')
  const named = /a report of \w+ \(since \d\d:\d\d UTC\) still works on it; end that/

  await expect(apply(world, step(steps, /backup/))).rejects.toThrow(named)
  expect(await readdir(world.backups)).toEqual([])
  await report.query('COMMIT')
  await apply(world, step(steps, /backup/))
  await report.query('BEGIN; SELECT FROM orders')
  const down = apply(world, step(steps, /taken down/))
  await expect(down).rejects.toThrow(NotAllowed)
  await expect(down).rejects.toThrow(named)
  expect(await world.version()).toBe(43)
  await report.query('COMMIT')
  await apply(world, step(steps, /taken down/))
  const { running } = await world.observe()
  const checks = await world.executor.verify(world.target, running, signal())
  await report.end()

  expect(checks.find(({ id }) => id === 'backup')?.text).toMatch(
    /; a report of \w+ was connected meanwhile, and what they wrote after it is not in it$/,
  )
})

test.each([
  ['under its own name', { table: 'done_so_far' }, ''],
  ['in a schema of its own', { table: 'ops.schema_migrations' }, ''],
  ['as its address says', {}, '?x-migrations-table=done_so_far'],
])('the versions are read where the tool writes them, %s', async (_, own, parameters) => {
  const world = await aWorld()
  const plain = new URL(world.url)
  Object.assign(world.parts, { urlOf: () => `${plain.href}${parameters}` })
  await world.query(
    'CREATE SCHEMA ops; ALTER TABLE schema_migrations RENAME TO done_so_far; CREATE TABLE ops.schema_migrations AS TABLE done_so_far',
  )
  const spec = JSON.parse(JSON.stringify(world.target.spec))
  const found = world.freshExecutor()
  const target = { ...world.target, spec: { ...spec, tool: { ...spec.tool, ...own } } }

  expect((await found.observe(target, signal())).running.name).toBe('43')
})

test('a table that names no migration closes the way, and says what to look at', async () => {
  const world = await aWorld()
  await world.query('ALTER TABLE schema_migrations RENAME TO done_so_far')

  const { blockers } = await world.plan('42')

  expect(blockers).toMatchObject([
    {
      why: expect.stringMatching(/^the table schema_migrations names no migration .* under table$/),
    },
  ])
})

test('a migration that waits for a lock gives up only where that leaves nothing behind', async () => {
  const world = await aWorld()
  const told = join(world.folder, 'told')
  await aProgram(
    world,
    'migrate',
    `require('node:fs').appendFileSync(${JSON.stringify(told)}, (process.env.PGOPTIONS ?? 'waits') + '\\n'); process.exit(1)`,
  )
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  const down = step(steps, /taken down/)
  const change = JSON.parse(JSON.stringify(down.change))
  const { tool } = change.target

  await expect(apply(world, down)).rejects.toThrow(NeedsPerson)
  await world.query('CREATE TABLE of_dbmate AS SELECT unnest(ARRAY[40, 41, 42, 43]) AS version')
  await expect(
    apply(world, {
      ...down,
      change: {
        ...change,
        target: { ...change.target, tool: { ...tool, kind: 'dbmate', table: 'of_dbmate' } },
      },
    }),
  ).rejects.toThrow(NeedsPerson)

  expect(await readFile(told, 'utf8')).toBe('waits\n-c lock_timeout=60s\n')
})

test('what a program quotes of somebody’s row is not repeated', async () => {
  const world = await aWorld()
  await aProgram(
    world,
    'migrate',
    `console.error('ERROR: duplicate key value\\nDETAIL:  Key (email)=(ann@example.org) already exists.\\nError: pq: Key (email)=(ann@example.org) x\\nERROR: invalid input syntax for type integer: "ann@example.org"'); process.exit(1)`,
  )
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))

  const down = apply(world, step(steps, /taken down/))

  await expect(down).rejects.toThrow(
    'ERROR: duplicate key value · Error: pq: Key (…) · ERROR: invalid input syntax for type integer: "…"',
  )
})

test('a version that nobody saw before is compared with nothing, however often it is looked at since', async () => {
  const world = await aWorld()
  await world.observe()
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  await apply(world, step(steps, /taken down/))
  await world.observe()
  const { running } = await world.observe()

  const checks = await world.executor.verify(world.target, running, signal())

  expect(checks.map(({ id }) => id)).toEqual(['serving', 'backup', 'backup'])
})

test('two looks at once at a version that nobody saw before are no proof of each other', async () => {
  const { revisions } = memoryRevisions()
  const world = await aWorld({ at: 42, parts: { revisions } })
  const other = database({ ...world.parts, revisions: { ...revisions } })
  const { known, template } = revisions
  let others = 2
  // It is written down between any two questions of this one.
  const meanwhile = async <Value>(answer: Value): Promise<Value> => {
    others -= 1
    if (others >= 0) await other.observe(world.target, signal())
    return answer
  }
  revisions.known = async (of) => meanwhile(await known(of))
  revisions.template = async (of, revision) => meanwhile(await template(of, revision))
  const { running } = await world.observe()

  const checks = await world.executor.verify(world.target, running, signal())

  expect(checks).toMatchObject([{ id: 'serving', text: 'schema version 42' }])
})

test('a look that took long does not make an older version the present one', async () => {
  const { revisions, rows } = memoryRevisions()
  const world = await aWorld({ parts: { revisions } })
  const { known } = revisions
  let overtaken = false
  revisions.known = async (of) => {
    const answer = await known(of)
    if (!overtaken) {
      overtaken = true
      await world.migrateTo(42)
      await world.observe()
    }
    return answer
  }

  await world.observe()

  expect([...rows.values()].filter(({ running }) => running)).toMatchObject([{ name: '42' }])
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

test('the restore command names the backup of this way down and no other, and says when it is gone', async () => {
  const world = await aWorld()
  const { steps } = await world.plan('42')
  await apply(world, step(steps, /backup/))
  const own = join(world.backups, 'checkout-43-rb_1.dump')
  const about = JSON.parse(await readFile(`${own}.json`, 'utf8'))
  const newer = join(world.backups, 'checkout-43-rb_2.dump')
  const others = join(world.backups, 'checkout-eu-9-rb_2.dump')
  for (const [file, connection] of [
    [newer, 'checkout'],
    [others, 'checkout-eu'],
  ] as const) {
    await copyFile(own, file)
    await writeFile(
      `${file}.json`,
      JSON.stringify({ ...about, connection, at: about.at + 1_000_000 }),
    )
  }
  const backups = async () => {
    const { running } = await world.observe()
    const checks = await world.executor.verify(world.target, running, signal())
    return checks.filter(({ id }) => id === 'backup')
  }
  expect(await backups()).toEqual([])

  await apply(world, step(steps, /taken down/))
  const note = JSON.parse(await readFile(`${own}.rb_1.0.done`, 'utf8'))
  const torn = `${newer}.rb_2.0.done`
  await writeFile(torn, '{"direction":')
  await writeFile(
    `${others}.rb_2.0.done`,
    JSON.stringify({
      ...note,
      backup: 'checkout-eu-9-rb_2.dump',
      connection: 'checkout-eu',
      at: note.at + 1,
    }),
  )

  expect((await backups()).map(({ text }) => text)).toEqual([
    expect.stringContaining('checkout-43-rb_1.dump: '),
    expect.stringMatching(/pg_restore --clean .*\/checkout-43-rb_1\.dump$/),
  ])
  await rm(own)
  expect(await backups()).toMatchObject([
    {
      result: 'failed',
      text: expect.stringMatching(/checkout-43-rb_1\.dump is not there any more/),
    },
  ])
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

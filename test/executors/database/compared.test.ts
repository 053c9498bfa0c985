import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { database } from '#executors/database/index.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { apply, freshWorlds, signal, step } from './world.ts'

const aWorld = freshWorlds()

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

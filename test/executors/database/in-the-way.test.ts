import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { NeedsPerson, NotAllowed } from '#ports/executor.ts'
import { aProgram, apply, freshWorlds, signal, step } from './world.ts'

const aWorld = freshWorlds()

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

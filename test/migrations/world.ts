import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { Target } from '#domain/service.ts'
import { database } from '#executors/database/index.ts'
import type { Tool } from '#executors/database/schema.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'
import { databaseAt } from '../support/database-server.ts'
import type { Platform } from '../executors/contract.ts'
import { aFence } from '../executors/fence.ts'
import type { Trouble } from '../executors/troubles.ts'
import { asOwner, signal, version, workload } from '../executors/database/world.ts'

export { signal, version }

/** What each migration does, and takes back. */
const migrations = [
  [
    '40',
    'orders',
    'CREATE TABLE orders (id bigint PRIMARY KEY, cents bigint NOT NULL);',
    'DROP TABLE orders;',
  ],
  [
    '41',
    'customers',
    'CREATE TABLE customers (id bigint PRIMARY KEY, name text);',
    'DROP TABLE customers;',
  ],
  ['42', 'coupons', 'CREATE TABLE coupons (code text PRIMARY KEY);', 'DROP TABLE coupons;'],
  [
    '43',
    'order_coupon',
    'ALTER TABLE orders ADD COLUMN coupon text;',
    'ALTER TABLE orders DROP COLUMN coupon;',
  ],
  ['44', 'gifts', 'CREATE TABLE gifts (id bigint PRIMARY KEY);', 'DROP TABLE gifts;'],
] as const

/** `command`: golang-migrate as somebody's own program would call it. */
type Kind = Tool['kind']

export type World = Awaited<ReturnType<typeof aWorld>>

/** A database of its own on the lane's PostgreSQL, at 43, and the real tool; its programs can be made to fail. */
export async function aWorld(kind: Kind, beforeChange = () => {}) {
  const real = inject('migrating')
  const name = `m_${randomBytes(5).toString('hex')}`
  await asOwner(real.url, (client) => client.query(`CREATE DATABASE ${name}`))
  const url = databaseAt(real.url, name)
  const folder = await mkdtemp(join(tmpdir(), 'migrating-'))
  const [files, backups, bin] = ['migrations', 'backups', 'bin'].map((one) => join(folder, one))
  if (!files || !backups || !bin) throw new Error('no folders')
  await Promise.all([files, backups, bin].map((one) => mkdir(one)))
  for (const [number, title, up, down] of migrations)
    await writeMigration(kind, files, number, title, up, down)
  const tool = kind === 'dbmate' ? real.dbmate : real.golangMigrate
  const spoiled = {
    tool: await troubled(bin, 'tool', tool),
    dump: await troubled(bin, 'pg_dump', join(real.programs, 'pg_dump')),
    restore: await troubled(bin, 'pg_restore', join(real.programs, 'pg_restore')),
  }
  const record = memoryRevisions()
  const parts = {
    urlOf: () => url,
    revisions: record.revisions,
    servedLongMicros: 30 * 60 * 1_000_000,
    scrub: (text: string) => text.replaceAll('hunter2', '***'),
    executorOf: () => undefined,
    beforeChange,
  }
  const target: Target = {
    executor: 'database',
    workload,
    title: 'database checkout',
    spec: {
      connection: 'checkout',
      tool: toolOf(kind, spoiled.tool, files, url, real.programs),
      backups,
      programs: bin,
      irreversible: [],
      stops: [],
    },
  }
  const upTo = async (to: string) => {
    const own = await mkdtemp(join(folder, 'up-'))
    for (const [number, title, up, down] of migrations)
      if (Number(number) <= Number(to)) await writeMigration(kind, own, number, title, up, down)
    const args =
      kind === 'dbmate'
        ? ['--url', url, '--migrations-dir', own, '--no-dump-schema', 'migrate']
        : ['-path', own, '-database', url, 'up']
    await promisify(execFile)(tool, args)
  }
  await upTo('43')
  const query = <Row extends object>(sql: string) =>
    asOwner(url, async (client) => (await client.query<Row>(sql)).rows)
  await query(`INSERT INTO customers VALUES (1, 'hunter2')`)
  const executor = database(parts)
  return {
    url,
    folder,
    files,
    backups,
    real,
    target,
    executor,
    query,
    upTo,
    freshExecutor: () => database(parts),
    plan: async (to: string) =>
      executor.route(
        target,
        await executor.observe(target, signal()),
        version(to),
        'rb_1',
        signal(),
      ),
    versions: async () =>
      (
        await query<{ version: string }>(
          'SELECT version::text AS version FROM schema_migrations ORDER BY 1',
        )
      ).map((row) => row.version),
    changes: () => globSync(join(backups, '*.dump')).length + runs(bin),
    trouble: (trouble: Trouble, times: number) =>
      writeFile(
        join(bin, 'faults'),
        Array.from({ length: times }, () => faultOf(trouble)).join(' '),
      ),
    drop: () => asOwner(real.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
    async close() {
      await asOwner(real.url, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      )
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** As the executor's contract wants it. */
export async function platform(kind: Kind, good: string): Promise<Platform> {
  const fence = aFence()
  const world = await aWorld(kind, fence.beforeChange)
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good: version(good),
    bad: version('43'),
    fence,
    folders: [world.backups, world.files],
    change: `taken down to ${good}`,
    isAside: ({ name }) => name.startsWith('backup'),
    wanted: world.versions,
    changes: world.changes,
    trouble: (trouble, times) => void world.trouble(trouble, times),
    shipAnother: () => world.upTo('44'),
    removeTarget: async () => {
      await world.drop()
    },
    close: world.close,
  }
}

function toolOf(kind: Kind, program: string, files: string, url: string, programs: string): Tool {
  if (kind !== 'command') return { kind, program, migrations: files }
  const bare = new URL(url)
  bare.password = ''
  const move = [program, '-path', files, '-database', bare.href, 'goto', '{to}']
  const all = migrations.map(([number, title]) => `('${number} ${title}')`).join(', ')
  const psql = (sql: string) => [join(programs, 'psql'), '-XAtc', sql]
  return {
    kind,
    list: psql(`VALUES ${all}`),
    version: psql(
      `SELECT version || CASE WHEN dirty THEN ' dirty' ELSE '' END FROM schema_migrations`,
    ),
    down: move,
    up: move,
  }
}

async function writeMigration(
  kind: Kind,
  folder: string,
  number: string,
  title: string,
  up: string,
  down: string,
): Promise<void> {
  const at = (suffix: string) => join(folder, `${number}_${title}${suffix}`)
  if (kind === 'dbmate')
    await writeFile(at('.sql'), `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`)
  else await Promise.all([writeFile(at('.up.sql'), up), writeFile(at('.down.sql'), down)])
}

const faultOf = (trouble: Trouble): string =>
  trouble.kind === 'status' ? (trouble.status < 500 ? 'fails-before' : 'fails-after') : trouble.kind

/** The real program, before or after which the connection is lost, in libpq's words. What only asks is left alone. */
async function troubled(bin: string, name: string, program: string): Promise<string> {
  const file = join(bin, name)
  const faults = JSON.stringify(join(bin, 'faults'))
  const log = JSON.stringify(join(bin, 'log'))
  await writeFile(
    file,
    `#!${process.execPath}
const fs = require('node:fs')
const { spawnSync } = require('node:child_process')
const args = process.argv.slice(2)
const asks = args.includes('--version') || args.includes('--list')
const read = () => { try { return fs.readFileSync(${faults}, 'utf8') } catch { return '' } }
const [fault, ...rest] = asks ? [''] : read().split(' ')
if (fault) fs.writeFileSync(${faults}, rest.join(' '))
const fails = (why) => { console.error(why); process.exit(1) }
if (fault === 'fails-before') fails('could not connect to server: Connection refused')
if (fault === 'cut-before') process.kill(process.pid, 'SIGKILL')
if (fault === 'late') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
const { status } = spawnSync(${JSON.stringify(program)}, args, { stdio: 'inherit' })
if (status === 0 && !asks && ${JSON.stringify(name)} === 'tool') fs.appendFileSync(${log}, 'run\\n')
if (fault === 'fails-after') fails('server closed the connection unexpectedly')
if (fault === 'cut-after') process.kill(process.pid, 'SIGKILL')
process.exit(status ?? 1)
`,
  )
  await chmod(file, 0o755)
  return file
}

function runs(bin: string): number {
  try {
    return readFileSync(join(bin, 'log'), 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}

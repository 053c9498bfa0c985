import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, inject } from 'vitest'
import { workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import type { DatabaseParts } from '#executors/database/context.ts'
import { database } from '#executors/database/index.ts'
import type { DatabaseTarget } from '#executors/database/schema.ts'
import { revisionOf } from '#executors/database/versions.ts'
import type { Executor } from '#ports/executor.ts'
import { moved } from '#sandbox/database/migrate.ts'
import { pretendPrograms, shopMigrations } from '#sandbox/database/programs.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { databaseAt } from '../../support/database-server.ts'

export const signal = () => AbortSignal.timeout(60_000)
export const workload = workloadId('database/checkout')
export const version = (name: string) => revisionOf(workload, name)

export interface Setup {
  /** The version that is applied when the test begins. */
  readonly at?: number
  readonly target?: Partial<DatabaseTarget>
  readonly parts?: Partial<DatabaseParts>
}

export type World = Awaited<ReturnType<typeof aWorld>>

/** For a file of tests: makes worlds, and closes after each test those that it has made. */
export function freshWorlds(): (setup?: Setup) => Promise<World> {
  const open: World[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    const made = await aWorld(setup)
    open.push(made)
    return made
  }
}

/** A database of its own on the run's PostgreSQL, with the shop's migrations up to 43 and a row in every table. */
export async function aWorld({ at = 43, target: own = {}, parts: others = {} }: Setup = {}) {
  const server = inject('databaseServer')
  const name = `${server.prefix}m${randomBytes(5).toString('hex')}`
  await asOwner(server.ownerUrl, (client) => client.query(`CREATE DATABASE ${name}`))
  const url = databaseAt(server.ownerUrl, name)
  const folder = await mkdtemp(join(tmpdir(), 'migrating-'))
  const migrations = join(folder, 'migrations')
  const backups = join(folder, 'backups')
  await cp(shopMigrations, migrations, { recursive: true })
  await mkdir(backups)
  const programs = await pretendPrograms(join(folder, 'bin'), migrations)
  const query = <Row extends object>(sql: string) =>
    asOwner(url, async (client) => (await client.query<Row>(sql)).rows)
  const record = memoryRevisions()
  const parts: DatabaseParts = {
    urlOf: () => url,
    revisions: record.revisions,
    servedLongMicros: 30 * 60 * 1_000_000,
    scrub: (text) => text.replaceAll('hunter2', '***').replaceAll(new URL(url).password, '***'),
    executorOf: () => undefined,
    ...others,
  }
  const target: Target = {
    executor: 'database',
    workload,
    title: 'database checkout',
    spec: {
      connection: 'checkout',
      tool: { kind: 'golang-migrate', program: programs.migrate, migrations },
      backups,
      programs: programs.folder,
      irreversible: [],
      stops: [],
      ...own,
    },
  }
  const freshExecutor = (): Executor => database(parts)
  const executor = freshExecutor()
  const migrateTo = async (to: number) => {
    await asOwner(url, (client) => moved(client, migrations, to))
  }
  await migrateTo(at)
  if (at >= 43)
    await query(
      `INSERT INTO coupons VALUES ('SPRING', 10); INSERT INTO orders VALUES (1, 'Ann', 4200, 'SPRING')`,
    )
  return {
    url,
    name,
    folder,
    migrations,
    backups,
    programs,
    record,
    parts,
    target,
    executor,
    freshExecutor,
    query,
    migrateTo,
    observe: () => executor.observe(target, signal()),
    async plan(to: string) {
      const observed = await executor.observe(target, signal())
      return executor.route(target, observed, version(to), 'rb_1', signal())
    },
    version: async () =>
      Number(
        (await query<{ max: string }>('SELECT max(version) FROM schema_migrations'))[0]?.max ?? 0,
      ),
    /** Backups that are kept, and moves of the schema. */
    changes: () =>
      globSync(join(backups, '*.dump')).length +
      linesOf(join(programs.folder, 'log')).filter((line) => line !== 'dump').length,
    drop: () =>
      asOwner(server.ownerUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
    async addMigration(file: string, sql: string) {
      await writeFile(join(migrations, file), sql)
    },
    async close() {
      await asOwner(server.ownerUrl, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      )
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}

export async function asOwner<Value>(
  url: string,
  act: (client: Client) => Promise<Value>,
): Promise<Value> {
  const client = new Client(url)
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}

export const step = (steps: readonly Step[], named: RegExp): Step => {
  const found = steps.find(({ name }) => named.test(name))
  if (!found) throw new Error(`no step ${named.source}`)
  return found
}

export const apply = (world: World, { change }: Step, operation = 'rb_1.0') =>
  world.executor.apply(change, operation, signal())

/** Stands where a program stands. */
export async function aProgram(world: World, name: string, body: string): Promise<void> {
  const file = join(world.programs.folder, name)
  await writeFile(file, `#!${process.execPath}\n${body}\n`)
  await chmod(file, 0o755)
}

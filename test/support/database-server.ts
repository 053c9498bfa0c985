import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Pool } from 'pg'
import type { TestProject } from 'vitest/node'
import { installShiftableClock } from '#postgres/clock.ts'
import { type Embedded, startEmbedded } from '#postgres/embedded.ts'
import { migrate } from '#postgres/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's PostgreSQL server: databases are cloned from `template` and named after `prefix`. */
    readonly databaseServer: {
      readonly ownerUrl: string
      readonly runtimeUrl: string
      readonly template: string
      readonly prefix: string
    }
  }
}

let server: Embedded | undefined
let admin: Client | undefined
const prefix = `t_${process.pid}_`

/** Once per run: one server for all files, with a migrated template. Adopts what a killed run left. */
export async function setup(project: TestProject): Promise<void> {
  server = await startEmbedded({ dataDir: folder(), log: silent, durable: false })
  // Held for the whole run: other runs on the same server see that it is in use.
  admin = new Client(server.url)
  admin.on('error', () => undefined)
  await admin.connect()
  await dropDatabases(admin, (pid) => pid !== process.pid && !lives(pid))
  const template = await migratedTemplate(admin, server.url)
  project.provide('databaseServer', {
    ownerUrl: server.url,
    runtimeUrl: server.runtimeUrl,
    template,
    prefix,
  })
}

export async function teardown(): Promise<void> {
  if (admin) await dropDatabases(admin, (pid) => pid === process.pid)
  await admin?.end()
  await server?.stop()
}

/** The database of a URL of the server, by name. */
export function databaseAt(url: string, name: string): string {
  const at = new URL(url)
  at.pathname = `/${name}`
  return at.href
}

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function migratedTemplate(client: Client, ownerUrl: string): Promise<string> {
  const name = `template_${digest(migrationTexts())}`
  const fresh = `${prefix}template`
  await client.query('SELECT pg_advisory_lock(1)')
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount) return name
    await client.query(`CREATE DATABASE ${fresh}`)
    const url = databaseAt(ownerUrl, fresh)
    await migrate(url, silent)
    const owner = new Pool({ connectionString: url, max: 1 })
    await installShiftableClock(owner)
    await owner.end()
    await client.query(`ALTER DATABASE ${fresh} RENAME TO ${name}`)
    return name
  } finally {
    await client.query('SELECT pg_advisory_unlock(1)')
  }
}

async function dropDatabases(client: Client, of: (pid: number) => boolean): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    String.raw`SELECT datname AS name FROM pg_database WHERE datname ~ '^t_\d+_'`,
  )
  for (const { name } of rows.filter((row) => of(Number(row.name.split('_')[1]))))
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

/** One server per user and checkout; what it holds may be lost at any time. */
const folder = (): string => {
  const checkout = fileURLToPath(new URL('../..', import.meta.url))
  return join(tmpdir(), `countermand-test-${process.getuid?.() ?? 0}-${digest([checkout])}`)
}

function migrationTexts(): readonly string[] {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const files = readdirSync(join(root, 'migrations')).toSorted()
  const sources = ['src/postgres/migrate.ts', 'src/postgres/clock.ts']
  return [...files.map((name) => `migrations/${name}`), ...sources].map(
    (path) => path + readFileSync(join(root, path), 'utf8'),
  )
}

const digest = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12)

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

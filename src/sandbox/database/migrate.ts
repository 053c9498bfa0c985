import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { type About, asProgram, withFaults } from './programs.ts'

/**
 * golang-migrate, as far as it is needed (`-path P -database URL goto V`), and the same as somebody's own command: `list`,
 * `version`, `down <version>`, `up <version>`. Like golang-migrate it leaves a schema dirty when a migration fails.
 */
export const main = (about: About): Promise<void> =>
  asProgram(async () => {
    const args = process.argv.slice(2)
    const all = await migrationsIn(about.migrations)
    const [verb = '', to = ''] = args.includes('goto') ? args.slice(args.indexOf('goto')) : args
    if (verb === 'list') {
      for (const { version, name, isOneWay } of all)
        process.stdout.write(`${version} ${name}${isOneWay ? ' irreversible' : ''}\n`)
      return
    }
    await connected(async (client) => {
      if (verb === 'version') {
        const { version, isDirty } = await standing(client)
        process.stdout.write(version === null ? '' : `${version}${isDirty ? ' dirty' : ''}\n`)
      } else await withFaults(about, () => moved(client, about.migrations, Number(to)))
    })
  })

interface OnDisk {
  readonly version: number
  readonly name: string
  readonly isOneWay: boolean
}

async function migrationsIn(folder: string): Promise<readonly OnDisk[]> {
  const files = await readdir(folder)
  return files
    .flatMap((file) => {
      const [, version, name] = /^(\d+)_(.+)\.up\.sql$/.exec(file) ?? []
      if (version === undefined || name === undefined) return []
      const isOneWay = !files.includes(`${version}_${name}.down.sql`)
      return [{ version: Number(version), name, isOneWay }]
    })
    .toSorted((a, b) => a.version - b.version)
}

/** Moves a schema to a version, one migration after the other; what was done, or nothing. */
export async function moved(client: Client, migrations: string, to: number): Promise<string> {
  const all = await migrationsIn(migrations)
  const { version, isDirty } = await standing(client)
  if (isDirty) throw new Error(`Dirty database version ${version}. Fix and force version.`)
  const now = version ?? 0
  const isDown = to < now
  const own = isDown
    ? all.filter((one) => one.version > to && one.version <= now).toReversed()
    : all.filter((one) => one.version <= to && one.version > now)
  for (const one of own) {
    const before = all.findLast((other) => other.version < one.version)?.version ?? 0
    const after = isDown ? before : one.version
    await stand(client, after, true)
    const file = `${one.version}_${one.name}.${isDown ? 'down' : 'up'}.sql`
    await client.query(await readFile(join(migrations, file), 'utf8'))
    await stand(client, after, false)
  }
  return own.length === 0 ? '' : `${isDown ? 'down' : 'up'} ${to}`
}

async function standing(client: Client) {
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL, dirty boolean NOT NULL)',
  )
  const { rows } = await client.query<{ version: string; dirty: boolean }>(
    'SELECT version, dirty FROM schema_migrations',
  )
  return { version: rows[0] ? Number(rows[0].version) : null, isDirty: rows[0]?.dirty ?? false }
}

async function stand(client: Client, version: number, isDirty: boolean): Promise<void> {
  await client.query('DELETE FROM schema_migrations')
  await client.query('INSERT INTO schema_migrations VALUES ($1, $2)', [version, isDirty])
}

/** Address and password come as libpq's variables. */
export async function connected(act: (client: Client) => Promise<void>): Promise<void> {
  const { Client: Session } = await import('pg')
  const client = new Session()
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end()
  }
}

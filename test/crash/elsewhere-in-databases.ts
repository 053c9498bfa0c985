import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { moved } from '#sandbox/database/migrate.ts'
import { pretendPrograms, shopMigrations } from '#sandbox/database/programs.ts'
import { inSession } from '#sandbox/in-session.ts'
import { imageOf, type Platform } from './platform.ts'

/** What the versions of the schema stand for. */
const versions: Readonly<Record<string, string>> = { '42': '1.0', '43': '1.1' }

interface Around {
  readonly folder: string
  /** Of a database beside which the others are made. */
  readonly ownerUrl: string
}

/** Each workload is a database with a schema that was migrated once too often, on which an app in the cluster works. */
export async function inDatabases(names: readonly string[], { folder, ownerUrl }: Around) {
  const backups = join(folder, 'backups')
  mkdirSync(backups)
  const databaseOf = (name: string) => `${new URL(ownerUrl).pathname.slice(1)}_${name}`
  const urlOf = (name: string) =>
    Object.assign(new URL(ownerUrl), { pathname: `/${databaseOf(name)}` }).href
  const programs = new Map<string, Awaited<ReturnType<typeof pretendPrograms>>>()
  for (const name of names) {
    programs.set(name, await pretendPrograms(join(folder, `programs-${name}`), shopMigrations))
    await inSession(ownerUrl, (client) => client.query(`CREATE DATABASE ${databaseOf(name)}`))
    await inSession(urlOf(name), (client) => moved(client, shopMigrations, 43))
  }
  const runs = async (name: string) => {
    const sql = 'SELECT version::text AS version FROM schema_migrations WHERE NOT dirty'
    const { rows } = await inSession(urlOf(name), (client) =>
      client.query<{ version: string }>(sql),
    )
    return imageOf(name, versions[rows[0]?.version ?? ''] ?? 'another')
  }
  return {
    backups,
    /** For each process of the product. */
    variables: Object.fromEntries(
      names.map((name) => [`MIGRATED_${name.toUpperCase()}_URL`, urlOf(name)]),
    ),
    targetOf(name) {
      const { migrate = '', folder: tools = '' } = programs.get(name) ?? {}
      const command = {
        list: [migrate, 'list'],
        version: [migrate, 'version'],
        down: [migrate, 'down', '{to}'],
        up: [migrate, 'up', '{to}'],
      }
      return `database: { connection: ${name}, command: ${JSON.stringify(command)}, backups: /var/backups/crash, programs: ${JSON.stringify(tools)} }`
    },
    ships: () => undefined,
    runs,
    async wrong(name, isTakenBack = false) {
      const done = ((await programs.get(name)?.log()) ?? []).join(', ')
      const wanted = isTakenBack ? 'dump, down 42, up 43' : 'dump, down 42'
      return done === wanted ? [] : [`of its schema was done: ${done}`]
    },
    onChange: () => () => undefined,
    async close() {
      for (const name of names)
        await inSession(ownerUrl, (client) =>
          client.query(`DROP DATABASE IF EXISTS ${databaseOf(name)} WITH (FORCE)`),
        )
    },
  } satisfies Platform & Record<string, unknown>
}

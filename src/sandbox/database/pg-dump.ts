import { writeFile } from 'node:fs/promises'
import { connected } from './migrate.ts'
import { type About, asProgram, withFaults } from './programs.ts'

/** Every row of every table as JSON, by which a pretend `pg_restore` knows what there is; the real one's format is nobody else's. */
export const main = (about: About): Promise<void> =>
  asProgram(async () => {
    const args = process.argv.slice(2)
    if (args.includes('--version')) {
      process.stdout.write('pg_dump (PostgreSQL) 18.4\n')
      return
    }
    const file = args.find((arg) => arg.startsWith('--file='))?.slice('--file='.length) ?? ''
    await withFaults(about, async () => {
      await connected(async (client) => {
        const { rows } = await client.query<{ schema: string; name: string; statement: string }>(
          `SELECT n.nspname AS schema, c.relname AS name, format('SELECT * FROM %I.%I', n.nspname, c.relname) AS statement
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2`,
        )
        const tables: unknown[] = []
        for (const { schema, name, statement } of rows)
          tables.push({ schema, name, rows: (await client.query(statement)).rows })
        await writeFile(file, JSON.stringify(tables))
      })
      return 'dump'
    })
  })

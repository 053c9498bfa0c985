import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { migrate } from '#postgres/migrate.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

describe('migrations', () => {
  test('T115 two replicas may migrate at once, again and again', async () => {
    await Promise.all([migrate(database.ownerUrl, silent), migrate(database.ownerUrl, silent)])

    const { rows } = await database.owner.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM migrations',
    )
    // One more than there are files: the runner's own.
    expect(rows[0]?.count).toBe((await readdir('migrations')).length + 1)
  })

  test('a start that finds everything granted grants nothing; what was taken away is granted again', async () => {
    const granted = async () => {
      const { rows } = await database.owner.query<{ written: string }>(
        `SELECT string_agg(xmin::text, ' ' ORDER BY oid) AS written FROM pg_class
          WHERE relnamespace = 'graphile_worker'::regnamespace`,
      )
      return rows[0]?.written
    }
    await migrate(database.ownerUrl, silent)
    const before = await granted()
    await migrate(database.ownerUrl, silent)
    expect(await granted()).toBe(before)

    const queue = 'graphile_worker._private_job_queues'
    await database.owner.query(`REVOKE DELETE ON ${queue} FROM countermand_runtime;
                                DROP POLICY countermand_runtime ON ${queue}`)
    await migrate(database.ownerUrl, silent)

    const { rows } = await database.owner.query(
      `SELECT has_table_privilege('countermand_runtime', $1, 'DELETE') AS may,
              (SELECT count(*)::int FROM pg_policy WHERE polrelid = $1::regclass) AS policies`,
      [queue],
    )
    expect(rows).toEqual([{ may: true, policies: 1 }])
  })

  test('T115 none takes away, renames or narrows what the version before it still uses, beside which it runs', async () => {
    const files = (await readdir('migrations')).map((name) => `migrations/${name}`)
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const narrowing =
      /\bDROP\s+(?!TRIGGER|POLICY)|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\s+COLUMN\b[^;]*\bTYPE\b|\bADD\s+COLUMN\s+\w+\s+\w+(?:\([\d,]+\))?\s+NOT\s+NULL(?!\s+(?:DEFAULT|GENERATED))/i

    const found = texts.flatMap((text) => narrowing.exec(text.replaceAll(/--.*$/gm, ''))?.[0] ?? [])

    expect(found).toEqual([])
    expect(narrowing.test('ALTER TABLE streams DROP COLUMN kind')).toBe(true)
  })

  test('a server that is away, or lets nobody in, is answered with what to look at', async () => {
    const nowhere = new URL(database.ownerUrl)
    nowhere.port = '1'
    const unknown = new URL(database.ownerUrl)
    unknown.pathname = '/nowhere'
    const look =
      'See that it runs, that this machine reaches it, and that user, password and name in DATABASE_URL are right.'

    await expect(migrate(nowhere.href, silent)).rejects.toThrow(
      /^The database cannot be used: .*ECONNREFUSED/,
    )
    await expect(migrate(unknown.href, silent)).rejects.toThrow(
      `The database cannot be used: database "nowhere" does not exist. ${look}`,
    )
  })

  test('an applied file that was edited since is refused', async () => {
    const other = await freshDatabase()
    await other.owner.query(`UPDATE migrations SET hash = 'edited' WHERE id = 2`)

    await expect(migrate(other.ownerUrl, silent)).rejects.toThrow(/Hashes don't match/)
    await other.close()
  })
})

describe('the clock', () => {
  test('moves forward for everybody when it is shifted', async () => {
    const aheadBy = () =>
      database.pools.work
        .query<{ at: string }>('SELECT micros(countermand_now()) - micros(clock_timestamp()) AS at')
        .then(({ rows }) => Math.round(Number(rows[0]?.at) / 1_000_000))
    expect(await aheadBy()).toBeCloseTo(0)

    await database.moveClock(minutes(16))

    expect(await aheadBy()).toBeCloseTo(960)
  })

  test('cannot be replaced by the role the bot works as', async () => {
    const replace = database.pools.work.query(
      `CREATE OR REPLACE FUNCTION countermand_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'`,
    )

    await expect(replace).rejects.toThrow(/permission denied|must be owner/)
  })
})

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compareVersions } from '#domain/rollback/schema-range.ts'
import { codeOf, NoAnswer } from './failure.ts'

/** One migration, as the tool knows it. */
export interface Migration {
  readonly version: string
  /** `add_coupons`; empty where it has none. */
  readonly name: string
  /** Why it cannot be taken down; null where it can. */
  readonly oneWay: string | null
  /** What its way up deletes, data and all, as the statements begin; no way down brings that back. Empty where its text is not known. */
  readonly deletes: readonly string[]
  /** The file it came from, where files say so. */
  readonly file: string | null
}

/** Migrations of dbmate, oldest first: `<version>_<name>.sql` with the way up and the way down in one file. */
export async function dbmateMigrations(folder: string): Promise<readonly Migration[]> {
  const found = await Promise.all(
    (await filesIn(folder)).map(async (file): Promise<readonly Migration[]> => {
      const [, version, name = ''] = /^(\d+)_?(.*)\.sql$/.exec(file) ?? []
      if (version === undefined) return []
      const text = await readFile(join(folder, file), 'utf8')
      const at = /^--\s*migrate:down.*$/m.exec(text)
      const down = at && text.slice(at.index + at[0].length)
      const up = text.slice(0, at?.index)
      return [{ version, name, file, oneWay: oneWayOf(text, down), deletes: deletedBy(up) }]
    }),
  )
  return found.flat().toSorted((a, b) => compareVersions(a.version, b.version))
}

/** Migrations of golang-migrate, oldest first: `<version>_<name>.up.sql`, and a `.down.sql` beside it. */
export async function golangMigrations(folder: string): Promise<readonly Migration[]> {
  const files = await filesIn(folder)
  const found = await Promise.all(
    files.map(async (file): Promise<readonly Migration[]> => {
      const [, version, name = ''] = /^(\d+)_(.*)\.up\.sql$/.exec(file) ?? []
      if (version === undefined) return []
      const down = files.find((one) => one.startsWith(`${version}_`) && one.endsWith('.down.sql'))
      const text = await readFile(join(folder, file), 'utf8')
      const back = down === undefined ? null : await readFile(join(folder, down), 'utf8')
      // The database has numbers, the files have them with zeros before.
      const number = String(BigInt(version))
      const oneWay = oneWayOf(text + (back ?? ''), back)
      return [{ version: number, name, file, oneWay, deletes: deletedBy(text) }]
    }),
  )
  return found.flat().toSorted((a, b) => compareVersions(a.version, b.version))
}

function oneWayOf(text: string, down: string | null): string | null {
  if (/^--.*\birreversible\b/im.test(text)) return 'its file declares it irreversible'
  if (down === null) return 'it has no way down'
  return withoutComments(down).replaceAll(';', '').trim() === '' ? 'its way down is empty' : null
}

const deleting =
  /^(DROP\s+(TABLE|SCHEMA|MATERIALIZED)|TRUNCATE|DELETE\s+FROM)\b|^ALTER\s+TABLE\b.*\bDROP\s+(?!CONSTRAINT|DEFAULT|NOT|EXPRESSION|IDENTITY)|^ALTER\s+TABLE\b.*\bTYPE\b/i

/** Up to a condition, which may hold somebody's data. */
const deletedBy = (up: string): readonly string[] =>
  withoutComments(up)
    .split(';')
    .map((statement) => statement.trim().replaceAll(/\s+/g, ' '))
    .filter((statement) => deleting.test(statement))
    .map((statement) => (statement.split(/ (?:WHERE|USING) /i)[0] ?? '').slice(0, 80))

const withoutComments = (sql: string): string =>
  sql.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/--.*$/gm, '')

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (cause) {
    throw new NoAnswer(`the migrations in ${folder} cannot be read (${codeOf(cause)})`, { cause })
  }
}

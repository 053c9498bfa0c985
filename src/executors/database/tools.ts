import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compareVersions } from '#domain/rollback/schema-range.ts'
import { addressOf } from './connection.ts'
import type { DatabaseParts } from './context.ts'
import { NoAnswer } from './failure.ts'
import { dbmateMigrations, golangMigrations, type Migration } from './migrations.ts'
import { withTable } from './table.ts'
import { type Program, runOn, startOn } from './run.ts'
import type { ChangeOf, DatabaseTarget, Tool } from './schema.ts'

/** Every migration the tool has, oldest first, with what was declared of it. */
export async function migrationsOf(
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<readonly Migration[]> {
  const all = await listed(parts, target, signal)
  return all.map((one) =>
    target.irreversible.some((version) => compareVersions(version, one.version) === 0)
      ? { ...one, oneWay: 'the configuration declares it irreversible' }
      : one,
  )
}

async function listed(
  parts: DatabaseParts,
  target: DatabaseTarget,
  signal: AbortSignal,
): Promise<readonly Migration[]> {
  const { tool } = target
  switch (tool.kind) {
    case 'dbmate':
      return dbmateMigrations(tool.migrations)
    case 'golang-migrate':
      return golangMigrations(tool.migrations)
    case 'command': {
      const ran = await asked(parts, target, tool.list, signal)
      return ran.split('\n').flatMap((line) => {
        const [version, ...rest] = line.trim().split(/\s+/)
        if (version === undefined || version === '') return []
        const isOneWay = rest.at(-1) === 'irreversible'
        const name = (isOneWay ? rest.slice(0, -1) : rest).join(' ')
        const oneWay = isOneWay ? 'its tool declares it irreversible' : null
        return [{ version, name, oneWay, deletes: [], file: null }]
      })
    }
  }
}

/** What somebody's own tool says: `41`, `41 dirty`, or nothing where no migration was applied yet. */
export async function toldVersion(
  parts: DatabaseParts,
  target: DatabaseTarget,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly version: string | null; readonly isDirty: boolean }> {
  const [version, dirty] = (await asked(parts, target, command, signal)).trim().split(/\s+/)
  return {
    version: version === undefined || version === '' ? null : version,
    isDirty: dirty === 'dirty',
  }
}

async function asked(
  parts: DatabaseParts,
  target: DatabaseTarget,
  [file = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const ran = await runOn(parts, target, { file, args }, signal)
  if (ran.code === 0) return ran.out
  throw new NoAnswer(`${file} does not answer: ${ran.said}`)
}

/** Begins to move the schema towards what is wanted, from the version that was just found; `left` is how many migrations that still takes. */
export function moveOnce(
  parts: DatabaseParts,
  change: ChangeOf<'migrate'>,
  { left, found }: { readonly left: number; readonly found: string | null },
): ReturnType<typeof startOn> {
  const { target, direction, to } = change
  const { tool } = target
  return startOn(parts, target, async (folder) => {
    switch (tool.kind) {
      case 'dbmate':
        return direction === 'down'
          ? dbmate(tool, tool.migrations, 'rollback')
          : dbmate(tool, await filesUpTo(tool, to, folder), 'migrate')
      case 'golang-migrate':
        return {
          file: tool.program,
          // By version and not by steps: run once more, it finds its work done.
          args: [
            '-path',
            tool.migrations,
            '-database',
            withTable(addressOf(parts, target).url, tool),
            'goto',
            to,
          ],
        }
      case 'command': {
        const [file = '', ...args] = direction === 'down' ? tool.down : tool.up
        const filled = args.map((arg) =>
          arg.replaceAll('{to}', to).replaceAll('{steps}', String(left)),
        )
        return {
          file: process.execPath,
          args: [
            keeper,
            found ?? '',
            String(tool.version.length),
            ...tool.version,
            file,
            ...filled,
          ],
        }
      }
    }
  })
}

/** Keeps a session open for as long as a command runs that reads no name of ours. */
const keeper = join(import.meta.dirname, 'keeper.ts')

/** What waits for a lock of somebody who came later ends, and has changed nothing. golang-migrate would leave the schema dirty. */
const lockTimeout = '-c lock_timeout=60s'

const dbmate = (
  { program, table }: Extract<Tool, { kind: 'dbmate' }>,
  folder: string,
  verb: 'rollback' | 'migrate',
): Program => ({
  file: program,
  args: [
    '--migrations-dir',
    folder,
    '--no-dump-schema',
    ...(table === undefined ? [] : ['--migrations-table', table]),
    verb,
  ],
  env: { PGOPTIONS: lockTimeout },
})

/** dbmate brings up whatever it finds: it is shown the files up to the wanted version, and no newer one. */
async function filesUpTo(
  { migrations }: Extract<Tool, { kind: 'dbmate' }>,
  to: string,
  folder: string,
): Promise<string> {
  const shown = join(folder, 'up-to')
  await mkdir(shown)
  for (const { version, file } of await dbmateMigrations(migrations))
    if (file !== null && compareVersions(version, to) <= 0)
      await cp(join(migrations, file), join(shown, file))
  return shown
}

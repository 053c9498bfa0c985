import { access, constants } from 'node:fs/promises'
import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { backupOutlook } from './outlook.ts'
import { inDatabase } from './connection.ts'
import { type DatabaseParts, nameOf, variableOf } from './context.ts'
import { lookAnd, measured, type Seen } from './look.ts'
import { quietServices } from './quiet.ts'
import type { DatabaseTarget } from './schema.ts'
import { oneWayText, pathDown } from './versions.ts'

const guide = 'see docs/databases.md for the role that it needs'

/** Asks everything that a rollback would ask, and changes nothing. */
export async function examine(
  parts: DatabaseParts,
  { spec }: Checked<DatabaseTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const seen = await lookAnd(parts, spec, signal, measured).catch((error: unknown) => {
    if (error instanceof NotAllowed) return error
    throw error
  })
  if (seen instanceof NotAllowed) return [blocks(`cannot be rolled back: ${seen.message}`, guide)]
  if (!seen)
    return [
      blocks(
        `there is no ${nameOf(spec)}`,
        `correct the database in ${variableOf(spec.connection)}`,
      ),
    ]
  const [{ against: noBackup }, unread, quiet] = await Promise.all([
    backupOutlook(parts, spec, seen, signal),
    unreadable(parts, spec),
    quietServices(parts, spec, undefined, signal),
  ])
  const isClosed = await access(spec.backups, constants.W_OK).then(
    () => false,
    () => noBackup.length === 0,
  )
  return [
    ...(seen.isDirty
      ? [blocks(`version ${seen.version} is dirty`, 'mend the schema by hand')]
      : []),
    ...noBackup.map((why) => blocks('cannot be backed up', why)),
    ...(isClosed ? [blocks(`may not write to ${spec.backups}`, 'give it the folder')] : []),
    ...(unread.length > 0
      ? [blocks(`cannot be backed up: may not read ${unread.slice(0, 3).join(', ')}`, guide)]
      : []),
    ...quiet.blockers.flatMap((blocker) =>
      'why' in blocker ? [blocks('cannot be rolled back', blocker.why)] : [],
    ),
    ...aboutLast(seen),
  ]
}

/** Without the right to read a table there is no whole backup. */
async function unreadable(parts: DatabaseParts, spec: DatabaseTarget): Promise<readonly string[]> {
  const rows = await inDatabase(parts, spec, async (client) => {
    const found = await client.query<{ name: string }>(
      `SELECT n.nspname || '.' || c.relname AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT has_table_privilege(c.oid, 'SELECT')
        ORDER BY 1`,
    )
    return found.rows
  })
  return (rows ?? []).map(({ name }) => name)
}

/** Whether the latest migration, which is the one most likely to be taken down, can be. */
function aboutLast(seen: Seen): readonly Shortcoming[] {
  const before = seen.applied.at(-2)
  const why = before === undefined ? undefined : oneWayText(seen, pathDown(seen, before))
  return why === undefined
    ? []
    : [
        {
          kind: 'limits',
          text: `can only go forward from ${seen.version}: ${why}`,
          remedy: 'write a way down for the next migration, before it is needed',
        },
      ]
}

const blocks = (text: string, remedy: string): Shortcoming => ({ kind: 'blocks', text, remedy })

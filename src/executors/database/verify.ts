import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { backupBefore } from './done.ts'
import { lookAnd, type Seen } from './look.ts'
import { backupAt, backupText, restoreText } from './manifest.ts'
import type { DatabaseTarget } from './schema.ts'
import { differing, type Shape, shapeOf } from './shape.ts'
import { revisionOf, shapeBefore } from './versions.ts'

/** Reads the version back, compares the schema with what it was at that version before, and finds the backup. */
export async function verify(
  parts: DatabaseParts,
  { spec, workload }: Checked<DatabaseTarget>,
  { id: to }: Pick<Goal, 'id'>,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await lookAnd(parts, spec, signal, async (client) => ({
    shape: await shapeOf(client),
  }))
  if (!seen) return [{ id: 'serving', result: 'failed', text: `${nameOf(spec)} is gone` }]
  const { version, isDirty } = seen
  const isThere = revisionOf(workload, version) === to && !isDirty
  const shown = `schema version ${version ?? 'none'}${isDirty ? ', dirty' : ''}`
  if (!isThere) return [{ id: 'serving', result: 'failed', text: shown }]
  const before = await shapeBefore(parts.revisions, workload, to)
  return [
    { id: 'serving', result: 'passed', text: shown },
    ...shapeCheck(seen, before),
    ...(await backupCheck(spec, version)),
  ]
}

/** What was looked at often enough: whether a way down left it, or somebody added it since, only people can tell. */
function shapeCheck(
  { shape, version }: Seen & { readonly shape: Shape },
  before: Shape | undefined,
): readonly Check[] {
  if (before === undefined) return []
  const others = differing(before, shape)
  if (others.length === 0)
    return [{ id: 'schema', result: 'passed', text: `the schema is what it was at ${version}` }]
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ''
  return [
    {
      id: 'schema',
      result: 'unknown',
      isLasting: true,
      text: `the schema is not what it was at ${version}: ${others.slice(0, 3).join(', ')}${more} differ; a way down did not take back all that its way up did, or somebody changed it since: look before the code relies on it`,
    },
  ]
}

/** The one of this very way down, and no other. */
async function backupCheck(
  spec: DatabaseTarget,
  version: string | null,
): Promise<readonly Check[]> {
  const file = version === null ? undefined : await backupBefore(spec, version)
  if (file === undefined) return []
  const manifest = await backupAt(file)
  return manifest?.connection === spec.connection
    ? [
        { id: 'backup', result: 'passed', text: backupText(file, manifest) },
        // On a line of its own: together they are too long for one, and nobody can type half of it.
        { id: 'backup', result: 'passed', text: `it is restored by: ${restoreText(file)}` },
      ]
    : [
        {
          id: 'backup',
          result: 'failed',
          text: `the backup ${file} is not there any more, or not as it was made: find out where it went before anybody tidies up`,
        },
      ]
}

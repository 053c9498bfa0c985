import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { backupAt, backupText, type Manifest, restoreText } from './backup.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { look, type Seen } from './look.ts'
import type { DatabaseTarget } from './schema.ts'
import { revisionOf, shapeBefore } from './versions.ts'

/** Reads the version back, compares the schema with what it was at that version before, and finds the backup. */
export async function verify(
  parts: DatabaseParts,
  { spec, workload }: Checked<DatabaseTarget>,
  { id: to }: Pick<Goal, 'id'>,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await look(parts, spec, signal)
  if (!seen) return [{ id: 'serving', result: 'failed', text: `${nameOf(spec)} is gone` }]
  const { version, isDirty } = seen
  const isThere = revisionOf(workload, version) === to && !isDirty
  const shown = `schema version ${version ?? 'none'}${isDirty ? ', dirty' : ''}`
  if (!isThere) return [{ id: 'serving', result: 'failed', text: shown }]
  const before = await shapeBefore(parts.revisions, workload, to)
  return [
    { id: 'serving', result: 'passed', text: shown },
    ...shapeCheck(seen, before),
    ...(await backupCheck(spec)),
  ]
}

function shapeCheck({ shape, version }: Seen, before: string | undefined): readonly Check[] {
  if (before === undefined) return []
  return [
    before === shape
      ? { id: 'schema', result: 'passed', text: `the schema is what it was at ${version}` }
      : {
          id: 'schema',
          result: 'failed',
          text: `the schema is not what it was at ${version}: a way down does not take back what its way up did`,
        },
  ]
}

/** The newest one of this very database, by the database's clock when it was made. */
async function backupCheck({ backups, connection }: DatabaseTarget): Promise<readonly Check[]> {
  const names = await readdir(backups).catch((): string[] => [])
  const own = names.filter((name) => name.startsWith(`${connection}-`) && name.endsWith('.dump'))
  const found = await Promise.all(
    own.map(async (name) => {
      const file = join(backups, name)
      const manifest = await backupAt(file)
      return manifest?.connection === connection ? [{ file, manifest }] : []
    }),
  )
  const [newest] = found.flat().toSorted((a, b) => b.manifest.at - a.manifest.at)
  return newest ? backupPassed(newest) : []
}

/** The command stands on a line of its own: together they are too long for one, and nobody can type half of it. */
const backupPassed = ({
  file,
  manifest,
}: {
  file: string
  manifest: Manifest
}): readonly Check[] => [
  { id: 'backup', result: 'passed', text: backupText(file, manifest) },
  { id: 'backup', result: 'passed', text: `it is restored by: ${restoreText(file)}` },
]

import { isSameJson } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import { backupOutlook } from './outlook.ts'
import type { DatabaseParts } from './context.ts'
import { lookAnd, measured } from './look.ts'
import { preconditionOf } from './observe.ts'
import type { DatabaseTarget } from './schema.ts'
import { revisionOf } from './versions.ts'

/** Looks at the schema, and whether the backup can still be made. */
export async function changedSince(
  parts: DatabaseParts,
  { target, precondition, from }: CheckedPlan<DatabaseTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const seen = await lookAnd(parts, target.spec, signal, measured)
  if (!seen) return `${target.title} is gone`
  if (revisionOf(target.workload, seen.version) !== from.id)
    return `version ${seen.version ?? 'none'} was deployed meanwhile`
  if (!isSameJson(preconditionOf(seen), precondition))
    return `${target.title} was made anew meanwhile`
  if (seen.isDirty) return `version ${seen.version ?? 'none'} is dirty by now`
  const {
    against: [why],
  } = await backupOutlook(parts, target.spec, seen, signal)
  return why === undefined ? undefined : `the backup can no longer be made: ${why}`
}

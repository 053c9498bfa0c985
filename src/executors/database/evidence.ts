import type { Checked } from '#executors/define-executor.ts'
import type { Evidence } from '#ports/executor.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { messageOf } from './failure.ts'
import { lookAnd, measured } from './look.ts'
import type { DatabaseTarget } from './schema.ts'
import { titleOf } from './versions.ts'

/** What was applied before anything was taken down. */
export async function evidence(
  parts: DatabaseParts,
  { spec }: Checked<DatabaseTarget>,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const seen = await lookAnd(parts, spec, signal, measured).catch((error: unknown) =>
    messageOf(error),
  )
  const text =
    typeof seen === 'object'
      ? [
          `version ${seen.version ?? 'none'}${seen.isDirty ? ' (dirty)' : ''}, PostgreSQL ${seen.serverMajor}`,
          `tables: ${seen.tables.join(', ')}`,
          ...seen.migrations.map(
            (one) =>
              `${seen.applied.includes(one.version) ? 'applied' : 'not applied'} ${titleOf(one)}`,
          ),
        ].join('\n')
      : (seen ?? `there is no ${nameOf(spec)}`)
  return [{ name: `schema of ${spec.connection}`, kind: 'status', text: parts.scrub(text) }]
}

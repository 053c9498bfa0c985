import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { onRecord, standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { DatabaseParts } from './context.ts'
import type { DatabaseTarget } from './schema.ts'

/** What is known of each version, by our record; what cannot be taken down says why. */
export const candidates = (
  { revisions, servedLongMicros }: DatabaseParts,
  target: Checked<DatabaseTarget>,
  observed: Observed,
): Promise<readonly Candidate[]> =>
  onRecord(revisions, target, observed, (record) =>
    standingOf(record, record?.healthyMicros ?? 0, servedLongMicros),
  )

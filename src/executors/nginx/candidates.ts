import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { onRecord, standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { NginxParts } from './context.ts'
import type { NginxTarget } from './schema.ts'

/** What our record says of each version. */
export const candidates = (
  { revisions, servedLongMicros }: NginxParts,
  target: Checked<NginxTarget>,
  observed: Observed,
): Promise<readonly Candidate[]> =>
  onRecord(revisions, target, observed, (record) =>
    standingOf(record, record?.healthyMicros ?? 0, servedLongMicros),
  )

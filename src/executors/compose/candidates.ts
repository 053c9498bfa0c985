import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { onRecord, standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { ComposeParts } from './context.ts'
import type { ComposeTarget } from './schema.ts'

/** What our record says of each version; Docker itself says nothing. An image that never ran here is unproven. */
export const candidates = (
  { revisions, servedLongMicros }: ComposeParts,
  target: Checked<ComposeTarget>,
  observed: Observed,
): Promise<readonly Candidate[]> =>
  onRecord(revisions, target, observed, (record) =>
    standingOf(
      record,
      Math.max(record?.healthyMicros ?? 0, record?.servedMicros ?? 0),
      servedLongMicros,
    ),
  )

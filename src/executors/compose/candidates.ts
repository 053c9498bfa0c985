import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { ComposeParts } from './context.ts'
import type { ComposeTarget } from './schema.ts'

/** What our record says of each version; Docker itself says nothing. An image that never ran here is unproven. */
export async function candidates(
  { revisions, servedLongMicros }: ComposeParts,
  { workload }: Checked<ComposeTarget>,
  { running, history, objections }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return [running, ...history].map((revision) => {
    const record = known.get(revision.id)
    const { missing } = objections?.get(revision.id) ?? {}
    const served = Math.max(record?.healthyMicros ?? 0, record?.servedMicros ?? 0)
    return {
      revision,
      standing: standingOf(record, served, servedLongMicros),
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

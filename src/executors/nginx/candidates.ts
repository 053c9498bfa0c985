import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { NginxParts } from './context.ts'
import type { NginxTarget } from './schema.ts'

/** What our record says of each version. */
export async function candidates(
  { revisions, servedLongMicros }: NginxParts,
  { workload }: Checked<NginxTarget>,
  { running, history, objections }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return [running, ...history].map((revision) => {
    const record = known.get(revision.id)
    const { missing } = objections?.get(revision.id) ?? {}
    return {
      revision,
      standing: standingOf(record, record?.healthyMicros ?? 0, servedLongMicros),
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

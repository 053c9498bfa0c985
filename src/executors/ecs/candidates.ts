import type { Candidate } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import { standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { EcsParts } from './context.ts'

/**
 * What is known of each revision, by our record and by what AWS took back itself. That says nothing of a version that was verified,
 * or that served long by another deployment: an alarm that another version rang, or a person, ends a rollback to it as well.
 */
export async function candidates(
  { revisions, servedLongMicros }: Pick<EcsParts, 'revisions' | 'servedLongMicros'>,
  { workload }: Pick<Target, 'workload'>,
  { running, history, objections }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return [running, ...history].map((revision) => {
    const record = known.get(revision.id)
    const { missing, bad } = objections?.get(revision.id) ?? {}
    const served = Math.max(record?.healthyMicros ?? 0, record?.servedMicros ?? 0)
    const own = standingOf(record, served, servedLongMicros)
    // Not `healthyMicros`: the deployment that was taken back may have been well for long.
    const isProven = own.kind === 'verified' || (record?.servedMicros ?? 0) >= servedLongMicros
    return {
      revision,
      standing: bad && own.kind !== 'bad' && !isProven ? { kind: 'bad', ...bad } : own,
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

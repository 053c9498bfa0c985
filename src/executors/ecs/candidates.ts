import type { Candidate } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import { standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { EcsParts } from './context.ts'

/** What is known of each revision, by our record and by what ECS took back itself; a verification later than that counts more. */
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
    const isOutdated = own.kind === 'bad' || (own.kind === 'verified' && own.at > (bad?.since ?? 0))
    return {
      revision,
      standing: bad && !isOutdated ? { kind: 'bad', ...bad } : own,
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import type { Observed } from '#ports/executor.ts'
import type { KnownRevision, Revisions } from '#ports/store.ts'

/** What our record says of a version; `forMicros`: how long it is known to have served. */
export function standingOf(
  record: KnownRevision | undefined,
  forMicros: number,
  longEnough: number,
): Candidate['standing'] {
  if (record?.bad) return { kind: 'bad', since: record.bad.since, because: record.bad.because }
  if (record?.verifiedAt !== undefined) return { kind: 'verified', at: record.verifiedAt }
  return forMicros >= longEnough ? { kind: 'served', forMicros } : { kind: 'unproven' }
}

/** Every version that was observed, the running one first, with what our record says of it, and why the platform has it no more. */
export async function onRecord(
  revisions: Pick<Revisions, 'known'>,
  { workload }: Pick<Target, 'workload'>,
  { running, history, objections }: Observed,
  standing: (record: KnownRevision | undefined, revision: Revision) => Candidate['standing'],
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return [running, ...history].map((revision) => {
    const { missing } = objections?.get(revision.id) ?? {}
    return {
      revision,
      standing: standing(known.get(revision.id), revision),
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

import type { Candidate } from '#domain/rollback/revision.ts'
import type { KnownRevision } from '#ports/store.ts'

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

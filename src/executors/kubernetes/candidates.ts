import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import type { KnownRevision } from '#ports/store.ts'
import type { KubernetesParts } from './context.ts'
import type { KubernetesTarget } from './schema.ts'

/** What is known of each revision, the running one first: from our record first and from the platform's dates second. */
export async function candidates(
  { revisions, servedLongMicros }: KubernetesParts,
  { workload }: Checked<KubernetesTarget>,
  { running, history }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return Promise.all(
    [running, ...history].map(async (revision) => {
      const record = known.get(revision.id)
      const served = Math.max(
        record?.healthyMicros ?? 0,
        record?.servedMicros ?? 0,
        servedByDates(revision, [running, ...history]),
      )
      const isKept =
        revision.id === running.id ||
        revision.number !== undefined ||
        (await revisions.template(workload, revision.id)) !== undefined
      return {
        revision,
        standing: standingOf(record, served, servedLongMicros),
        ...(isKept
          ? {}
          : { missing: 'the cluster no longer keeps it, and our record has no template of it' }),
      }
    }),
  )
}

function standingOf(
  record: KnownRevision | undefined,
  forMicros: number,
  longEnough: number,
): Candidate['standing'] {
  if (record?.bad) return { kind: 'bad', since: record.bad.since, because: record.bad.because }
  if (record?.verifiedAt !== undefined) return { kind: 'verified', at: record.verifiedAt }
  return forMicros >= longEnough ? { kind: 'served', forMicros } : { kind: 'unproven' }
}

/**
 * How long a revision certainly was the current one, by the platform's dates; 0 where they leave a doubt. Going back
 * renumbers a revision and keeps its old date: a successor that is missing or older than its predecessor means that
 * somebody went back in between, and then the time until the next deploy says nothing.
 */
export function servedByDates(revision: Revision, all: readonly Revision[]): number {
  if (revision.number === undefined) return 0
  const next = all.find(({ number }) => number === (revision.number ?? 0) + 1)
  if (!next || next.since <= revision.since) return 0
  const later = all
    .filter(({ number, since }) => number !== undefined && since > revision.since)
    .map(({ since }) => since - revision.since)
  return Math.min(...later)
}

import type { PlatformDates } from '#domain/rollback/began.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { Metadata, Workload } from './objects.ts'
import type { Kept } from './kept.ts'
import { objectIn, runningRevision } from './revision.ts'

export const createdAt = ({ creationTimestamp }: Metadata): Instant =>
  fromDate(new Date(creationTimestamp ?? 0))

/** What the platform's dates say of the version the template asks for. Going back to one keeps the date it was first made. */
export function datesOf(workload: Workload, kept: readonly Kept[]): PlatformDates {
  const running = runningRevision(workload)
  const own = kept.find(({ revision }) => revision === running)
  const written = templateWriter(workload.metadata)?.time
  return {
    createdAt: createdAt(own?.metadata ?? workload.metadata),
    writtenAt: written === undefined ? undefined : fromDate(new Date(written)),
    others: kept.flatMap(({ revision, metadata }) =>
      revision === running ? [] : [createdAt(metadata)],
    ),
  }
}

/** Who wrote the template last, and when, as the API server noted it: a pipeline, a GitOps controller, `kubectl-set`. */
const templateWriter = (metadata: Metadata) => templateWriters(metadata).at(-1)

/** All who wrote what is in the template now, the last one last; the API server notes whole seconds. */
export const templateWriters = ({ managedFields }: Metadata) =>
  (managedFields ?? [])
    .filter(({ fieldsV1 }) => 'f:template' in objectIn(fieldsV1?.['f:spec']))
    .map(({ manager, time }) => ({ manager, time, at: Date.parse(time ?? '') || 0 }))
    .toSorted((a, b) => a.at - b.at)

/**
 * How long a revision certainly was the current one, by the platform's dates; 0 where they leave a doubt. Going back
 * renumbers a revision and keeps its old date: a successor that is missing or older than its predecessor means that
 * somebody went back in between, and then the time until the next deploy says nothing. `all` must carry those dates.
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

import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import { fromDate } from '#domain/time.ts'
import { templateWriters } from '../dates.ts'
import type { Metadata, Workload } from '../objects.ts'
import { objectIn } from '../revision.ts'
import { changedByUsAt, fieldManager } from '../rollout.ts'
import { handing } from './hand-over.ts'
import type { RawObject } from '../schema.ts'
import type { Compared } from './keeps.ts'

type Switched = Pick<SeenGoing, 'by' | 'since'>

/** Its object, or all that the plan changed of what it brings, is not there any more. */
export const gone: SeenGoing = {
  by: null,
  since: null,
  then: 'gone',
  why: null,
  isOurs: false,
}

/** What a sync that somebody else let go on makes of these workloads: what it has changed of them by now counts before what it says. */
export function seenGoing(
  workloads: readonly Workload[],
  switched: Switched,
  now: Compared,
): SeenGoing {
  const isOurs = workloads.some((workload) => handing(workload).length > 0)
  const writers = workloads.flatMap(writtenSince)
  if (writers.length > 0)
    return { ...switched, then: 'brought', why: [...new Set(writers)].join(' and '), isOurs }
  return { ...switched, then: now.kind, why: 'why' in now ? now.why : null, isOurs }
}

/** Whoever wrote the template after our last change of the workload; the API server notes whole seconds. */
function writtenSince(workload: Workload): readonly string[] {
  const ours = changedByUsAt(workload)
  const last = templateWriters(workload.metadata).at(-1)
  if (ours === undefined || !last || last.at <= ours) return []
  return last.manager === undefined || last.manager === fieldManager ? [] : [last.manager]
}

/** Who has written this field of the spec, and when, as the API server noted it: what is there has the name of whoever wrote it. */
export function switchedOn({ managedFields }: Metadata, field: readonly string[]): Switched {
  const [last] = (managedFields ?? [])
    .filter(({ fieldsV1 }) => isIn(objectIn(fieldsV1?.['f:spec']), field))
    .map(({ manager, time }) => ({ manager, at: Date.parse(time ?? '') }))
    .toSorted((a, b) => (b.at || 0) - (a.at || 0))
  return {
    by: last?.manager ?? null,
    since: last && !Number.isNaN(last.at) ? fromDate(new Date(last.at)) : null,
  }
}

const isIn = (within: RawObject, [field, ...rest]: readonly string[]): boolean =>
  field === undefined || (field in within && isIn(objectIn(within[field]), rest))

import type { RevisionId, WorkloadId } from '#domain/ids.ts'
import type { Revisions } from '#ports/store.ts'

/** Whether our record has seen `to` run after it saw `from` run last: then a change from one to the other was made, whoever came after it. */
export async function ranSince(
  { known }: Pick<Revisions, 'known'>,
  workload: WorkloadId,
  { from, to }: { readonly from: RevisionId; readonly to: RevisionId },
): Promise<boolean> {
  const rows = await known(workload)
  const own = rows.find(({ revision }) => revision === to)
  const left = rows.find(({ revision }) => revision === from)
  return own !== undefined && (own.running || (left !== undefined && own.lastSeen > left.lastSeen))
}

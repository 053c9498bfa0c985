import type { Candidate } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { standingOf } from '#executors/standing.ts'
import type { Observed } from '#ports/executor.ts'
import type { KubernetesParts } from './context.ts'
import type { KubernetesTarget } from './schema.ts'

/** What is known of each revision, the running one first, by our record; observing has written into it what the platform's dates say. */
export async function candidates(
  { revisions, servedLongMicros }: KubernetesParts,
  { workload }: Checked<KubernetesTarget>,
  { running, history }: Observed,
): Promise<readonly Candidate[]> {
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  return Promise.all(
    [running, ...history].map(async (revision) => {
      const record = known.get(revision.id)
      const served = Math.max(record?.healthyMicros ?? 0, record?.servedMicros ?? 0)
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

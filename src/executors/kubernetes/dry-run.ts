import type { Blocker } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import type { Edit } from './edit.ts'
import { ApiFailure, hasCode } from './failure.ts'
import { Workload } from './objects.ts'
import { runningRevision } from './revision.ts'
import { fieldManager } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'
import { editPath, readWorkload } from './workload.ts'

/** The very patch, checked by the server and its admission rules, written nowhere. `isAsAsked`: whether what would come of it is what is wanted. */
export async function dryRun(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  edit: Edit,
  isAsAsked: (result: Workload) => boolean,
  signal: AbortSignal,
): Promise<readonly Blocker[]> {
  const query = { fieldManager, dryRun: 'All' }
  const attempt = (on: Workload) =>
    api.patch(editPath(target, edit, on), edit.operations(on), Workload, query, signal)
  try {
    const result = await attempt(workload).catch(async (error: unknown) => {
      const fresh = hasCode(error, 409, 422) ? await readWorkload(api, target, signal) : undefined
      if (!fresh || runningRevision(fresh) !== runningRevision(workload)) throw error
      return attempt(fresh)
    })
    return isAsAsked(result)
      ? []
      : [
          {
            kind: 'refused_by_platform',
            message:
              'an admission rule of the cluster would alter the template on its way in, so that not this version would run',
          },
        ]
  } catch (error) {
    if (error instanceof NotAllowed)
      return [{ kind: 'not_allowed', verb: error.verb, resource: error.resource }]
    if (error instanceof ApiFailure && error.code < 500)
      return [{ kind: 'refused_by_platform', message: error.message }]
    throw error
  }
}

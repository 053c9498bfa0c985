import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { EcsApi } from './api.ts'
import type { EcsTask } from './objects.ts'
import { revisionOf } from './revision.ts'
import type { EcsTarget } from './schema.ts'

/** The tasks that run, and those of one version among them. */
export interface OwnTasks {
  readonly own: readonly EcsTask[]
  /** Others run beside them. */
  readonly isMixed: boolean
}

/** What runs of `to`, whoever deploys it; where it cannot be looked at, the check that says so. */
export async function ownTasks(
  api: Pick<EcsApi, 'tasks'>,
  target: EcsTarget,
  to: RevisionId,
  signal: AbortSignal,
): Promise<OwnTasks | Check> {
  try {
    const tasks = await api.tasks(target, 'RUNNING', signal)
    const own = tasks.filter(
      ({ taskDefinitionArn, lastStatus }) =>
        lastStatus === 'RUNNING' && revisionOf(taskDefinitionArn) === to,
    )
    return { own, isMixed: own.length < tasks.length }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { id: 'serving', result: 'unknown', text: `no task can be looked at: ${why}` }
  }
}

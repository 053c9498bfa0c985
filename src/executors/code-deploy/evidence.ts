import type { RevisionId } from '#domain/ids.ts'
import type { Checked } from '#executors/define-executor.ts'
import { eventsOf, scrubbed, stoppedTasks, whereLogsAre } from '#executors/ecs/evidence.ts'
import type { Evidence } from '#ports/executor.ts'
import { type Apis, apisOf, type CodeDeployParts } from './context.ts'
import type { CodeDeployTarget } from './schema.ts'
import { see } from './seen.ts'

/** What the tasks of `bad` leave behind, scrubbed. Never throws: what cannot be had is said in its place. */
export const evidence = (
  parts: CodeDeployParts,
  { spec }: Checked<CodeDeployTarget>,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> =>
  scrubbed(parts, spec, collected(apisOf(parts, spec), spec, bad, signal))

async function collected(
  apis: Apis,
  target: CodeDeployTarget,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const seen = await see(apis, target, signal)
  if (!seen) return []
  const { service, newest, asked } = seen
  const definitions = [asked, ...service.taskSets.map(({ taskDefinition }) => taskDefinition)]
  const [stopped, logs] = await Promise.all([
    stoppedTasks(apis.ecs, target, bad, signal),
    whereLogsAre(apis.ecs, definitions, bad, signal),
  ])
  const status: Evidence = {
    name: target.service,
    kind: 'status',
    text: JSON.stringify({ deployment: newest ?? null, taskSets: service.taskSets }, undefined, 2),
  }
  return [status, eventsOf(service, target), ...stopped, ...logs]
}

import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import { endpointsCheck } from '#executors/ecs/endpoints.ts'
import { ownTasks } from '#executors/ecs/own-tasks.ts'
import { revisionOf } from '#executors/ecs/revision.ts'
import { servingCheck } from '#executors/ecs/serving-check.ts'
import type { Goal } from '#ports/executor.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import type { CodeDeployTarget } from './schema.ts'
import { isShifted, readyOf, runningBy, type Seen, see } from './seen.ts'

/** Asserts that `to`, and only it, serves. What cannot be seen is `unknown`, never passed. */
export async function verify(
  parts: CodeDeployParts,
  { spec }: Checked<CodeDeployTarget>,
  { id: to, images: served }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const apis = apisOf(parts, spec)
  const [seen, tasks] = await Promise.all([
    see(apis, spec, signal),
    ownTasks(apis.ecs, spec, to, signal),
  ])
  if (!seen) return [{ id: 'units', result: 'failed', text: `${spec.service} is gone` }]
  const { service, asked } = seen
  const { loadBalancers } = service.taskSets.find(({ status }) => status === 'PRIMARY') ?? service
  const isUnseen = 'result' in tasks
  const { own, isMixed } = isUnseen ? { own: [], isMixed: true } : tasks
  return [
    unitsCheck(seen, to),
    isUnseen ? tasks : servingCheck(asked, to, served, own),
    ...(await endpointsCheck(
      parts.balancer(spec.region),
      { loadBalancers, own, isMixed, wanted: service.desiredCount },
      signal,
    )),
  ]
}

/** As many as are wanted, of the tasks that production's traffic reaches. */
function unitsCheck(seen: Seen, to: RevisionId): Check {
  const { service, newest, asked } = seen
  const wanted = service.desiredCount
  const ready = readyOf(seen, asked)
  const others = [...runningBy(seen)]
    .filter(([definition]) => definition !== asked)
    .reduce((total, [, count]) => total + count, 0)
  const serving = service.taskSets.find(({ status }) => status === 'PRIMARY')
  const isServing = serving !== undefined && revisionOf(serving.taskDefinition) === to
  const isKept = isServing && newest !== undefined && isShifted(seen, newest)
  const text = [
    `${ready}/${wanted} tasks running`,
    ...(others > 0
      ? [
          `${others} of another version${isKept ? ', without traffic, until CodeDeploy removes them' : ''}`,
        ]
      : []),
  ].join(' · ')
  const check = (result: Check['result'], said = text): Check => ({
    id: 'units',
    result,
    text: said,
  })
  if (revisionOf(asked) !== to)
    return check('failed', `another version is asked for by now · ${text}`)
  if (!isServing) return check('failed', `production’s traffic is not there yet · ${text}`)
  // Stable at once, and nothing proved.
  if (wanted === 0) return check('unknown', '0 tasks are wanted: nothing runs')
  return check(ready >= wanted && (others === 0 || isKept) ? 'passed' : 'failed')
}

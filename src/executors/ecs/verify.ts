import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { apiOf, type EcsParts } from './context.ts'
import { endpointsCheck } from './endpoints.ts'
import type { EcsTask } from './objects.ts'
import { ownTasks } from './own-tasks.ts'
import { revisionOf } from './revision.ts'
import type { EcsTarget } from './schema.ts'
import { runningBy, type Seen, see } from './seen.ts'
import { servingCheck } from './serving-check.ts'
import { isShifted } from './states.ts'

/** Asserts that `to`, and only it, serves. What cannot be seen is `unknown`, never passed. */
export async function verify(
  parts: EcsParts,
  { spec }: Checked<EcsTarget>,
  { id: to, images: served }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const api = apiOf(parts, spec)
  const [seen, tasks] = await Promise.all([see(api, spec, signal), ownTasks(api, spec, to, signal)])
  if (!seen) return [{ id: 'units', result: 'failed', text: `${spec.service} is gone` }]
  const { loadBalancers, desiredCount: wanted } = seen.service
  const isUnseen = 'result' in tasks
  const { own, isMixed } = isUnseen ? { own: [], isMixed: true } : tasks
  return [
    unitsCheck(seen, to, own),
    isUnseen ? tasks : servingCheck(seen.asked, to, served, own),
    ...(await endpointsCheck(
      parts.balancer(spec.region),
      { loadBalancers, own, isMixed, wanted },
      signal,
    )),
  ]
}

function unitsCheck(seen: Seen, to: RevisionId, own: readonly EcsTask[]): Check {
  const { service, newest, asked } = seen
  const wanted = service.desiredCount
  const ready = runningBy(seen).get(asked) ?? 0
  const others = [...runningBy(seen)]
    .filter(([definition]) => definition !== asked)
    .reduce((total, [, count]) => total + count, 0)
  const ill = own.filter(({ healthStatus }) => healthStatus === 'UNHEALTHY').length
  const isKept = others > 0 && newest !== undefined && isShifted(newest)
  const text = [
    `${ready}/${wanted} tasks running`,
    ...(ill > 0 ? [`${ill} unhealthy`] : []),
    ...(others > 0
      ? [`${others} of another version${isKept ? ', without traffic, until ECS removes them' : ''}`]
      : []),
  ].join(' · ')
  const check = (result: Check['result'], said = text): Check => ({
    id: 'units',
    result,
    text: said,
  })
  if (revisionOf(asked) !== to)
    return check('failed', `another version is asked for by now · ${text}`)
  // Stable at once, and nothing proved.
  if (wanted === 0) return check('unknown', '0 tasks are wanted: nothing runs')
  return check(ready >= wanted && ill === 0 && (others === 0 || isKept) ? 'passed' : 'failed')
}

import type { Warning } from '#domain/rollback/plan.ts'
import type { Image } from '#domain/rollback/revision.ts'
import { isMutableReference } from '#executors/image-reference.ts'
import { isInFlight } from './objects.ts'
import { isShifted, readyOf, type Seen } from './seen.ts'

/** What an approver should know of the service's present state. */
export function warningsOf(seen: Seen, running: readonly Image[]): readonly Warning[] {
  const { service, newest, group } = seen
  const wanted = service.desiredCount
  const isUnderWay = newest !== undefined && isInFlight(newest)
  const alarms = group?.alarmConfiguration
  const names = alarms?.enabled ? alarms.alarms.map(({ name }) => name) : []
  const warnings: (Warning | false)[] = [
    wanted === 0 && { kind: 'zero_replicas' },
    isUnderWay &&
      !isShifted(seen, newest) && { kind: 'in_flight', ready: readyOf(seen, seen.asked), wanted },
    wanted > 0 && service.runningCount === 0 && { kind: 'nothing_serving' },
    names.length > 0 && {
      kind: 'platform',
      text: `the alarms ${names.join(', ')} watch deployments of this group: while one rings CodeDeploy ends a new deployment, one that goes back as well`,
    },
    ...running
      .filter(({ reference }) => isMutableReference(reference))
      .map(({ reference }) => ({ kind: 'mutable_tag', image: reference }) as const),
  ]
  return warnings.filter((warning) => warning !== false)
}

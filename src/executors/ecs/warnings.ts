import { isSameJson } from '#domain/json.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import type { Image } from '#domain/rollback/revision.ts'
import { digestIn, isMutableReference } from '#executors/image-reference.ts'
import type { ServiceRevision } from './objects.ts'
import { shortName } from './revision.ts'
import { readyOf, type Seen } from './seen.ts'
import { isInFlight, pauseOf } from './states.ts'

/** Of a rollback; whoever continues it knows. */
export const waitsAtHook = 'the deployment waits at a PAUSE hook; it is taken back there'

/** What an approver should know of the service's present state. */
export function warningsOf(seen: Seen, running: readonly Image[]): readonly Warning[] {
  const { service, newest } = seen
  const wanted = service.desiredCount
  const isMoving = newest !== undefined && isInFlight(newest)
  const warnings: (Warning | false)[] = [
    wanted === 0 && { kind: 'zero_replicas' },
    isMoving && { kind: 'in_flight', ready: readyOf(seen, seen.asked), wanted },
    wanted > 0 && service.runningCount === 0 && { kind: 'nothing_serving' },
    newest !== undefined &&
      pauseOf(newest) !== undefined && {
        kind: 'platform',
        text: waitsAtHook,
      },
    ...running
      .filter(({ reference }) => isMutableReference(reference))
      .map(({ reference }) => ({ kind: 'mutable_tag', image: reference }) as const),
    ...watchers(seen),
    ...shortage(seen),
  ]
  return warnings.filter((warning) => warning !== false)
}

/** What may take a deployment back beside us, or let a bad one stand. */
function watchers({ service, newest }: Seen): readonly Warning[] {
  const { deployments } = service
  const { deploymentCircuitBreaker: breaker, alarms } = service.deploymentConfiguration
  const watching = newest?.deploymentCircuitBreaker
  const triggered = newest?.alarms?.triggeredAlarmNames ?? []
  const failed = deployments.find(({ status }) => status === 'PRIMARY')?.failedTasks ?? 0
  const texts = [
    failed > 0 && `${failed} ${failed === 1 ? 'task' : 'tasks'} in a row failed to start`,
    breaker?.enable &&
      newest &&
      isInFlight(newest) &&
      `ECS’s circuit breaker ${breaker.rollback ? 'takes it back' : 'stops it'} after ${watching?.threshold ?? 0} failed tasks; so far ${watching?.failureCount ?? 0}`,
    alarms?.enable &&
      alarms.alarmNames.length > 0 &&
      `the alarms ${alarms.alarmNames.join(', ')} watch deployments${alarms.rollback ? ' and take them back' : ''}${triggered.length > 0 ? `; triggered: ${triggered.join(', ')}` : ''}`,
  ]
  return texts.flatMap((text) => (text ? [{ kind: 'platform' as const, text }] : []))
}

/** Said by ECS in the events of the service, and only as long as it is the last word. */
function shortage({ service: { events } }: Seen): readonly Warning[] {
  const [latest] = events
  return latest && /unable to place a task|unable to consistently start/.test(latest.message)
    ? [{ kind: 'short_capacity', detail: latest.message.replace(/^\(service \S+\) /, '') }]
    : []
}

/** What starts under the names of the version to go back to may be something else; a tag that is known to have moved is said. */
export function tagWarnings(running: readonly Image[], goal: readonly Image[]): readonly Warning[] {
  return goal.flatMap(({ reference, digest }): readonly Warning[] => {
    if (digestIn(reference)) return []
    const now = running.find((one) => one.reference === reference)
    if (digest && now?.digest && now.digest !== digest)
      return [{ kind: 'tag_moved', image: reference, served: digest, now: now.digest }]
    return isMutableReference(reference) && !now ? [{ kind: 'mutable_tag', image: reference }] : []
  })
}

/** Somebody took it out of use, perhaps for a reason. */
export const copyWarning = (definition: string, copy: string | undefined): Warning => ({
  kind: 'platform',
  text: `somebody deregistered ${shortName(definition)}: ${
    copy === undefined
      ? 'a copy of it is registered and deployed, as far as AWS still tells of it, and stays registered'
      : `its copy ${shortName(copy)} is deployed`
  }`,
})

const parts = {
  networkConfiguration: 'network',
  loadBalancers: 'load balancers',
  serviceRegistries: 'service discovery',
  serviceConnectConfiguration: 'Service Connect',
  vpcLatticeConfigurations: 'VPC Lattice',
  volumeConfigurations: 'volumes',
  launchType: 'launch type',
  capacityProviderStrategy: 'capacity providers',
  platformVersion: 'platform version',
} as const satisfies Partial<Record<keyof ServiceRevision, string>>

/** A task definition does not carry these: they stay as they are now. */
export function notRestored(
  now: ServiceRevision | undefined,
  then: ServiceRevision | undefined,
): readonly Warning[] {
  if (!now || !then) return []
  const what = (Object.keys(parts) as (keyof typeof parts)[])
    .filter((key) => !isSameJson(now[key] ?? null, then[key] ?? null))
    .map((key) => parts[key])
  return what.length > 0 ? [{ kind: 'not_restored', what }] : []
}

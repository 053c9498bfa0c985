import type { EcsService } from '#executors/ecs/objects.ts'
import type { AppSpec } from './app-spec.ts'
import type { Apis } from './context.ts'
import { type Deployment, type Group, isInFlight, isReturn, mayBeReturned } from './objects.ts'
import type { CodeDeployTarget } from './schema.ts'

/** What a service is told to run at one moment, and by which deployment of CodeDeploy. */
export interface Seen {
  readonly service: EcsService
  readonly group: Group | undefined
  /** The newest first, as far as they were asked for. */
  readonly deployments: readonly Deployment[]
  readonly newest: Deployment | undefined
  /** The newest one, where it is not among those of CodeDeploy's list that are looked at. */
  readonly unlisted: string | undefined
  /** The newest one has just ended, and CodeDeploy may be about to take it back. */
  readonly isReturnDue: boolean
  /** By the id of the deployment: those of the newest, of those that came after `since`, or of all. */
  readonly specs: ReadonlyMap<string, AppSpec>
  /** The task definition that is asked for, by its full ARN; empty where nobody says it. */
  readonly asked: string
  /** What the newest deployment leaves when it is taken back; absent where none is under way. */
  readonly back: string | undefined
  /** Deployments that are newer than `since`. */
  readonly later: readonly Deployment[]
}

/** A deployment that was the newest once. */
export interface Mark {
  readonly id: string
  readonly at: number
}

/** `undefined` where the service is not there. `isAll`: what every deployment brought is asked for. */
export async function see(
  { ecs, codeDeploy, now }: Apis,
  target: CodeDeployTarget,
  signal: AbortSignal,
  { since = null, isAll = false }: { readonly since?: Mark | null; readonly isAll?: boolean } = {},
): Promise<Seen | undefined> {
  const { group, deployments, unlisted } = await codeDeploy.deployments(target, signal)
  // After them: what has ended by then has its traffic by now. The other way round, what ended in between looks as if it had never been.
  const service = await ecs.service(target, signal)
  if (!service) return undefined
  const [newest] = deployments
  const later = laterThan(deployments, since)
  const wanted = isAll ? deployments : [...new Set([...(newest ? [newest] : []), ...later])]
  const specs = await codeDeploy.appSpecs(target, wanted, signal)
  const isReturnDue = newest !== undefined && mayBeReturned(newest, now())
  const seen = { service, group, deployments, newest, unlisted, isReturnDue, specs, later }
  const isMoving = newest !== undefined && isInFlight(newest)
  return {
    ...seen,
    asked: (isMoving ? definitionOf(seen, newest) : primaryOf(service)) ?? '',
    back: isMoving && !isReturn(newest) ? leftBy(seen, newest) : undefined,
  }
}

/** By the mark itself where it is still told, else by its time. */
function laterThan(deployments: readonly Deployment[], since: Mark | null): readonly Deployment[] {
  if (!since) return deployments
  const index = deployments.findIndex(({ deploymentId }) => deploymentId === since.id)
  return index >= 0
    ? deployments.slice(0, index)
    : deployments.filter(({ createTime }) => createTime > since.at)
}

/** What a deployment brings: by its AppSpec, else by the tasks that it made, or that it goes back to. */
export function definitionOf(
  { service, specs }: Pick<Seen, 'service' | 'specs'>,
  { deploymentId, rollbackInfo }: Deployment,
): string | undefined {
  const { definition } = specs.get(deploymentId) ?? {}
  if (definition?.startsWith('arn:')) return definition
  const own = service.taskSets.find(({ externalId }) => externalId === deploymentId)
  if (own) return own.taskDefinition
  const triggering = rollbackInfo?.rollbackTriggeringDeploymentId
  return triggering === undefined ? undefined : onlyOf(service, triggering)
}

/** What serves production's traffic. */
const primaryOf = ({ taskSets }: EcsService): string | undefined =>
  taskSets.find(({ status }) => status === 'PRIMARY')?.taskDefinition

const leftBy = ({ service }: Pick<Seen, 'service'>, { deploymentId }: Deployment) =>
  onlyOf(service, deploymentId)

/** Of the tasks that another deployment made, where they are of one definition. */
function onlyOf({ taskSets }: EcsService, deployment: string): string | undefined {
  const others = taskSets.filter(
    ({ externalId, status }) => externalId !== deployment && status !== 'DRAINING',
  )
  const [only, ...more] = new Set(others.map(({ taskDefinition }) => taskDefinition))
  return more.length === 0 ? only : undefined
}

/** Production's traffic is all on what it brings. While CodeDeploy keeps the former tasks it may call it `Ready` once more, and has been seen not to say what for: then its tasks do. */
export const isShifted = (
  { service }: Pick<Seen, 'service'>,
  { deploymentId, status, instanceTerminationWaitTimeStarted: isKept }: Deployment,
): boolean =>
  status === 'Succeeded' ||
  isKept === true ||
  (status === 'Ready' &&
    service.taskSets.some((one) => one.externalId === deploymentId && one.status === 'PRIMARY'))

/** It has all traffic, and the tasks from before are gone: there is nothing to take it back to, and in a moment it is called `Succeeded`. */
export const isAboutToEnd = (seen: Pick<Seen, 'service'>, deployment: Deployment): boolean =>
  isShifted(seen, deployment) &&
  seen.service.taskSets.every(
    ({ externalId, status }) => externalId === deployment.deploymentId || status === 'DRAINING',
  )

/** Its tasks run, and it waits for somebody's word before production's traffic goes there. */
export const isWaiting = (seen: Pick<Seen, 'service'>, deployment: Deployment): boolean =>
  deployment.status === 'Ready' && !isShifted(seen, deployment)

export const markOf = ({ newest }: Pick<Seen, 'newest'>): Mark | null =>
  newest ? { id: newest.deploymentId, at: newest.createTime } : null

/** Running tasks by task definition. */
export function runningBy({ service: { taskSets } }: Pick<Seen, 'service'>) {
  const counts = new Map<string, number>()
  for (const { taskDefinition, runningCount, status } of taskSets)
    if (status !== 'DRAINING')
      counts.set(taskDefinition, (counts.get(taskDefinition) ?? 0) + runningCount)
  return counts
}

export const readyOf = (seen: Pick<Seen, 'service'>, definition: string): number =>
  runningBy(seen).get(definition) ?? 0

import type { EcsApi } from './api.ts'
import { isFault } from '#executors/aws/failure.ts'
import type { Brief, Deployment, EcsService, ServiceRevision } from './objects.ts'
import type { EcsTarget } from './schema.ts'
import { isTakenBack } from './states.ts'

/** What a service is told to run at one moment, and by which deployment. */
export interface Seen {
  readonly service: EcsService
  /** The newest first, as far as they were asked for. */
  readonly briefs: readonly Brief[]
  readonly newest: Deployment | undefined
  /** By ARN: those that run, those of the newest deployment, and of those that came after `since`. */
  readonly revisions: ReadonlyMap<string, ServiceRevision>
  /** The task definition that the newest deployment leaves when it is taken back. */
  readonly back: string | undefined
  /** The task definition that is asked for, by its full ARN; empty where another controller decides. */
  readonly asked: string
  /** Deployments that are newer than `since`. */
  readonly later: readonly Brief[]
  /** Where the deployment `since` was taken back to, if it was and that did not fail: a task definition. */
  readonly sinceWentTo: string | undefined
}

/** A deployment that was the newest once. */
export interface Mark {
  readonly arn: string
  readonly at: number
}

/** Describing more at once takes another call. */
const mostLater = 12

/** `undefined` where the service is not there. `isAll`: every deployment ECS still tells of is listed. */
export async function see(
  api: EcsApi,
  target: EcsTarget,
  signal: AbortSignal,
  { since = null, isAll = false }: { readonly since?: Mark | null; readonly isAll?: boolean } = {},
): Promise<Seen | undefined> {
  const [service, briefs] = await Promise.all([
    api.service(target, signal),
    api.deployments(target, signal, isAll).catch(noneWhereGone),
  ])
  if (!service) return undefined
  const current = service.currentServiceDeployment ?? briefs[0]?.serviceDeploymentArn
  const full = await api.describedDeployments(
    [...new Set([current, since?.arn])].filter((arn) => arn !== undefined),
    signal,
  )
  const newest = full.find((one) => one.serviceDeploymentArn === current)
  const later = laterThan(briefs, since)
  const wanted = new Set([
    ...later.slice(0, mostLater).map((one) => one.targetServiceRevisionArn),
    ...service.currentServiceRevisions.map(({ arn }) => arn),
  ])
  if (newest) {
    wanted.add(newest.targetServiceRevision.arn)
    for (const { arn } of newest.sourceServiceRevisions) wanted.add(arn)
  }
  for (const { rollback } of full)
    if (rollback?.serviceRevisionArn) wanted.add(rollback.serviceRevisionArn)
  const described = await api.revisions([...wanted], signal)
  const revisions = new Map(described.map((one) => [one.serviceRevisionArn, one]))
  const back = newest && returnOf(newest, briefs, revisions)
  const asked =
    newest && isTakenBack(newest) ? (back ?? service.taskDefinition) : service.taskDefinition
  const went = full.find(
    (one) => one.serviceDeploymentArn === since?.arn && one.status !== 'ROLLBACK_FAILED',
  )?.rollback
  const sinceWentTo = revisions.get(went?.serviceRevisionArn ?? '')?.taskDefinition
  return { service, briefs, newest, revisions, back, asked, later, sinceWentTo }
}

function noneWhereGone(error: unknown): readonly Brief[] {
  if (isFault(error, 'ServiceNotFoundException', 'ClusterNotFoundException')) return []
  throw error
}

/** By the mark itself where it is still listed, else by its time: ECS forgets deployments after 90 days. */
function laterThan(briefs: readonly Brief[], since: Mark | null): readonly Brief[] {
  if (!since) return briefs
  const index = briefs.findIndex((one) => one.serviceDeploymentArn === since.arn)
  return index >= 0
    ? briefs.slice(0, index)
    : briefs.filter(({ createdAt }) => createdAt > since.at)
}

/** Where ECS goes when it takes a deployment back: as it says, else the one that it replaces – of several, the one that ended well last. */
function returnOf(
  { rollback, sourceServiceRevisions }: Deployment,
  briefs: readonly Brief[],
  revisions: Seen['revisions'],
): string | undefined {
  if (rollback?.serviceRevisionArn)
    return revisions.get(rollback.serviceRevisionArn)?.taskDefinition
  const sources = sourceServiceRevisions.map(({ arn }) => arn)
  const settled = briefs.find(
    ({ status, targetServiceRevisionArn: arn }) => status === 'SUCCESSFUL' && sources.includes(arn),
  )?.targetServiceRevisionArn
  const definitions = new Set(sources.map((arn) => revisions.get(arn)?.taskDefinition))
  const [only] = definitions.size === 1 ? definitions : [undefined]
  return only ?? (settled && revisions.get(settled)?.taskDefinition)
}

/** What is asked for, as ECS deployed it: with the digests that it resolved. */
export function askedRevision({ newest, revisions, asked }: Seen): ServiceRevision | undefined {
  if (!newest) return undefined
  const arn = isTakenBack(newest)
    ? (newest.rollback?.serviceRevisionArn ??
      newest.sourceServiceRevisions.find((one) => revisions.get(one.arn)?.taskDefinition === asked)
        ?.arn)
    : newest.targetServiceRevision.arn
  const found = arn === undefined ? undefined : revisions.get(arn)
  return found?.taskDefinition === asked ? found : undefined
}

export const markOf = ({ newest }: Seen): Mark | null =>
  newest ? { arn: newest.serviceDeploymentArn, at: newest.createdAt } : null

/** Tasks that run a task definition, whatever their service revision. */
export const readyOf = (seen: Seen, definition: string): number =>
  runningBy(seen).get(definition) ?? 0

/** Running tasks by task definition. A service that was not deployed since ECS keeps revisions tells it by its deployments. */
export function runningBy({ service, revisions }: Seen): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const add = (definition: string, count: number) =>
    counts.set(definition, (counts.get(definition) ?? 0) + count)
  const current = service.currentServiceRevisions
  // ECS describes no revision that is older than October 2024; where it is the only one, the service says what it runs.
  const untold = current.length === 1 ? service.taskDefinition : undefined
  for (const { arn, runningTaskCount } of current)
    add(revisions.get(arn)?.taskDefinition ?? untold ?? arn, runningTaskCount)
  if (counts.size === 0)
    for (const { taskDefinition = '', runningCount } of service.deployments)
      add(taskDefinition, runningCount)
  return counts
}

import type { Image } from '#domain/rollback/revision.ts'
import { between, type Instant } from '#domain/time.ts'
import type { EcsApi } from './api.ts'
import type { Brief, ServiceRevision } from './objects.ts'
import { isInFlight, isTakenBack, reasonOf, wasRejected } from './states.ts'

/** A task definition that was deployed, by what ECS still tells. */
export interface Deployed {
  readonly definition: string
  /** The service revision that served, else the newest one; absent where ECS keeps none. */
  readonly revision?: ServiceRevision
  /** When it became the current one for the last time; when it was deployed, if it never did. */
  readonly since: Instant
  /** Its longest time as the current one before another took over; that of the present one is not over. */
  readonly servedMicros: number
  /** ECS took it back, and it never served afterwards. */
  readonly takenBack?: { readonly at: Instant; readonly because: string }
}

/** Versions enough to choose from; each is described by a call of its own. */
const mostVersions = 8
const atOnce = 20

interface Ended {
  readonly definition: string
  readonly revision?: ServiceRevision
  readonly at: Instant
}

/**
 * The task definitions of a service's deployments, the newest first. What was deployed again without another definition is
 * one version with the time of both; a deployment that was taken back brought the version before.
 */
export async function historyOf(
  api: EcsApi,
  briefs: readonly Brief[],
  signal: AbortSignal,
): Promise<readonly Deployed[]> {
  const { looked, revisions } = await describedEnough(api, briefs, signal)
  const takenBack = looked.filter(wasRejected)
  const details = await api.describedDeployments(
    takenBack.map((one) => one.serviceDeploymentArn),
    signal,
  )
  const returns = new Map(
    details.map(({ serviceDeploymentArn: arn, rollback }) => [arn, rollback?.serviceRevisionArn]),
  )
  const missing = [...returns.values()].filter((arn) => arn !== undefined && !revisions.has(arn))
  for (const one of await api.revisions(missing as string[], signal))
    revisions.set(one.serviceRevisionArn, one)

  const spans = spansOf(
    looked.flatMap((one): readonly Ended[] => {
      const arn =
        one.status === 'SUCCESSFUL'
          ? one.targetServiceRevisionArn
          : one.status === 'ROLLBACK_SUCCESSFUL'
            ? returns.get(one.serviceDeploymentArn)
            : // Whoever it replaces has served until it began.
              isInFlight(one) && !isTakenBack(one)
              ? one.targetServiceRevisionArn
              : undefined
      const revision = arn === undefined ? undefined : revisions.get(arn)
      // From its first task on; what came back is there at once.
      const at =
        (one.status === 'ROLLBACK_SUCCESSFUL' ? one.finishedAt : one.startedAt) ?? one.createdAt
      return revision ? [{ definition: revision.taskDefinition, revision, at }] : []
    }),
  )
  const found = new Map<string, Deployed>()
  for (const brief of looked) {
    const target = revisions.get(brief.targetServiceRevisionArn)
    if (!target || found.has(target.taskDefinition)) continue
    const own = spans.filter(({ definition }) => definition === target.taskDefinition)
    const [last] = own
    const detail = details.find((one) => one.serviceDeploymentArn === brief.serviceDeploymentArn)
    found.set(target.taskDefinition, {
      definition: target.taskDefinition,
      revision: last?.revision ?? target,
      since: last?.from ?? brief.createdAt,
      servedMicros: Math.max(
        0,
        ...own.map(({ from, until }) => (until ? between(from, until) : 0)),
      ),
      ...(wasRejected(brief)
        ? {
            takenBack: {
              at: brief.finishedAt ?? brief.createdAt,
              because: `ECS took its deployment back: ${reasonOf(detail ?? brief)}`,
            },
          }
        : {}),
    })
  }
  return [...found.values()]
}

/** In pages of what one call may describe, until there are versions enough. */
async function describedEnough(api: EcsApi, briefs: readonly Brief[], signal: AbortSignal) {
  const revisions = new Map<string, ServiceRevision>()
  const looked: Brief[] = []
  for (let start = 0; start < briefs.length; start += atOnce) {
    const some = briefs.slice(start, start + atOnce)
    looked.push(...some)
    const arns = new Set(some.map((one) => one.targetServiceRevisionArn))
    for (const one of await api.revisions([...arns], signal))
      revisions.set(one.serviceRevisionArn, one)
    const versions = new Set([...revisions.values()].map(({ taskDefinition }) => taskDefinition))
    if (versions.size >= mostVersions) break
  }
  return { looked, revisions }
}

/** Who was the current one from when until when, the newest first; the newest one is so still. */
export function spansOf(ends: readonly Ended[]) {
  const spans: (Ended & { from: Instant; until: Instant | undefined })[] = []
  for (const one of ends.toSorted((a, b) => a.at - b.at)) {
    const last = spans.at(-1)
    if (last?.definition === one.definition) continue
    if (last) last.until = one.at
    spans.push({ ...one, from: one.at, until: undefined })
  }
  return spans.toReversed()
}

/** Images whose tag was moved while one task definition stayed: the version before is known by its digest alone. */
export function movedWithin(
  briefs: readonly Brief[],
  revisions: ReadonlyMap<string, ServiceRevision>,
  running: { readonly definition: string; readonly images: readonly Image[] },
): readonly { readonly image: string; readonly served: string; readonly now: string }[] {
  const same = briefs
    .filter(({ status }) => status === 'SUCCESSFUL')
    .map((one) => revisions.get(one.targetServiceRevisionArn))
    .filter((one) => one?.taskDefinition === running.definition)
  return running.images.flatMap(({ container, reference, digest }) => {
    if (digest === undefined) return []
    const served = same
      .map((one) => one?.containerImages.find(({ containerName }) => containerName === container))
      .find((one) => one?.imageDigest !== undefined && one.imageDigest !== digest)?.imageDigest
    return served === undefined ? [] : [{ image: reference, served, now: digest }]
  })
}

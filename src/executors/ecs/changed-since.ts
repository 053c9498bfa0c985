import type { CheckedPlan } from '#executors/define-executor.ts'
import { apiOf, type EcsParts } from './context.ts'
import { isSameJson } from '#domain/json.ts'
import { digestsOf, imagesOf, nameBy, revisionOf, shortName } from './revision.ts'
import { goneSince } from './goal.ts'
import type { EcsTarget } from './schema.ts'
import { askedRevision, markOf, type Seen, see } from './seen.ts'

/** What a plan holds on to until it begins: that service, and that nothing was deployed to it since. */
export const preconditionOf = (seen: Seen) => ({
  service: seen.service.serviceArn,
  createdAt: seen.service.createdAt ?? null,
  deployment: markOf(seen)?.arn ?? null,
})

/** Looks at the service, and at the definition to go back to: one that was deregistered meanwhile would be refused. */
export async function changedSince(
  parts: EcsParts,
  { target, precondition, from, to }: CheckedPlan<EcsTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const api = apiOf(parts, target.spec)
  const seen = await see(api, target.spec, signal)
  if (seen?.service.status !== 'ACTIVE') return `${target.title} is gone`
  if (revisionOf(seen.asked) !== from.id) {
    const now = await api.definition(seen.asked, signal)
    const name = now
      ? nameBy(seen.asked, imagesOf(now, digestsOf(askedRevision(seen))))
      : shortName(seen.asked)
    return `${name} was deployed meanwhile`
  }
  if (!isSameJson(preconditionOf(seen), precondition))
    return `${target.title} was deployed anew meanwhile`
  return goneSince({ ...parts, ecs: api }, target, to, signal)
}

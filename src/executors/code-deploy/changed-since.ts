import { isSameJson } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import { goneSince } from '#executors/ecs/goal.ts'
import { revisionOf, shortName } from '#executors/ecs/revision.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import type { CodeDeployTarget } from './schema.ts'
import { markOf, type Seen, see } from './seen.ts'

/** What a plan holds on to until it begins: that service, and that nothing was deployed to it since. */
export const preconditionOf = (seen: Pick<Seen, 'service' | 'newest'>) => ({
  service: seen.service.serviceArn,
  createdAt: seen.service.createdAt ?? null,
  deployment: markOf(seen)?.id ?? null,
})

/** Looks at the service, and at the definition to go back to. */
export async function changedSince(
  parts: CodeDeployParts,
  { target, precondition, from, to }: CheckedPlan<CodeDeployTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const apis = apisOf(parts, target.spec)
  const seen = await see(apis, target.spec, signal)
  if (seen?.service.status !== 'ACTIVE') return `${target.title} is gone`
  if (revisionOf(seen.asked) !== from.id)
    return `${seen.asked === '' ? 'another version' : shortName(seen.asked)} was deployed meanwhile`
  if (!isSameJson(preconditionOf(seen), precondition))
    return `${target.title} was deployed anew meanwhile`
  return goneSince({ ...parts, ecs: apis.ecs }, target, to, signal)
}

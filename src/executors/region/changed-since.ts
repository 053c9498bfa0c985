import { isSameJson } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import { arrangementOf, endpointOf, regionsIn } from './arrangement.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { RegionTarget } from './schema.ts'
import { whyClosed, writesToMove } from './writes.ts'

/** Whether the regions are arranged as they were when it was planned, where production goes is not ill by now, and the writes can still be moved in the manner that was approved. */
export async function changedSince(
  parts: RegionParts,
  { target, precondition, to, mechanism }: CheckedPlan<RegionTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const provider = providerOf(parts, target.spec)
  const seen = await provider.see(target.spec.at, signal)
  if (!seen) return `${target.title} is gone`
  if (!isSameJson({ id: seen.id, arrangement: arrangementOf(seen) }, precondition))
    return `${target.title} was changed meanwhile`
  const ill = target.spec.regions.find(
    ({ name, endpoint }) =>
      regionsIn(to.id).includes(name) && endpointOf(seen, endpoint)?.health === 'ill',
  )
  if (ill) return `${ill.name} is ${endpointOf(seen, ill.endpoint)?.says ?? 'ill'} by now`
  const moves = writesToMove(seen, regionsIn(to.id))
  const manner = mechanism === 'region-offline' ? 'offline' : 'planned'
  return whyClosed(provider, target.spec, seen, moves, manner, signal)
}

import type { Look } from '#domain/promotion/events.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { World } from '#workflows/world.ts'

/** A rollback took it away, or somebody else did, promoted it or shipped another; undefined while it is there. */
export async function whyEnded(
  world: Pick<World, 'timeline'>,
  state: PromotionState,
  { canary, stable }: Look['canary'],
): Promise<string | undefined> {
  const before = state.versions?.canary
  if (canary)
    return before && before.id !== canary.id
      ? `${canary.name} has replaced ${before.name}: ask for its promotion anew`
      : undefined
  if (before && stable.id === before.id) return `${stable.name} was promoted in full elsewhere`
  return (await takenBackBy(world, state)) ?? 'the canary was taken away elsewhere'
}

async function takenBackBy(
  { timeline }: Pick<World, 'timeline'>,
  { versions, target, requestedAt }: PromotionState,
): Promise<string | undefined> {
  for (const { incident, rollback } of await timeline.rollbacksOn(target.workload, mostSeen)) {
    const its = rollbackState(await timeline.read(incident), rollback)
    const isSince =
      its?.workload === target.workload &&
      its.startedAt !== undefined &&
      its.startedAt >= requestedAt
    if (isSince && its.plan && its.plan.from.id === versions?.canary?.id)
      return `${its.plan.from.name} was taken away by the rollback to ${its.plan.to.name}`
  }
  return undefined
}
const mostSeen = 3

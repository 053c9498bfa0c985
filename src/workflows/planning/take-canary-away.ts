import { isNamed } from '#domain/rollback/choose-target.ts'
import type { Blocker, Plan } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import type { Executor, Observed } from '#ports/executor.ts'
import { chosenWay, waysOf } from './chosen-way.ts'
import { combinedWith, flagOffers, flagPlan, isFlagOffer } from './flag-plan.ts'
import type { LinkedFlags } from './linked-flags.ts'
import type { Wish } from './make-plan.ts'

/**
 * The plan that takes only the canary away, where one serves beside the stable version and nobody named another version: it
 * touches the least. Undefined where there is none, or where the version on its way is the target's own.
 */
export async function takeCanaryAway(
  { promoter }: Executor,
  target: Target,
  wish: Wish,
  { running }: Observed,
  flagsOf: (version: Revision) => Promise<LinkedFlags>,
  signal: AbortSignal,
): Promise<
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'blocked'; readonly blockers: readonly Blocker[] }
  | undefined
> {
  if (!promoter?.isBeside(target)) return undefined
  const seen = await promoter.canary(target, signal)
  const { canary, stable, share, of, units, precondition } = seen
  if (!canary || share === 0 || stable.id !== running.id || canary.id === running.id)
    return undefined
  if (wish.to !== undefined && !isNamed(stable, wish.to)) return undefined
  const { service, policy, now, strategy, rollback } = wish
  const pace = strategy === 'gradual' ? 'gradual' : 'immediate'
  const legs = await promoter.ways(target, seen, pace, rollback, signal)
  const flags = await flagsOf(canary)
  const way = chosenWay(wish, [...flagOffers(wish, flags), ...legs])
  if (!way) return { kind: 'blocked', blockers: legs.flatMap(({ blockers }) => blockers) }
  const { chosen } = way
  if (isFlagOffer(chosen))
    return {
      kind: 'planned',
      plan: flagPlan(wish, { running: canary, beside: stable }, { ...way, chosen }, flags.kept),
    }
  const plan: Plan = {
    service: service.id,
    environment: service.environment,
    target,
    from: canary,
    to: stable,
    chosenBecause: `serves beside the canary, which has ${Math.round(share)} %`,
    precondition,
    steps: chosen.steps,
    collapse: chosen.collapse,
    collapseHow: chosen.collapseHow,
    differences: chosen.differences,
    between: [],
    warnings: [...seen.warnings, ...chosen.warnings],
    mechanism: chosen.mechanism,
    ...waysOf(wish, way),
    canary: { share, of },
    units: chosen.units ?? { noun: units.noun, count: units.count },
    how: chosen.how,
    expectedMicros: chosen.expectedMicros,
    budgetMicros: policy.mechanismBudgets[chosen.mechanism],
    madeAt: now,
  }
  return { kind: 'planned', plan: combinedWith(wish, plan, flags) }
}

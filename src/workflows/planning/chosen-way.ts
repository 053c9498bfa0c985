import type { Blocker, Plan } from '#domain/rollback/plan.ts'
import { type Choice, chooseWay, type Mechanism, wholeOrder } from '#domain/rollback/ways.ts'
import { sentence } from './blocker-sentence.ts'
import type { Wish } from './make-plan.ts'

interface Offered {
  readonly mechanism: Mechanism
  readonly expectedMicros: number
  readonly blockers: readonly Blocker[]
}

/** Which of the ways that a platform has is taken, by the order of the service and the budget of the strategy. */
export function chosenWay<One extends Offered>(
  { service, strategy, policy, left = [] }: Wish,
  offered: readonly One[],
): Choice<One & { readonly closed: readonly string[] }> | undefined {
  return chooseWay(
    offered.map((one) => ({ ...one, closed: one.blockers.map(reasonOf) })),
    {
      order: wholeOrder(service.mechanismOrder),
      budgetMicros: policy.strategyBudgets[strategy],
      left,
    },
  )
}

/** Without its full stop: it stands in a line with others. */
export const reasonOf = (blocker: Blocker): string => sentence(blocker).replace(/\.$/, '')

/** What a plan says of it; nothing where there was nothing to choose from. */
export const waysOf = (
  { strategy }: Wish,
  { because, others }: Pick<Choice<Offered>, 'because' | 'others'>,
): Pick<Plan, 'ways'> => (others.length === 0 ? {} : { ways: { strategy, because, others } })

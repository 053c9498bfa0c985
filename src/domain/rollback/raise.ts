import type { Raise } from '#domain/authority/matrix.ts'
import { isSoftBlocker, type Plan } from './plan.ts'
import type { RollbackState } from './state.ts'
import { isTogether } from './together.ts'

/** What the next decision on a rollback needs beyond the window: a spent budget and soft blockers ask for more, and so do those of whatever is decided with it. */
export const raiseOf = (
  rollback: Pick<RollbackState, 'floor' | 'plan' | 'together' | 'voided'>,
): Raise => ({
  atLeast: rollback.floor,
  levels: Math.max(
    raiseFor(rollback.plan).levels,
    isTogether(rollback) ? (rollback.together?.levels ?? 0) : 0,
  ),
})

/** The same for a plan that nobody has decided on yet. */
export const raiseFor = (plan: Plan | undefined): Raise => ({
  atLeast: undefined,
  levels: plan?.warnings.some(isSoftBlocker) ? 1 : 0,
})

import type { Raise } from '#domain/authority/matrix.ts'
import { isSoftBlocker, type Plan } from './plan.ts'
import type { RollbackState } from './state.ts'

/** What the next decision on a rollback needs beyond the window: a spent budget and soft blockers ask for more. */
export const raiseOf = ({ floor, plan }: Pick<RollbackState, 'floor' | 'plan'>): Raise => ({
  atLeast: floor,
  levels: plan?.warnings.some(isSoftBlocker) ? 1 : 0,
})

/** The same for a plan that nobody has decided on yet. */
export const raiseFor = (plan: Plan): Raise => raiseOf({ floor: undefined, plan })

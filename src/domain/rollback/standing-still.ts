import { isOpen } from './phase.ts'
import type { Standstill } from './plan.ts'
import type { RollbackState } from './state.ts'

/**
 * What stands still for a rollback at this moment, or is about to: from its plan until everything was started again, and while it
 * is taken back. Where that went wrong, until somebody ends the incident or lifts the freeze. Empty for any other rollback.
 */
export const standingStill = ({
  plan,
  phase,
}: Pick<RollbackState, 'plan' | 'phase'>): readonly Standstill[] =>
  phase === 'stuck' || (isOpen({ phase }) && phase !== 'verifying') ? (plan?.stops ?? []) : []

import type { RollbackState } from './state.ts'
import { nextWay, type OtherWay } from './ways.ts'

/** The way that may be taken instead, once the one under way has failed or spent its budget (policy §2). */
export function offeredWay({
  plan,
  phase,
  budgetSpentAt,
  collapsed,
}: Pick<RollbackState, 'plan' | 'phase' | 'budgetSpentAt' | 'collapsed'>): OtherWay | undefined {
  const isSpent =
    phase === 'failed' ||
    (budgetSpentAt !== undefined &&
      collapsed === undefined &&
      (phase === 'applying' || phase === 'settling'))
  return isSpent ? nextWay(plan?.ways?.others) : undefined
}

export const isWayOffered = (rollback: Parameters<typeof offeredWay>[0]): boolean =>
  offeredWay(rollback) !== undefined

import type { RollbackState } from './state.ts'
import { type Mechanism, nextWay, type OtherWay } from './ways.ts'

type UnderWay = Pick<RollbackState, 'plan' | 'steps' | 'at'>

/** Which way the rollback is on. Of flags that go before another way, only they are until the last of them is off. */
export const wayUnderWay = ({ plan, steps, at }: UnderWay): Mechanism | undefined => {
  const maker = steps[at]?.executor
  return maker !== undefined && plan?.also?.some(({ target }) => target.executor === maker)
    ? 'flag-off'
    : plan?.mechanism
}

/** What may be done instead: where a flag that was to go first does not, the way itself without it. */
export function wayInstead(state: UnderWay): OtherWay | undefined {
  const { plan } = state
  if (!plan || wayUnderWay(state) === plan.mechanism) return nextWay(plan?.ways?.others)
  const { mechanism, expectedMicros } = plan
  return { mechanism, expectedMicros, isOpen: true, why: 'without the flag' }
}

/** The way that may be taken instead, once the one under way has failed or spent its budget (policy §2). */
export function offeredWay(
  state: UnderWay & Pick<RollbackState, 'phase' | 'budgetSpentAt' | 'collapsed'>,
): OtherWay | undefined {
  const { phase, budgetSpentAt, collapsed } = state
  const isSpent =
    phase === 'failed' ||
    (budgetSpentAt !== undefined &&
      collapsed === undefined &&
      (phase === 'applying' || phase === 'settling'))
  return isSpent ? wayInstead(state) : undefined
}

export const isWayOffered = (rollback: Parameters<typeof offeredWay>[0]): boolean =>
  offeredWay(rollback) !== undefined

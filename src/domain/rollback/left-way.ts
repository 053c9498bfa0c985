import type { Mechanism } from './ways.ts'
import type { Phase } from './phase.ts'
import type { RollbackState } from './state.ts'

/** What a rollback goes back to when nothing comes of the other way: it has been begun, and must not look as if nothing had happened. */
export type SetAside = Pick<RollbackState, 'plan' | 'digest' | 'steps' | 'at' | 'collapsed'>

type Enter = (phase: Phase, more?: Partial<RollbackState>) => RollbackState

/** Leaves the way under way where it stands. Another plan is made, and decided on anew. */
export function leaveWay(enter: Enter, state: RollbackState, way: Mechanism): RollbackState {
  const { plan, digest, steps, at, collapsed, left } = state
  return enter('awaiting_plan', {
    approvals: [],
    approved: undefined,
    left: [...left, way],
    setAside: { plan, digest, steps, at, collapsed },
    voided: undefined,
    progress: undefined,
  })
}

/** There is no other way after all, or nobody wants it: people choose again, where the first one was left. */
export const backAtFailed = (
  enter: Enter,
  state: RollbackState,
  message: string,
): RollbackState | undefined =>
  state.setAside &&
  enter('failed', {
    ...state.setAside,
    setAside: undefined,
    failure: { step: state.setAside.at, message, changed: 'maybe', applied: true },
  })

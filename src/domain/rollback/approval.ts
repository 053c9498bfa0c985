import type { Refusal } from '#domain/authority/refusal.ts'
import { above, type Role } from '#domain/authority/role.ts'
import type { PersonId, PlanDigest } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { Decided, RollbackEvent } from './events.ts'
import type { RollbackState } from './state.ts'

export interface Approval {
  readonly by: PersonId
  readonly identity: string
  readonly as: Role
  readonly needed: Role
  readonly at: Instant
  readonly elapsedMicros: number
  readonly digest: PlanDigest
  readonly breakGlass: string | null
  readonly acknowledged: string | null
}

export interface Attempt {
  readonly by: PersonId
  readonly at: Instant
  readonly decided: Decided
  readonly because: Refusal
}

/** One more person has approved; with the last of them it is decided. */
export function approved(
  state: RollbackState,
  at: Instant,
  event: Extract<RollbackEvent, { kind: 'approval_given' }>,
): RollbackState {
  const { by, identity, as, needed, elapsedMicros, digest, acknowledged, breakGlass } = event
  const approvals = [
    ...state.approvals,
    { by, identity, as, needed, at, elapsedMicros, digest, acknowledged, breakGlass },
  ]
  const broken =
    breakGlass === null ? state.breakGlass : { by, reason: breakGlass, reviewedBy: undefined }
  return event.complete
    ? {
        ...state,
        approvals,
        approved: { by, as, at },
        breakGlass: broken,
        countdown: undefined,
        phase: 'approved',
        since: at,
      }
    : { ...state, approvals, breakGlass: broken }
}

/** After a spent budget whoever approved is no longer enough. */
export const aboveApprover = ({ approved, floor }: RollbackState): Role | undefined =>
  (approved && above(approved.as)) ?? floor

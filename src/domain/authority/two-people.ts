import { isMachine } from '#domain/alerts/alert.ts'
import type { PersonId } from '#domain/ids.ts'
import { mayLose } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'

/** Two people are needed when the service asked for them at the request or asks for them today: the stricter holds. */
export const heldTo = (rollback: RollbackState, { twoPerson }: Service): RollbackState =>
  twoPerson && !rollback.twoPerson ? { ...rollback, twoPerson } : rollback

/** Two must approve: two people are needed and what asked is none, or something may be lost for good. */
export const isShortOfOne = ({
  twoPerson,
  requestedBy,
  plan,
}: Pick<RollbackState, 'twoPerson' | 'requestedBy' | 'plan'>): boolean =>
  (twoPerson && isMachine(requestedBy)) || mayLose(plan)

/** Who cannot be the one that is still missing, so nobody needs to ask them: the requester of two, and whoever has approved. */
export function cannotBeTheOther(rollback: RollbackState): readonly PersonId[] {
  if (rollback.phase !== 'awaiting_approval') return []
  const { twoPerson, requestedBy, approvals } = rollback
  return [...(twoPerson ? [requestedBy] : []), ...approvals.map(({ by }) => by)]
}

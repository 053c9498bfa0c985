import type { PersonId } from '#domain/ids.ts'
import type { TimelineEvent } from './events.ts'

/** Nobody need be called to decide any more: a person has, or automation. */
export const isDecision = (event: TimelineEvent): boolean =>
  event.kind === 'automation_approved' || decidedBy(event) !== undefined

/** Who decided, with the authority to, what is done about an incident. That whoever asked takes it back decides nothing. */
export function decidedBy(event: TimelineEvent): PersonId | undefined {
  switch (event.kind) {
    case 'approval_given':
      return event.complete ? event.by : undefined
    case 'rollback_rejected':
      return event.by
    case 'rollback_cancelled':
      return event.as === 'requester' ? undefined : event.by
    case 'countdown_stopped':
      return event.by === 'countermand' || event.as === null ? undefined : event.by
    default:
      return undefined
  }
}

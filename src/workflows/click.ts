import type { DeliveryId, IncidentId, PersonId, RollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'

/** Somebody pressed a button of a card. `delivery` makes a repeated click the same click. */
export interface Click {
  readonly by: PersonId
  readonly rollback: RollbackId
  readonly delivery: DeliveryId
  /** What was read for showing where the button stands: what is decided by is read again behind the lock. */
  readonly seen?: { readonly incident: IncidentId; readonly history: History }
}

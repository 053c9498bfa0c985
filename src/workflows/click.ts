import type { DeliveryId, PersonId, RollbackId } from '#domain/ids.ts'

/** Somebody pressed a button of a card. `delivery` makes a repeated click the same click. */
export interface Click {
  readonly by: PersonId
  readonly rollback: RollbackId
  readonly delivery: DeliveryId
}

import type { IncidentId, RollbackId } from '#domain/ids.ts'

/** New names; incident ids are short enough to say aloud: `inc-checkout-7fk3qd`. */
export interface Ids {
  incident(service: string): IncidentId
  rollback(): RollbackId
}

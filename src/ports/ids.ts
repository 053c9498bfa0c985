import type { IncidentId, RollbackId } from '#domain/ids.ts'

/** New names; incident ids are short enough to say aloud: `inc-20261121-checkout-7f3`. */
export interface Ids {
  incident(service: string): IncidentId
  rollback(): RollbackId
}

import type { Mechanism } from '#domain/rollback/ways.ts'
import type { Away, Leg } from '#ports/promoter.ts'

/** One that is as fast as it gets. */
export const onlyWay = (mechanism: Mechanism, leg: Leg): Away => ({
  ...leg,
  mechanism,
  collapse: [],
  collapseHow: null,
})

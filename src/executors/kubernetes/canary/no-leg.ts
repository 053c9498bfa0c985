import type { Mechanism } from '#domain/rollback/ways.ts'
import type { Away, Leg } from '#ports/promoter.ts'

/** Nothing to do, or nothing that may be done. */
export const noLeg = (blockers: Leg['blockers']): Leg => ({
  steps: [],
  how: '',
  reaches: 0,
  expectedMicros: 0,
  differences: [],
  warnings: [],
  blockers,
})

/** One that is as fast as it gets. */
export const onlyWay = (mechanism: Mechanism, leg: Leg): Away => ({
  ...leg,
  mechanism,
  collapse: [],
  collapseHow: null,
})

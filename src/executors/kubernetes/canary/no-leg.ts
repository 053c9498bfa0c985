import type { Leg } from '#ports/promoter.ts'

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

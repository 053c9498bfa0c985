import type { Blocker } from '#domain/rollback/plan.ts'
import type { Mechanism } from '#domain/rollback/ways.ts'
import { micros } from '#domain/time.ts'
import type { Route } from '#ports/executor.ts'
import type { Leg } from '#ports/promoter.ts'

/** A way that is closed: it has no steps, and its blockers say why. */
export const closedRoute = (mechanism: Mechanism, ...blockers: readonly Blocker[]): Route => ({
  steps: [],
  collapse: [],
  collapseHow: null,
  differences: [],
  warnings: [],
  blockers,
  mechanism,
  how: '',
  expectedMicros: micros(0),
})

/** Nothing to do for a canary, or nothing that may be done. */
export const noLeg = (blockers: Leg['blockers']): Leg => ({
  steps: [],
  how: '',
  reaches: 0,
  expectedMicros: 0,
  differences: [],
  warnings: [],
  blockers,
})

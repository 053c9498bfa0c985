import type { OwnPolicy } from './assessment/limits.ts'
import type { AssessmentPolicy } from './assessment/policy.ts'
import type { Matrix } from './authority/matrix.ts'
import type { SeverityBands } from './incident/bands.ts'
import type { RollbackPolicy } from './rollback/policy.ts'

/** Every number that decides something, as loaded. `hash` names this version on the timeline. */
export interface Policy {
  readonly matrix: Matrix
  readonly rollback: RollbackPolicy
  readonly bands: SeverityBands
  readonly assessment: Omit<AssessmentPolicy, 'bands'>
  /** Of services that have something of their own. */
  readonly own?: Readonly<Record<string, OwnPolicy>>
  readonly hash: string
}

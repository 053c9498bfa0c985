import type { Json } from '#domain/json.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'

/** What a canary is right now, as its platform says. */
export interface CanaryState {
  readonly stable: Revision
  /** `undefined`: none is under way. */
  readonly canary: Revision | undefined
  /** Percent that the canary takes, 0–100, as the platform counts; what it really is by its instances stands in `units` and `warnings`. */
  readonly share: number
  readonly of: 'traffic' | 'instances'
  /** The shares at which the platform itself stops, ascending, 100 last; `undefined` where any can be asked for. */
  readonly stops: readonly number[] | undefined
  /** Of the canary alone. */
  readonly units: { readonly noun: string; readonly count: number; readonly ready: number }
  /** What must still be true when a step starts. Two equal ones are the same canary at the same step. */
  readonly precondition: Json
  readonly warnings: readonly Warning[]
  /** Facts that forbid to move it forward now. */
  readonly blockers: readonly Blocker[]
}

/** Where a canary shall have come to: 0 when it is gone, 100 when it is the stable version. */
export interface CanaryGoal {
  readonly share: number
  readonly canary: Serving
  readonly stable: Serving
}

/** A version, and the images it ran with when it was seen. */
type Serving = Pick<Revision, 'id' | 'images'>

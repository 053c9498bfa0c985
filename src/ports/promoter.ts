import type { Json } from '#domain/json.ts'
import type { Leftover } from '#domain/leftover.ts'
import type { CanaryGoal, CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker, Difference, Step, Warning } from '#domain/rollback/plan.ts'

import type { Mechanism } from '#domain/rollback/ways.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'

/** What moving a canary takes. The executor carries the steps out, follows them and takes them back as it does those of a rollback. */
export interface Leg {
  readonly steps: readonly Step[]
  /** In a few words for whoever approves it. */
  readonly how: string
  /** Percent that the canary really takes then: 1 of 11 instances are 9. */
  readonly reaches: number
  readonly expectedMicros: number
  /** What the canary has that the stable version has not; empty where the stable version stays as it is. */
  readonly differences: readonly Difference[]
  readonly warnings: readonly Warning[]
  /** Where there are any, there are no steps. */
  readonly blockers: readonly Blocker[]
  readonly leftover?: Leftover
}

/** Whether a canary is drained in a few steps, or goes at once. A platform with one way of its own takes that. */
export type Pace = 'gradual' | 'immediate'

/** One way to take a canary away. */
export interface Away extends Leg {
  readonly mechanism: Mechanism
  /** The rest of it in one move; empty where there is no faster one. */
  readonly collapse: readonly Step[]
  readonly collapseHow: string | null
  /** What its progress is counted in, where that is not the canary's instances. */
  readonly units?: { readonly noun: string; readonly count: number }
}

/** Where a platform can move a canary. Every method may be called again, and none but the executor's `apply` changes anything. */
export interface Promoter {
  /** Whether a target of this kind and configuration can have a canary at all. Reads no network. */
  covers(target: Target): boolean
  /** Whether its canary is a workload of its own beside it, which a rollback of the target alone would leave as it is. Reads no network. */
  isBeside(target: Target): boolean
  /** Throws `TargetGone` when the platform says that the target is not there, and otherwise when it does not answer. */
  canary(target: Target, signal: AbortSignal): Promise<CanaryState>
  /** To `share` percent; 100 is promoted in full: the stable version is the canary's afterwards, and nothing else serves. Throws `Superseded` when `canary` is out of date. */
  forward(
    target: Target,
    canary: CanaryState,
    share: number,
    operation: string,
    signal: AbortSignal,
  ): Promise<Leg>
  /** Takes the canary's traffic away, then the canary, at once where no pace is named; leaves the stable version as it is. Throws `Superseded` when `canary` is out of date. */
  away(
    target: Target,
    canary: CanaryState,
    operation: string,
    signal: AbortSignal,
    pace?: Pace,
  ): Promise<Leg>

  /** Every way to take it away that the target is configured for, open or not: of those that are closed, the blockers say why. */
  ways(
    target: Target,
    canary: CanaryState,
    pace: Pace,
    operation: string,
    signal: AbortSignal,
  ): Promise<readonly Away[]>
  /** Stops it where it stands; a leg without steps where nothing moves by itself. Throws `Superseded` when `canary` is out of date. */
  hold(target: Target, canary: CanaryState, operation: string, signal: AbortSignal): Promise<Leg>
  /** Why what was approved can no longer begin, in a sentence; `undefined` while it can. */
  changedSince(target: Target, precondition: Json, signal: AbortSignal): Promise<string | undefined>
  /** In effect: the canary takes `share`, or is gone, or is the stable version, and what serves is healthy. */
  verify(target: Target, goal: CanaryGoal, signal: AbortSignal): Promise<readonly Check[]>
}

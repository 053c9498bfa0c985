import type { Json } from '#domain/json.ts'
import type { CanaryGoal, CanaryState } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Away, Leg, Pace } from '#ports/promoter.ts'
import type { KubernetesTarget } from '../schema.ts'

type Own = Checked<KubernetesTarget>

/** One way of having a canary on Kubernetes: what a `Promoter` does, for the targets that are configured so. */
export interface Mover {
  find(target: Own, signal: AbortSignal): Promise<Found>
  changedSince(target: Own, precondition: Json, signal: AbortSignal): Promise<string | undefined>
  verify(target: Own, goal: CanaryGoal, signal: AbortSignal): Promise<readonly Check[]>
}

/** A canary as it was found. Its legs are made of that; only what they would meet on the server is asked anew. */
export interface Found {
  readonly state: CanaryState
  forward(share: number, operation: string, signal: AbortSignal): Promise<Leg>
  away(pace: Pace, operation: string, signal: AbortSignal): Promise<Leg>
  /** Every way to take it away, open or not; the usual one first. */
  ways(pace: Pace, operation: string, signal: AbortSignal): Promise<readonly Away[]>
  hold(): Leg
}

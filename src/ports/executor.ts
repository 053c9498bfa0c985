import type { RevisionId } from '#domain/ids.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Json } from '#domain/json.ts'
import type { Leftover } from '#domain/leftover.ts'
import type {
  Blocker,
  Difference,
  Plan,
  Standstill,
  Step,
  SyncPause,
  Warning,
} from '#domain/rollback/plan.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { Delivery } from './delivery.ts'
import type { Freezer } from './freezer.ts'
import type { Holder } from './holder.ts'
import type { Instances } from './instances.ts'
import type { Promoter } from './promoter.ts'
import type { Quiescer } from './quiescer.ts'
import type { Syncer } from './syncer.ts'

/** What a platform itself says against going back to a version. */
export interface Objection {
  /** Why it cannot be used although it is known, and what to do about that. */
  readonly missing?: string
  readonly bad?: { readonly since: Instant; readonly because: string }
}

/** What runs now and what could run instead, newest first. Read-only and safe to repeat. */
export interface Observed {
  readonly running: Revision
  /** Name of the version that still serves, where `running` is only on its way; absent where they are one. */
  readonly serves?: string
  readonly history: readonly Revision[]
  /** For the executor's own `candidates`; absent where its platform says nothing. */
  readonly objections?: ReadonlyMap<RevisionId, Objection>
  /** Versions that the platform finds able to serve at this moment, whether they do or not; absent where it cannot know. */
  readonly well?: ReadonlySet<RevisionId>
  /** What must still be true when the first step starts (uid, generation, cluster). */
  readonly precondition: Json
  readonly warnings: readonly Warning[]
  /** Facts that forbid a rollback now, whatever the target. */
  readonly blockers: readonly Blocker[]
  readonly units: { readonly noun: string; readonly count: number; readonly ready: number }
}

/** What an executor says about going to one revision; the workflow adds who, why and when. */
export interface Route {
  readonly steps: readonly Step[]
  readonly collapse: readonly Step[]
  /** What collapsing does to what runs, in a sentence for whoever decides on it; null when `collapse` is empty. */
  readonly collapseHow: string | null
  readonly differences: readonly Difference[]
  readonly warnings: readonly Warning[]
  readonly blockers: readonly Blocker[]
  /** What the first steps pause, of `collapse` as well. */
  readonly pauses?: readonly SyncPause[]
  /** As `Plan.stops`. */
  readonly stops?: readonly Standstill[]
  /** As `Plan.leftover`. */
  readonly leftover?: Leftover
  readonly mechanism: Plan['mechanism']
  readonly how: string
  readonly expectedMicros: number
}

/** The revision that shall serve, and the images it ran with when it was the current one. */
export type Goal = Pick<Revision, 'id' | 'images'>

/** What was shown and approved, as far as it must still be so when it begins. */
export type Approved = Pick<Plan, 'target' | 'precondition' | 'from' | 'to'> &
  // Absent of what is taken back beside the plan's own target.
  Partial<Pick<Plan, 'mechanism'>>

/** A look at a step that is under way. */
export type Progress =
  | {
      readonly kind: 'moving'
      readonly ready: number
      readonly wanted: number
      readonly note: string
    }
  | { readonly kind: 'settled'; readonly ready: number; readonly wanted: number }
  | {
      readonly kind: 'failed'
      readonly message: string
      /** As `LeftHalfway`. */
      readonly left?: 'halfway'
      /** What it began has ended, and no waiting helps: the change that makes it once more, for whoever wants that. Absent while it may only be slow. */
      readonly again?: Json
      readonly ready: number
      readonly wanted: number
    }

/** Thrown by `apply` when what was approved is no longer what is there; nothing was changed. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** Thrown when the platform refuses it, for want of a right or by a rule of its own (`why`); names the verb and the resource. Nothing was changed. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
  readonly verb: string
  readonly resource: string
  constructor(
    verb: string,
    resource: string,
    { why, ...options }: ErrorOptions & { readonly why?: string } = {},
  ) {
    super(`not allowed to ${verb} ${resource}${why ? `: ${why}` : ''}`, options)
    this.verb = verb
    this.resource = resource
  }
}

/** The same by a rule of the platform's own, which the message says in whole. */
export class Refused extends NotAllowed {
  constructor(verb: string, resource: string, message: string, options: ErrorOptions = {}) {
    super(verb, resource, options)
    this.message = message
  }
}

/** Thrown by `apply` when what it did, or found, is for a person to mend: trying once more would make it worse. Something may have been changed. */
export class NeedsPerson extends Error {
  override readonly name = 'NeedsPerson'
}

/** The same, and production stands between two states until somebody has mended it: whoever is on call is called for it. The first sentence of its message says what stands so. */
export class LeftHalfway extends NeedsPerson {}

/** A piece of what the bad version left behind, already scrubbed of secrets. */
export interface Evidence {
  readonly name: string
  readonly kind: 'logs' | 'previous-logs' | 'events' | 'status'
  readonly text: string
}

/** What keeps a target from being rolled back in full, found before it is needed; sentences without their first word, which is the service's name. */
export interface Shortcoming {
  /** `blocks`: no rollback is possible. `limits`: one is, without some ability; `choice`: without one that may be left out. `excess`: a credential may more than is ever needed. */
  readonly kind: 'blocks' | 'limits' | 'choice' | 'excess'
  readonly text: string
  /** What to do about it. */
  readonly remedy: string
}

/** One kind of platform. Every method may be called again with the same arguments and then finds its work done. */
export interface Executor {
  readonly kind: string
  /** Problems with a target's spec as configured, in sentences; empty when it is fine. Reads no network. */
  problems(spec: Json): readonly string[]
  observe(target: Target, signal: AbortSignal): Promise<Observed>
  /** The way from what runs to `to`, dry-run on the platform where it can. Changes nothing. */
  route(
    target: Target,
    observed: Observed,
    to: RevisionId,
    operation: string,
    signal: AbortSignal,
  ): Promise<Route>
  /** Every other way to the same version that the target is configured for, open or not; a way's blockers say why it is closed. Changes nothing. */
  readonly ways?: (
    target: Target,
    observed: Observed,
    to: RevisionId,
    strategy: Strategy,
    operation: string,
    signal: AbortSignal,
  ) => Promise<readonly Route[]>
  /** Why `plan` can no longer begin as it was shown; undefined while it can. Reads no more than it must, for production waits. Throws `NotAllowed`, or when the platform does not answer. */
  changedSince(plan: Approved, signal: AbortSignal): Promise<string | undefined>
  /** Makes one change. Idempotent by `operation`: repeated after a lost answer it reads the outcome back. Throws `Superseded` or `NotAllowed` before anything changed. */
  apply(change: Json, operation: string, signal: AbortSignal): Promise<void>
  /** Follows a change until it is settled or failed; ends after one of those. Ends early only by `signal`. */
  progress(change: Json, signal: AbortSignal): AsyncIterable<Progress>
  /** Asserts that `to`, and only it, serves: units ready, endpoints, serving image – the one it had when it served before, where that is known. */
  verify(target: Target, to: Goal, signal: AbortSignal): Promise<readonly Check[]>
  /** Logs (with the previous container's), events and statuses of the instances of `bad`. */
  evidence(target: Target, bad: RevisionId, signal: AbortSignal): Promise<readonly Evidence[]>
  /** Marks each revision of `observed` with what is known of it. */
  candidates(target: Target, observed: Observed): Promise<readonly Candidate[]>
  /** Looks for everything that would be in the way of a rollback: rights, names, owners. Read-only; throws when the platform does not answer. */
  examine(target: Target, signal: AbortSignal): Promise<readonly Shortcoming[]>
  /** Where the platform can stop deploys of a target while it is rolled back. */
  readonly freezer?: Freezer
  /** Where the platform can refuse a version that is held. */
  readonly holder?: Holder
  /** Where somebody brings what Git has, and can be paused. */
  readonly syncer?: Syncer
  /** Where the platform shows how its instances are. */
  readonly instances?: Instances
  /** Where another controller may roll out, and back, by itself. */
  readonly delivery?: Delivery
  /** Where the platform can move a canary forward, and away. */
  readonly promoter?: Promoter
  /** Where every instance of a target can be stopped, and as many brought back. */
  readonly quiescer?: Quiescer
  /** The exact command a person types to look at the target. */
  lookCommand(target: Target): string
}

import type { PlanDigest, RollbackId, ServiceId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import type { Leftover } from '#domain/leftover.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { Revision } from './revision.ts'
import type { Mechanism, OtherWay } from './ways.ts'

/** One reversible change, as data: shown in the preview, recorded before it is applied, replayed after a crash. */
export interface Step {
  /** Past tense once done, as on the card: `template restored`. */
  readonly name: string
  /** The kind of platform that makes it, where that is another than the target's own: a flag beside a Deployment. */
  readonly executor?: string
  readonly change: Json
  readonly undo: Json
  /** What it then waits for (`pods`), `undefined` when nothing. */
  readonly settles: string | undefined
  /** What taking it back waits for, `null` nothing; absent where that is the same as for the change, and in plans of earlier versions. */
  readonly undoSettles?: string | null
  /** When it fails: take the earlier steps back, or leave everything and ask people. */
  readonly onFailure: 'undo' | 'ask'
  /** What it made stays when it is taken back, and harms nobody: a slot that runs and gets no requests. */
  readonly stays?: true
}

/** Whether a step that was taken back is done only when its effects have come. */
export const isUndoSettling = ({ settles, undoSettles = settles ?? null }: Step): boolean =>
  undoSettles !== null

/** A line of the difference between two revisions. Values of environment variables and secrets are never shown. */
export interface Difference {
  readonly what: 'image' | 'env' | 'resources' | 'probe' | 'config' | 'command' | 'other'
  readonly where: string
  readonly from: string | undefined
  readonly to: string | undefined
}

export type Blocker =
  | { readonly kind: 'nothing_to_go_back_to'; readonly considered: readonly string[] }
  | { readonly kind: 'already_there'; readonly revision: string }
  | { readonly kind: 'controller_lagging'; readonly generation: number; readonly observed: number }
  | { readonly kind: 'target_missing'; readonly revision: string; readonly why: string }
  /** It cannot run on the schema as it is today. `safe`: the newest good version that can. */
  | {
      readonly kind: 'schema_crossed'
      readonly revision: string
      readonly why: string
      readonly safe: string | null
    }
  | { readonly kind: 'cannot_reach'; readonly what: string; readonly why: string }
  | { readonly kind: 'not_allowed'; readonly verb: string; readonly resource: string }
  | { readonly kind: 'refused_by_platform'; readonly message: string }
  | { readonly kind: 'unsupported'; readonly why: string }

export type Warning =
  | { readonly kind: 'paused' }
  | { readonly kind: 'in_flight'; readonly ready: number; readonly wanted: number }
  | { readonly kind: 'zero_replicas' }
  | { readonly kind: 'nothing_serving' }
  | {
      readonly kind: 'autoscaler'
      readonly name: string
      readonly min: number
      readonly max: number
    }
  | {
      readonly kind: 'gitops_owner'
      readonly tool: string
      readonly name: string
      readonly why?: string
      /** The workload of which it may bring back how many instances there are; else it is a version. */
      readonly scales?: string
    }
  /** It brings what Git has only when somebody asks. */
  | { readonly kind: 'synced_by_hand'; readonly tool: string; readonly name: string }
  /** Its sync is paused for this, and with it that of `others`. */
  | {
      readonly kind: 'sync_paused'
      readonly tool: string
      readonly name: string
      readonly others: readonly string[]
    }
  | { readonly kind: 'last_applied'; readonly manager: string }
  | { readonly kind: 'mutable_tag'; readonly image: string }
  /** Known to name another image than the one that served: digests, `sha256:…`. */
  | {
      readonly kind: 'tag_moved'
      readonly image: string
      readonly served: string
      readonly now: string
    }
  /** The platform's own progressive delivery was stopped on its way; it serves from the version before. */
  | { readonly kind: 'aborted'; readonly why: string }
  /** It is on its way, at this step of so many. */
  | { readonly kind: 'canary_step'; readonly step: number; readonly steps: number }
  /** Flagger has its traffic in hand, and stands there: a share in percent. */
  | {
      readonly kind: 'flagger_phase'
      readonly name: string
      readonly phase: string
      readonly share: number
    }
  | { readonly kind: 'flagger_suspended'; readonly name: string }
  /** Flagger would not hear that it shall take the version back; its instances are replaced instead. */
  | {
      readonly kind: 'flagger_not_asking'
      readonly name: string
      readonly because: 'suspended' | 'not_listed' | 'not_ready' | 'not_answered'
    }
  /** What is gone back to is a new version to Flagger, which tries it once more. */
  | { readonly kind: 'flagger_tries_again'; readonly name: string; readonly revision: string }
  /** What serves reads copies of the configuration, which going back does not bring back. */
  | { readonly kind: 'copied_config'; readonly names: readonly string[] }
  /** It goes on to its next step when it has been at this one for so long, unless somebody holds it. */
  | { readonly kind: 'moves_on'; readonly afterMicros: number }
  /** A Deployment that only lends its template runs pods of its own, which take every new one at once. */
  | { readonly kind: 'pods_beside'; readonly name: string; readonly count: number }
  /** So few instances that the share which is asked for is not the one that comes of it. */
  | {
      readonly kind: 'coarse_share'
      readonly asked: number
      readonly own: number
      readonly all: number
      readonly noun: string
    }
  /** What an analysis of the platform's own says, in its words. */
  | {
      readonly kind: 'analysis'
      readonly name: string
      readonly result: string
      readonly why: string
    }
  | { readonly kind: 'stuck_pod'; readonly pod: string; readonly why: string }
  /** What may be lost for good when this is done, in a clause: two people decide on that. */
  | { readonly kind: 'possible_loss'; readonly text: string }
  | { readonly kind: 'marked_bad'; readonly revision: string; readonly because: string }
  /** Nobody knows whether it runs on the schema as it is today; in a clause. */
  | { readonly kind: 'schema_unverified'; readonly text: string }
  | { readonly kind: 'unproven_target'; readonly revision: string }
  | { readonly kind: 'rollback_of_rollback'; readonly rollback: RollbackId }
  | { readonly kind: 'config_changed'; readonly names: readonly string[] }
  | { readonly kind: 'short_capacity'; readonly detail: string }
  /** What an approver must know of the way that the requests take. */
  | { readonly kind: 'traffic'; readonly text: string }
  /** What the platform does beside us, in a clause. */
  | { readonly kind: 'platform'; readonly text: string }
  /** Parts that were otherwise when the version served, and that stay as they are now. */
  | { readonly kind: 'not_restored'; readonly what: readonly string[] }
  /** A right that this plan works without; `loses` says what the service does without it. */
  | {
      readonly kind: 'missing_right'
      readonly verb: string
      readonly resource: string
      readonly loses: string
    }

/** Soft blockers: approving over one needs a typed acknowledgement and one authority level more (policy §3). */
export const softBlockers: readonly Warning['kind'][] = [
  'marked_bad',
  'gitops_owner',
  'rollback_of_rollback',
  'possible_loss',
  'schema_unverified',
]
export const isSoftBlocker = (warning: Warning): boolean => softBlockers.includes(warning.kind)

/** What may be lost cannot be brought back: one more person than otherwise approves it. */
export const mayLose = (plan: Plan | undefined): boolean =>
  plan?.warnings.some(({ kind }) => kind === 'possible_loss') ?? false

/** A tool that brings what Git has, and is paused so that it does not take the rollback back. */
export interface SyncPause {
  readonly tool: string
  /** `Application argocd/shop`. */
  readonly name: string
}

/** A service that stands still while what it works on is changed: nobody else rolls it back or promotes it meanwhile. */
export interface Standstill {
  readonly service: ServiceId
  readonly target: Target
  /** Deploys of it are frozen meanwhile; absent where its platform cannot. */
  readonly freezes?: true
}

/** What is taken from where to where, as far as it must still be so when it begins. */
export interface PlanPart {
  readonly target: Target
  readonly precondition: Json
  readonly from: Revision
  readonly to: Revision
}

/** Everything an approver decides on. Two plans with the same digest do the same thing to the same object. */
export interface Plan {
  readonly service: ServiceId
  readonly environment: string
  readonly target: Target
  readonly from: Revision
  readonly to: Revision
  /** Why `to`: `verified good 6 days ago`. */
  readonly chosenBecause: string
  /** Compared again before the first step: uid, generation, cluster. */
  readonly precondition: Json
  readonly steps: readonly Step[]
  /** Taken back with it, such as flags that are switched off before it; absent where nothing is. */
  readonly also?: readonly PlanPart[]
  /** The version that runs, and goes on running: only flags are switched. Absent in any other plan. */
  readonly running?: Revision
  /** What serves beside that, where it is a canary. */
  readonly beside?: Revision
  /** Replaces what is left when somebody collapses the rollback, whatever its strategy; empty when there is no faster way. */
  readonly collapse: readonly Step[]
  /** What the collapse does to what runs, in a sentence; null or absent (plans of earlier versions) where nothing is to be said. */
  readonly collapseHow?: string | null
  readonly differences: readonly Difference[]
  readonly between: readonly string[]
  readonly warnings: readonly Warning[]
  /** Deploys of the service are frozen while it is under way; absent where the platform cannot, and in plans of earlier versions. */
  readonly freezes?: true
  /** What stands still meanwhile, whether it is stopped for that or stood still before; absent where nothing does. */
  readonly stops?: readonly Standstill[]
  /** What the first steps, as many as there are of these, pause; absent where none does. */
  readonly pauses?: readonly SyncPause[]
  /** What the switch leaves behind, and what becomes of it; absent where nothing is left, or it stays. */
  readonly leftover?: Leftover
  readonly mechanism: Mechanism
  /** Why this way, and what became of the others; absent where there is only one, and in plans of earlier versions. */
  readonly ways?: {
    readonly strategy: Strategy
    readonly because: 'first_in_time' | 'first_none_in_time' | 'only_open'
    readonly others: readonly OtherWay[]
  }
  /** That `to` runs on the schema as it is: which that is, and what `to` says it can run on. Absent where nobody says, and in plans of earlier versions. */
  readonly schema?: {
    readonly database: ServiceId
    readonly version: string
    readonly range: string
  }
  /** Only the canary is taken away, which has `share` percent; `from` is its version, and the stable one stays as it is. Absent in any other plan. */
  readonly canary?: { readonly share: number; readonly of: 'traffic' | 'instances' }
  readonly units: { readonly noun: string; readonly count: number }
  readonly how: string
  readonly expectedMicros: number
  readonly budgetMicros: number
  readonly madeAt: Instant
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly digest: PlanDigest }
  | {
      readonly kind: 'blocked'
      readonly blockers: readonly Blocker[]
      readonly candidates: readonly Revision[]
    }

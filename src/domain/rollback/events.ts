import type { Refusal } from '#domain/authority/refusal.ts'
import type { Fired } from '#domain/automation/triggers.ts'
import type { Role } from '#domain/authority/role.ts'
import type {
  DeliveryId,
  PersonId,
  PlanDigest,
  RollbackId,
  ServiceId,
  WorkloadId,
} from '#domain/ids.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { LeftoverEvent } from '#domain/leftover.ts'
import type { Instant } from '#domain/time.ts'
import type { FreezeEvent } from './freeze-events.ts'
import type { InWindow } from './begins.ts'
import type { Plan, Step } from './plan.ts'
import type { ManualReason } from './request.ts'
import type { HoldEvent } from './hold-events.ts'
import type { StepFailed } from './step-failed.ts'
import type { SyncEvent } from './sync-events.ts'
import type { Mechanism } from './ways.ts'
import type { Together, TogetherEvent } from './together.ts'
import type { Check } from './verification.ts'

/** What somebody tried to decide. */
export type Decided =
  | 'approve'
  | 'reject'
  | 'cancel'
  | 'undo'
  | 'collapse'
  | 'keep-waiting'
  | 'next-way'
  | 'lift-hold'
  | 'keep-former'
  | 'resume-sync'
  | 'lift-freeze'
  | 'widen-freeze'
  | 'pin'
  | 'review-break-glass'
  | 'pause-automation'

/** Why nothing happens by itself any more. */
export type CountdownEnd = 'paused' | 'switched_off' | 'recovered' | 'two_people'

interface Of {
  readonly rollback: RollbackId
}

/** What happened to a rollback, in order. Everything else about it is computed from these. Who and when stand beside each event. */
export type RollbackEvent =
  | FreezeEvent
  | HoldEvent
  | (Of & LeftoverEvent)
  | SyncEvent
  | TogetherEvent
  | (Of & {
      readonly kind: 'rollback_requested'
      readonly service: ServiceId
      readonly workload: WorkloadId
      readonly by: PersonId
      readonly to: string | null
      readonly reason: string
      readonly reasonKind: ManualReason
      readonly strategy: Strategy
      readonly twoPerson: boolean
      /** Scheduled start; null is now. */
      readonly notBefore: Instant | null
      /** Its change window, where it was put into one. */
      readonly window?: InWindow
      readonly delivery: DeliveryId
      /** Flags that belong to it go first, whichever way is taken. */
      readonly combined?: true
      /** Asked for while the database was away: two people must approve, and others review it. */
      readonly offline?: true
      /** Asked for by automation, because of this. */
      readonly fired?: Fired
      /** With others, one after the other, under one approval. */
      readonly together?: Together
    })
  /** It is carried out at `until` unless somebody stops it. */
  | (Of & {
      readonly kind: 'countdown_begun'
      readonly until: Instant
      readonly fired: Fired
      readonly digest: PlanDigest
    })
  /** From here on people decide, as on any other. */
  | (Of & {
      readonly kind: 'countdown_stopped'
      readonly because: CountdownEnd
      readonly by: PersonId | 'countermand'
      readonly as: Role | null
      readonly delivery?: DeliveryId
    })
  /** The countdown is over: decided by the rule that somebody switched on, at the level of that minute. */
  | (Of & {
      readonly kind: 'automation_approved'
      readonly rule: Fired['rule']
      readonly as: Role
      readonly digest: PlanDigest
      readonly elapsedMicros: number
      readonly policyHash: string
    })
  | (Of & { readonly kind: 'rollback_planned'; readonly plan: Plan; readonly digest: PlanDigest })
  | (Of & {
      readonly kind: 'approval_given'
      readonly by: PersonId
      /** The directory's key for the human behind the account: two accounts of one person count once (I4). */
      readonly identity: string
      readonly as: Role
      readonly needed: Role
      readonly digest: PlanDigest
      /** Since the incident began, at the decision, on the database's clock after the lock. */
      readonly elapsedMicros: number
      /** False while a co-approval is still missing. */
      readonly complete: boolean
      readonly acknowledged: string | null
      readonly breakGlass: string | null
      readonly delivery: DeliveryId
      readonly policyHash: string
    })
  | (Of & {
      readonly kind: 'decision_refused'
      readonly decided: Decided
      readonly by: PersonId
      readonly because: Refusal
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'escalated'
      readonly to: Role
      readonly because: 'window'
    })
  /** It waits for a person, who has not decided: the level of that minute was asked again. */
  | (Of & { readonly kind: 'reminded'; readonly to: Role })
  | (Of & {
      readonly kind: 'rollback_rejected'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'rollback_cancelled'
      readonly by: PersonId
      readonly as: Role | 'requester'
      readonly delivery: DeliveryId
    })
  | (Of & { readonly kind: 'rollback_expired'; readonly what: 'request' | 'approval' | 'schedule' })
  /** A fresh plan could not be made: there is nothing left to decide on. */
  | (Of & { readonly kind: 'rollback_blocked'; readonly why: string })
  /** What was found at the start was not what had been approved; nothing was changed. */
  | (Of & { readonly kind: 'approval_voided'; readonly why: string })
  | (Of & { readonly kind: 'execution_started' })
  | (Of & {
      readonly kind:
        | 'step_started'
        | 'step_applied'
        | 'step_succeeded'
        | 'undo_started'
        /** Taken back on the platform; its effects are awaited. */
        | 'undo_applied'
        | 'undo_succeeded'
      readonly step: number
    })
  | StepFailed
  | (Of & {
      readonly kind: 'step_retried'
      readonly step: number
      /** What it had begun was over: it is made once more. Absent where it only gets more time. */
      readonly anew?: true
      readonly by: PersonId
      readonly delivery: DeliveryId
    })
  /** This way is left where it stands; another plan follows, which is to be decided on anew. */
  | (Of & {
      readonly kind: 'way_left'
      readonly mechanism: Mechanism
      readonly by: PersonId
      readonly as: Role
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'progressed'
      readonly step: number
      readonly ready: number
      readonly wanted: number
      readonly note: string
    })
  | (Of & { readonly kind: 'budget_spent'; readonly budgetMicros: number })
  | (Of & {
      readonly kind: 'collapsed'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly steps: readonly Step[]
      readonly delivery: DeliveryId
    })
  | (Of & { readonly kind: 'execution_completed' })
  | (Of & {
      readonly kind: 'checked'
      readonly phase: 'verification' | 'watch'
      readonly checks: readonly Check[]
    })
  | (Of & {
      readonly kind: 'verified'
      readonly outcome: 'recovered' | 'not_recovered' | 'unverified'
      readonly checks: readonly Check[]
    })
  | (Of & {
      readonly kind: 'watch_ended'
      /** `superseded`: a later rollback of the same workload has begun. `unverified`: it can be watched no more. */
      readonly outcome: 'stable' | 'degraded' | 'superseded' | 'unverified'
      readonly checks: readonly Check[]
    })
  | (Of & {
      readonly kind: 'undo_authorised'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'break_glass_reviewed'
      readonly by: PersonId
      readonly as: Role
      readonly note: string
      readonly delivery: DeliveryId
    })

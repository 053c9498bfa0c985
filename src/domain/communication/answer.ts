import type { ReviewDecision } from '#domain/configuration/decide-review.ts'
import type { ConfigurationState } from '#domain/configuration/state.ts'
import type { AssessmentEvent } from '#domain/assessment/events.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import type { AutomationState } from '#domain/automation/state.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import type { Role } from '#domain/authority/role.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { IncidentId, PlanDigest, RollbackId, ServiceId } from '#domain/ids.ts'
import type { Decided } from '#domain/rollback/events.ts'
import type { Begins } from '#domain/rollback/begins.ts'
import type { Blocker, Plan } from '#domain/rollback/plan.ts'
import type { RollbackRequest, TogetherRequest } from '#domain/rollback/request.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import type { PromotionRefusal } from '#domain/promotion/refusal.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Durations } from './kpis.ts'

/** Who decides at this minute, for showing before anybody clicks. */
export interface WhoDecides {
  readonly now: Role
  readonly coApprover: Role | undefined
  readonly until: Instant | undefined
  readonly then: readonly { readonly from: Instant; readonly role: Role }[]
  readonly told: readonly Role[]
}

/** What the person who asked or clicked is told, privately. Every one says what can be done next. */
export type Answer =
  | {
      readonly kind: 'requested'
      readonly incident: IncidentId
      readonly rollback: RollbackId
      readonly service: ServiceId
      readonly from: string
      readonly to: string
      readonly who: WhoDecides
      /** Absent for one that begins as soon as it is approved. */
      readonly begins?: Begins
    }
  | {
      readonly kind: 'preview'
      /** What would be typed to ask for it in earnest. */
      readonly request: Pick<RollbackRequest, 'to' | 'severity' | 'since'>
      readonly plan: Plan
      readonly digest: PlanDigest
      readonly who: WhoDecides
      readonly begins?: Begins
      readonly candidates: readonly Candidate[]
    }
  /** Several at once, in the order in which they are carried out; decided on together. */
  | {
      readonly kind: 'requested_together'
      readonly incident: IncidentId
      readonly rollback: RollbackId
      readonly plans: readonly Plan[]
      readonly who: WhoDecides
    }
  | {
      readonly kind: 'preview_together'
      readonly request: Pick<TogetherRequest, 'severity' | 'since'>
      readonly plans: readonly Plan[]
      readonly digest: PlanDigest
      readonly who: WhoDecides
    }
  /** What went out since a moment, the newest first, and what did not. */
  | {
      readonly kind: 'changed_since'
      readonly since: Instant
      readonly changed: readonly {
        readonly service: ServiceId
        readonly version: string
        readonly at: Instant
      }[]
      readonly unchanged: readonly ServiceId[]
      /** Could not be looked at. */
      readonly unseen: readonly ServiceId[]
    }
  /** For some of them there is nothing that could be done: nothing is proposed for any. */
  | {
      readonly kind: 'blocked_together'
      readonly blocked: readonly {
        readonly service: ServiceId
        readonly blockers: readonly Blocker[]
      }[]
      /** Of the others; empty where there is none. */
      readonly others: readonly ServiceId[]
    }
  /** It was to wait for the next change window. */
  | {
      readonly kind: 'no_change_window'
      readonly service: ServiceId
      readonly why: 'not_configured' | 'none_opens'
    }
  | {
      readonly kind: 'blocked'
      readonly service: ServiceId
      readonly blockers: readonly Blocker[]
      readonly candidates: readonly Revision[]
    }
  | {
      readonly kind: 'unknown_service'
      readonly typed: string
      readonly nearest: readonly string[]
      /** What else may have been meant, as it is typed: `/rollback status`. */
      readonly commands?: readonly string[]
    }
  | {
      readonly kind: 'unknown_revision'
      readonly typed: string
      readonly service: ServiceId
      readonly available: readonly Revision[]
    }
  | {
      readonly kind: 'already_under_way'
      readonly service: ServiceId
      /** What was asked for, where it stands still for that of `service`. */
      readonly standing?: ServiceId
      readonly incident: IncidentId
      readonly rollback: RollbackId
    }
  | {
      readonly kind: 'may_not_request'
      readonly why: 'guest' | 'external' | 'deactivated' | 'bot' | 'unknown'
    }
  | {
      readonly kind: 'nobody_can_approve'
      readonly service: ServiceId
      readonly role: Role
      readonly down: readonly string[]
    }
  | { readonly kind: 'start_in_future'; readonly typed: Instant; readonly now: Instant }
  | {
      readonly kind: 'decided'
      readonly decided: Decided
      readonly service: ServiceId
      readonly rollback: RollbackId
      readonly as: Role | 'requester'
      readonly breakGlass: boolean
      /** To go on with a step whose work had ended: it is made once more, and does not only get more time. */
      readonly anew?: true
    }
  /** Counted, but a second person must still agree. */
  | {
      readonly kind: 'counted'
      readonly service: ServiceId
      readonly rollback: RollbackId
      readonly stillNeeds: Role
    }
  | {
      readonly kind: 'refused'
      /** Of several, the one that it is about. */
      readonly over?: ServiceId
      readonly decided: Decided
      readonly service: ServiceId
      readonly rollback: RollbackId
      readonly refusal: Refusal
    }
  | {
      readonly kind: 'status'
      readonly service: ServiceId
      readonly running: Revision | undefined
      /** Name of what serves, while that which runs is only on its way. */
      readonly serves?: string
      readonly unreachable: string | undefined
      /** Absent where nothing may happen by itself. */
      readonly automation?: AutomationState
      /** A canary that is on its way. */
      readonly promotion?: PromotionState
      readonly open: readonly {
        readonly incident: IncidentId
        readonly state: IncidentState
        readonly rollbacks: readonly RollbackState[]
      }[]
      /** The last one that is over, while none is open. */
      readonly last:
        | {
            readonly incident: IncidentId
            readonly state: IncidentState
            readonly durations: readonly Durations[]
          }
        | undefined
    }
  | {
      readonly kind: 'history'
      readonly service: ServiceId
      readonly running: Revision
      /** Name of what serves, while that which runs is only on its way. */
      readonly serves?: string
      readonly candidates: readonly Candidate[]
    }
  /** Written down: what was said, sent or changed. */
  | {
      readonly kind: 'noted'
      readonly what: 'severity' | 'start' | 'announcement' | 'note' | 'correction'
      readonly text: string
    }
  | {
      readonly kind: 'needs_level'
      readonly what:
        | 'lower the severity'
        | 'move the start there'
        | 'publish to customers'
        | 'switch automation off'
        | 'switch automation on'
      readonly needs: Role
      readonly holds: Role | null
    }
  | { readonly kind: 'ticked'; readonly item: string }
  /** The draft of a post-mortem is on its way into the thread. */
  | { readonly kind: 'drafted'; readonly rollback: RollbackId }
  /** Nothing was written, and why, in one sentence. */
  | {
      readonly kind: 'not_written'
      readonly why: string
      /** What can be typed instead, said as it is called where it is shown. */
      readonly next?: {
        readonly to: string
        readonly command: 'rollback' | 'promote'
        readonly service: ServiceId
      }
    }
  /** What may happen to a service by itself now. */
  | {
      readonly kind: 'automation'
      readonly service: ServiceId
      /** Undefined where nothing may. */
      readonly state: AutomationState | undefined
    }
  /** Which policy is in force, whether it was reviewed, and what came of somebody's review of it. */
  | {
      readonly kind: 'policy'
      readonly state: ConfigurationState
      readonly did:
        | Extract<ReviewDecision, { kind: 'refused' }>['because']
        | 'counted'
        | 'reviewed'
        | undefined
    }
  /** How bad it is, what to do and why. */
  | { readonly kind: 'assessed'; readonly assessment: AssessmentState }
  /** Somebody pressed a button of an assessment: what was written, and what stays open beside it. */
  | {
      readonly kind: 'assessment_changed'
      readonly did: AssessmentEvent
      readonly assessment: AssessmentState
      readonly incident: IncidentId | undefined
    }
  /** A canary on its way: asked for just now, asked for before, as it stands, or as it would be shown. */
  | {
      readonly kind: 'promotion'
      readonly said: 'requested' | 'joined' | 'status' | 'preview'
      readonly promotion: PromotionState
      /** Requests of an arm that prove something. */
      readonly minRequests: number
    }
  /** Somebody decided about a canary; `promotion` as it was before. */
  | {
      readonly kind: 'promotion_decided'
      readonly promotion: PromotionState
      readonly did: PromotionEvent
    }
  | {
      readonly kind: 'promotion_refused'
      readonly promotion: PromotionState
      readonly refusal: PromotionRefusal
    }
  | { readonly kind: 'nothing_found'; readonly what: string }
  | {
      readonly kind: 'usage'
      readonly command: string
      readonly problems: readonly string[]
      readonly example: string
    }
  /** Something we need is away: what happened to the request, and what to do. */
  | {
      readonly kind: 'trouble'
      readonly what: string
      readonly done: string
      readonly next: string
    }

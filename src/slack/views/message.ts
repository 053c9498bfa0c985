import type { KnownBlock } from '@slack/types'
import type { AutomationState } from '#domain/automation/state.ts'
import type {
  AssessmentId,
  IncidentId,
  PlanDigest,
  PromotionId,
  RollbackId,
  ServiceId,
} from '#domain/ids.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'

/** `text` is what notifications and screen readers get; it says the same as the blocks in one line. */
export interface Message {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

export type ButtonKind =
  | 'approve'
  | 'reject'
  | 'cancel'
  | 'pause-automation'
  | 'break-glass'
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
  | 'plan-again'
  | 'status-page'
  | 'timeline'
  | 'diff'
  | 'review-break-glass'
  | 'ask'
  | 'checklist'
  | 'tick'

/** What a button of a rollback's card stands for. */
export interface RollbackButton {
  readonly kind: ButtonKind
  readonly rollback: RollbackId
  readonly digest?: PlanDigest
  /** `ask`: the role to ask. `tick`: the checklist item. `plan-again`: the revision to plan for. */
  readonly detail?: string
}

/** What a button about a service stands for, where there is no rollback yet. */
export interface ServiceButton {
  readonly kind: 'start-rollback'
  readonly service: ServiceId
  /** The severity that was found. */
  readonly detail?: string
}

export type AssessmentButtonKind =
  | 'watch-service'
  | 'stop-watching'
  | 'add-impact'
  | 'withdraw'
  | 'ask-owner'
  | 'no-incident'

/** What a button of an assessment stands for. */
export interface AssessmentButton {
  readonly kind: AssessmentButtonKind
  readonly assessment: AssessmentId
  /** `withdraw`: the statement. */
  readonly detail?: string
}

export type PromotionButtonKind =
  | 'promote'
  | 'canary-away'
  | 'hold-canary'
  | 'canary-on'
  | 'canary-again'
  | 'tick-gate'
  | 'keep-left'

/** What a button of a promotion's card stands for. */
export interface PromotionButton {
  readonly kind: PromotionButtonKind
  readonly promotion: PromotionId
  readonly digest?: PlanDigest
  readonly detail?: string
}

/** It is signed into an opaque value: nothing in it is authority. */
export type ButtonAction = RollbackButton | ServiceButton | AssessmentButton | PromotionButton

export type Sign = (action: ButtonAction) => string

export interface CardInput {
  readonly incident: IncidentState
  readonly incidentId: IncidentId
  readonly rollback: RollbackState
  readonly service: Service
  readonly now: Instant
  readonly policy: Policy
  readonly sign: Sign
  /** The exact command a person types to look at the target (`executor.lookCommand`); shown when stuck or failed. */
  readonly look?: string
  /** There are other services of the same owner whose deploys can be frozen. */
  readonly canWiden?: boolean
  /** The rollback command as it is called here. */
  readonly command?: string
  /** What may happen to the service by itself, where it has any. */
  readonly automation?: AutomationState
  /** All that were asked for together with it, itself too, in their order. */
  readonly together?: readonly RollbackState[]
}

import type { KnownBlock, ModalView } from '@slack/types'
import type { Role } from '#domain/authority/role.ts'
import type { ChecklistItemState } from '#domain/checklist/checklist.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { PersonId, RollbackId, ServiceId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { CardInput, Message, Sign } from './message.ts'

export type { ButtonAction, ButtonKind, CardInput, Message, Sign } from './message.ts'
export { isMilestone, isShown } from '#domain/communication/milestones.ts'

/** block_id and action_id of every input, so that whoever reads `view.state.values` needs no strings of its own. */
export const inputs = {
  service: 'service',
  target: 'target',
  reasonKind: 'reason-kind',
  reason: 'reason',
  severity: 'severity',
  status: 'status',
  text: 'text',
} as const
/** callback_id of every modal that is submitted. */
export const callbacks = {
  rollback: 'countermand:modal:rollback',
  reason: 'countermand:modal:reason',
  breakGlass: 'countermand:modal:break-glass',
  acknowledge: 'countermand:modal:acknowledge',
  statusPage: 'countermand:modal:status-page',
} as const

export interface LineContext {
  readonly incident: IncidentState
  /** The rollback the event is about. */
  readonly rollback: RollbackState | undefined
}
export interface AnswerContext {
  readonly now: Instant
  readonly sign: Sign
  /** Slack id of the incident's channel, for pointing there. */
  readonly channel?: string | undefined
  /** The rollback the answer is about, where it is known: for offering the new plan. */
  readonly rollback?: RollbackState | undefined
  /** The name of the rollback command as configured. */
  readonly command?: string
}
export interface MentionInput {
  readonly about: 'asked' | 'approved' | 'escalated' | 'break-glass' | 'not-recovered' | 'stuck'
  readonly roles: readonly Role[]
  readonly people: readonly PersonId[]
  readonly incident: IncidentState
  readonly rollback: RollbackState
  readonly now: Instant
}
export interface RollbackModalInput {
  readonly services: readonly { readonly id: ServiceId; readonly environment: string }[]
  readonly service: ServiceId | undefined
  readonly running: Revision | undefined
  readonly candidates: readonly Candidate[]
  /** Of the chosen target, once it is known. */
  readonly plan: Plan | undefined
  readonly to: string | undefined
  readonly reason: string | undefined
  readonly severity: Severity | undefined
  /** Why there is nothing to choose from, in a sentence. */
  readonly problem: string | undefined
  readonly now: Instant
  readonly metadata: string
}
export interface DecisionModalInput {
  readonly rollback: RollbackState
  readonly service: Service
  readonly incident: IncidentState
  readonly policy: Policy
  readonly now: Instant
  readonly metadata: string
}
export type Reasoned = 'reject' | 'undo' | 'collapse' | 'lift-hold' | 'review-break-glass'

export declare function card(input: CardInput): Message
export declare function line(recorded: Recorded, context: LineContext): Message
export declare function answer(answer: Answer, context: AnswerContext): Message
export declare function mention(input: MentionInput): Message
/** At most 250 characters, plain text. */
export declare function topic(input: {
  readonly incident: IncidentState
  readonly rollback: RollbackState | undefined
  readonly service: Service
}): string
export declare function rollbackModal(input: RollbackModalInput): ModalView
export declare function reasonModal(action: Reasoned, input: DecisionModalInput): ModalView
export declare function breakGlassModal(input: DecisionModalInput): ModalView
export declare function acknowledgeModal(input: DecisionModalInput): ModalView
export declare function diffModal(plan: Plan): ModalView
export declare function timelineModal(input: {
  readonly history: History
  readonly incident: IncidentState
  readonly rollbacks: readonly RollbackState[]
}): ModalView
export declare function statusPageModal(input: {
  readonly offers: readonly {
    readonly status: string
    readonly text: string
    readonly sent: boolean
  }[]
  /** The one shown first. */
  readonly selected: string | undefined
  readonly component: string
  readonly metadata: string
}): ModalView
export declare function announcement(input: {
  readonly title: string
  readonly text: string
}): Message
export declare function checklistBlocks(input: {
  readonly items: readonly ChecklistItemState[]
  readonly rollback: RollbackId
  readonly sign: Sign
  readonly now: Instant
}): readonly KnownBlock[]
export declare function help(
  commands: readonly {
    readonly command: string
    readonly usage: string
    readonly help: string
    readonly examples?: readonly string[]
  }[],
): Message

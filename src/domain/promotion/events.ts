import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, PlanDigest, PromotionId, ServiceId } from '#domain/ids.ts'
import type { Leftover, LeftoverEvent } from '#domain/leftover.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type { CanaryGoal, CanaryState } from './canary.ts'
import type { PromotionRefusal } from './refusal.ts'
import type { Figures } from './figures.ts'
import type { GateItem, TestItem } from './items.ts'
import type { PromotionSettings } from './settings.ts'

interface Of {
  readonly promotion: PromotionId
  readonly service: ServiceId
}

interface By extends Of {
  readonly by: PersonId
  readonly as: Role
  readonly delivery: DeliveryId
}

/** What somebody tried to do with a canary. */
export type PromotionAct = 'forward' | 'away' | 'hold' | 'go-on' | 'tick' | 'try-again' | 'keep'

/** One move of a canary as it was planned, and as it is carried out. */
export interface PlannedLeg {
  /** Percent asked for; 0 takes it away. */
  readonly share: number
  /** Percent that it really comes to. */
  readonly reaches: number
  readonly how: string
  readonly expectedMicros: number
  readonly steps: readonly Step[]
  readonly leftover?: Leftover
}

/** What is seen of a canary at one look, and what could be done next. */
export interface Look {
  readonly canary: CanaryState
  readonly figures: Figures
  /** Undefined where it can go nowhere from here: `blocked` says why; without that, it has come as far as it was asked for. */
  readonly next?: PlannedLeg
  readonly blocked: readonly string[]
  /** Over step, revisions, numbers shown, the next move and what the platform must still be. */
  readonly digest: PlanDigest
}

/** What happened to one canary on its way, in order. Who and when stand beside each event. */
export type PromotionEvent =
  | (Of & {
      readonly kind: 'promotion_requested'
      readonly target: Target
      /** `countermand`: seen without anybody asking. */
      readonly by: PersonId | 'countermand'
      /** Percent up to which it is to go. */
      readonly to: number
      readonly settings: PromotionSettings
      /** The one before was rolled back. */
      readonly isStricter?: true
      /** Where it was asked for. */
      readonly channel?: string
      readonly delivery?: DeliveryId
    })
  /** Somebody asks for one that was only seen, or wants it to go further. */
  | (Of & {
      readonly kind: 'promotion_joined'
      readonly by: PersonId
      readonly to: number
      readonly channel?: string
      readonly delivery: DeliveryId
    })
  | (Of & { readonly kind: 'promotion_looked'; readonly look: Look })
  | (Of & {
      readonly kind: 'promotion_ticked'
      readonly item: GateItem
      readonly holds: boolean
      readonly value: string
      readonly by: PersonId
      readonly delivery: DeliveryId
    })
  /** A test said so by webhook. */
  | (Of & {
      readonly kind: 'promotion_tested'
      readonly item: TestItem
      readonly passed: boolean
      readonly source: string
      readonly value: string
      readonly delivery: DeliveryId
    })
  /** The time of the step is over and everything measured passes, or is not to be measured: people are asked, unasked. */
  | (Of & {
      readonly kind: 'promotion_gate_opened'
      readonly at: number
      readonly unmeasured?: readonly string[]
    })
  /** Something is missed: people are called, once at each step for each advice. */
  | (Of & {
      readonly kind: 'promotion_gate_missed'
      readonly at: number
      readonly advice: 'hold' | 'roll-back' | 'investigate'
      readonly because: string
    })
  | (By & {
      readonly kind: 'promotion_approved'
      /** The directory's key for the human behind the account. */
      readonly identity: string
      readonly digest: PlanDigest
      readonly share: number
      readonly policyHash: string
    })
  /** Decided by what is configured: every item of the gate holds, by the stricter numbers. */
  | (Of & {
      readonly kind: 'promotion_advanced'
      readonly digest: PlanDigest
      readonly share: number
      readonly policyHash: string
    })
  | (By & {
      readonly kind: 'canary_away_ordered'
      readonly reason: string
      readonly stable: CanaryGoal['stable']
      readonly canary: CanaryGoal['canary']
    })
  | (By & { readonly kind: 'promotion_held' | 'promotion_resumed' })
  /** Where the platform would have moved it by itself, it does not any more. */
  | (Of & { readonly kind: 'canary_hold_placed'; readonly how: string })
  | (Of & {
      readonly kind: 'promotion_refused'
      readonly act: PromotionAct
      readonly by: PersonId
      readonly because: PromotionRefusal
      readonly delivery: DeliveryId
    })
  | (Of & { readonly kind: 'promotion_voided'; readonly why: string })
  /** On its way: a rollback of the service comes first. What was made stays as it is. */
  | (Of & { readonly kind: 'promotion_stopped'; readonly why: string })
  /** What is taken away is planned when it begins, as it is then: it may be moving. */
  | (Of & { readonly kind: 'promotion_began'; readonly leg: number; readonly plan?: PlannedLeg })
  /** It had moved before the first step: what takes it away is planned once more. */
  | (Of & { readonly kind: 'canary_away_again'; readonly leg: number })
  | (Of & {
      readonly kind: 'canary_step_started' | 'canary_step_applied' | 'canary_step_succeeded'
      readonly leg: number
      readonly step: number
    })
  | (Of & {
      readonly kind: 'canary_step_failed'
      readonly leg: number
      readonly step: number
      readonly message: string
      readonly changed: 'nothing' | 'maybe'
    })
  | (Of & {
      readonly kind: 'canary_progressed'
      readonly leg: number
      readonly step: number
      readonly ready: number
      readonly wanted: number
      readonly note: string
    })
  /** All steps of a move are done: what follows is to see it in effect. */
  | (Of & { readonly kind: 'canary_moved'; readonly leg: number })
  | (By & { readonly kind: 'promotion_retried'; readonly leg: number })
  /** It is seen in effect, or not within its time. */
  | (Of & {
      readonly kind: 'canary_reached'
      readonly share: number
      readonly checks: readonly Check[]
    })
  | (Of & { readonly kind: 'canary_not_reached'; readonly checks: readonly Check[] })
  | (Of & {
      readonly kind: 'promotion_ended'
      /** `gone`: somebody else took it away, promoted it or replaced it. */
      readonly outcome: 'promoted' | 'reached' | 'taken_away' | 'gone'
      readonly why: string
    })
  /** What becomes of what the version before left behind. */
  | (Of & LeftoverEvent)

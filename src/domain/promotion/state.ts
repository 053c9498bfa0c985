import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, PromotionId, ServiceId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { LeftBehind } from '#domain/leftover.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { CanaryGoal } from './canary.ts'
import type { Look, PlannedLeg, PromotionEvent } from './events.ts'
import type { GateItem, TestItem } from './items.ts'
import type { PromotionSettings } from './settings.ts'
import { after } from './after.ts'
import { begun } from './transitions.ts'

/** `watching`: it stands at a step, and the step's time runs. `failed`: a move did not come off, and a person must say what next. */
export type PromotionPhase =
  | 'beginning'
  | 'watching'
  | 'approved'
  | 'applying'
  | 'settling'
  | 'verifying'
  | 'failed'
  | 'ended'

export interface Leg extends PlannedLeg {
  /** It is stopped where it stands, where the platform would have moved it by itself. */
  readonly isHold?: true
  /** Counts from 1 in its promotion: names its operations. */
  readonly number: number
  readonly goal: CanaryGoal
  /** Undefined: decided by what is configured. */
  readonly by: { readonly person: PersonId; readonly as: Role } | undefined
  readonly decidedAt: Instant
  readonly beganAt: Instant | undefined
  /** The step at hand. */
  readonly at: number
  readonly progress:
    | { readonly ready: number; readonly wanted: number; readonly note: string }
    | undefined
}

/** A move is being carried out: nobody else may change the workload meanwhile (invariant I5). */
export const isMoving = ({
  phase,
  leftover,
}: Pick<PromotionState, 'phase' | 'leftover'>): boolean =>
  phase === 'applying' ||
  phase === 'settling' ||
  phase === 'verifying' ||
  leftover?.phase === 'removing'

/** It takes as much as it was asked for: it is measured on, and stays until somebody wants more, or less. */
export const isAsFarAsAsked = ({ look }: Pick<PromotionState, 'look'>): boolean =>
  look !== undefined && look.next === undefined && look.blocked.length === 0

/** Nobody has asked for it, and there is nothing to say of it yet. */
export const isSilent = ({ requestedBy, called, legs, passed }: PromotionState): boolean =>
  requestedBy === 'countermand' && called.length === 0 && legs === 0 && passed.length === 0

export interface Tick {
  readonly holds: boolean
  readonly value: string
  readonly by: PersonId
  readonly at: Instant
}
export interface Test {
  readonly passed: boolean
  readonly value: string
  readonly source: string
  readonly at: Instant
  readonly delivery: DeliveryId
}

export interface Voided {
  readonly act: 'forward' | 'away' | 'hold'
  /** `stopped`: on its way, so something of it may have been made. */
  readonly kind: 'void' | 'stopped'
  readonly why: string
  readonly at: Instant
}

/** A canary on its way, as its record tells it. */
export interface PromotionState {
  readonly id: PromotionId
  readonly service: ServiceId
  readonly target: Target
  readonly requestedBy: PersonId | 'countermand'
  /** Everybody who asked for it, or for it to go further. */
  readonly askedBy: readonly PersonId[]
  readonly requestedAt: Instant
  readonly to: number
  /** Where it was asked for. */
  readonly channel: string | undefined
  readonly settings: PromotionSettings
  readonly isStricter: boolean
  readonly phase: PromotionPhase
  readonly since: Instant
  readonly latestAt: Instant
  /** What was seen last. */
  readonly look: Look | undefined
  /** The canary and what runs beside it, as they were seen last. */
  readonly versions:
    | { readonly canary: Revision | undefined; readonly stable: Revision }
    | undefined
  /** The step that it stands at, in percent as asked for, and since when. */
  readonly step: {
    readonly share: number
    readonly seen: number | undefined
    readonly since: Instant
  }
  /** The steps that were passed, with how long it stood at each. */
  readonly passed: readonly { readonly share: number; readonly micros: number }[]
  /** Of the present step alone. */
  readonly ticks: Readonly<Partial<Record<GateItem, Tick>>>
  /** Of the whole canary. */
  readonly tests: Readonly<Partial<Record<TestItem, Test>>>
  readonly held: { readonly by: PersonId; readonly at: Instant } | undefined
  /** How often it was held and let go: a click that comes late decides on what it was shown, or on nothing. */
  readonly turns: number
  /** What people were called for at this step. */
  readonly called: readonly ('passed' | 'unmeasured' | 'hold' | 'roll-back' | 'investigate')[]
  readonly leg: Leg | undefined
  readonly legs: number
  readonly failure: { readonly message: string; readonly changed: 'nothing' | 'maybe' } | undefined
  readonly checks: readonly Check[]
  /** What was decided last and is not carried out, until somebody decides again. */
  readonly voided: Voided | undefined
  /** What a version that is promoted in full has left behind. */
  readonly leftover: LeftBehind | undefined
  readonly ended:
    | {
        readonly outcome: Extract<PromotionEvent, { kind: 'promotion_ended' }>['outcome']
        readonly why: string
        readonly at: Instant
      }
    | undefined
}

/** `undefined` before it was asked for. */
export const promotionState = (history: History): PromotionState | undefined =>
  history.reduce<PromotionState | undefined>((state, recorded) => {
    if (!isOfPromotion(recorded)) return state
    if (recorded.event.kind === 'promotion_requested')
      return state ?? begun(recorded.at, recorded.event)
    return state && { ...after(state, recorded), latestAt: recorded.at }
  }, undefined)

const isOfPromotion = (recorded: Recorded): recorded is Recorded<PromotionEvent> =>
  'promotion' in recorded.event

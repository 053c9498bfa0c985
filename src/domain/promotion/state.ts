import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, PromotionId, ServiceId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { CanaryGoal, Leftover } from './canary.ts'
import type { Look, PlannedLeg, PromotionEvent } from './events.ts'
import type { GateItem, TestItem } from './items.ts'
import type { PromotionSettings } from './settings.ts'
import {
  begun,
  decided,
  held,
  leftAlone,
  looked,
  ordered,
  reached,
  withLeftover,
  withLeg,
} from './transitions.ts'

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

/** `kept`: as the quick way back, until `dueAt` and as long as `why` is in the way. `left`: for good, because of `why`. */
export interface LeftBehind extends Leftover {
  readonly phase: 'kept' | 'removing' | 'removed' | 'left'
  readonly dueAt: Instant
  readonly why: string | undefined
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

function after(state: PromotionState, { at, event }: Recorded<PromotionEvent>): PromotionState {
  const enter = (phase: PromotionPhase, more: Partial<PromotionState> = {}): PromotionState => ({
    ...state,
    ...more,
    phase,
    since: at,
  })
  switch (event.kind) {
    case 'promotion_requested':
      return state
    case 'promotion_joined':
      return {
        ...state,
        requestedBy: state.requestedBy === 'countermand' ? event.by : state.requestedBy,
        askedBy: [...state.askedBy, event.by],
        to: event.to,
        channel: state.channel ?? event.channel,
      }
    case 'promotion_looked':
      return looked(state, at, event.look)
    case 'promotion_ticked': {
      const { holds, value, by } = event
      return { ...state, ticks: { ...state.ticks, [event.item]: { holds, value, by, at } } }
    }
    case 'promotion_tested': {
      const { passed, value, source, delivery } = event
      const test = { passed, value, source, at, delivery }
      return { ...state, tests: { ...state.tests, [event.item]: test } }
    }
    case 'promotion_gate_opened':
      return { ...state, called: [...state.called, event.unmeasured ? 'unmeasured' : 'passed'] }
    case 'promotion_gate_missed':
      return { ...state, called: [...state.called, event.advice] }
    case 'promotion_approved':
    case 'promotion_advanced':
      return decided(state, at, event)
    case 'canary_away_ordered':
      return ordered(state, at, event)
    case 'promotion_held':
      return held(state, at, event)
    case 'canary_hold_placed':
      return enter('watching', { leg: undefined })
    case 'promotion_resumed':
      return { ...state, held: undefined, turns: state.turns + 1 }
    case 'promotion_refused':
      return state
    case 'promotion_voided':
    case 'promotion_stopped':
      return leftAlone(state, at, event)
    case 'promotion_began':
      return enter('applying', {
        leg: withLeg(state, { ...event.plan, at: 0, beganAt: at }),
        failure: undefined,
      })
    case 'canary_away_again':
      return enter('approved', { leg: withLeg(state, { at: 0, steps: [] }) })
    case 'canary_step_started':
      return state
    case 'canary_step_applied':
      return enter('settling', { leg: withLeg(state, { at: event.step }) })
    case 'canary_step_succeeded':
      return enter('applying', { leg: withLeg(state, { at: event.step + 1, progress: undefined }) })
    case 'canary_step_failed':
      return enter('failed', { failure: { message: event.message, changed: event.changed } })
    case 'canary_progressed': {
      const { ready, wanted, note } = event
      return { ...state, leg: withLeg(state, { progress: { ready, wanted, note } }) }
    }
    case 'canary_moved':
      return enter('verifying', { checks: [] })
    case 'promotion_retried':
      return enter('applying', {
        leg: withLeg(state, { beganAt: at }),
        failure: undefined,
        checks: [],
      })
    case 'canary_reached':
      return reached(state, at, event)
    case 'canary_not_reached':
      return enter('failed', {
        checks: event.checks,
        failure: { message: 'it is not seen in effect', changed: 'maybe' },
      })
    case 'promotion_ended': {
      const { outcome, why } = event
      return enter('ended', { leg: undefined, ended: { outcome, why, at } })
    }
    case 'leftover_kept':
      return withLeftover(state, { phase: 'kept', why: event.why })
    case 'leftover_removal_begun':
      return withLeftover(state, { phase: 'removing', why: undefined })
    case 'leftover_removed':
      return withLeftover(state, { phase: 'removed', why: undefined })
    case 'leftover_left':
      return withLeftover(state, { phase: 'left', why: event.why })
  }
}

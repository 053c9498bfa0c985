import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import { leftBehind } from '#domain/leftover.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Instant } from '#domain/time.ts'
import type { CanaryGoal } from './canary.ts'
import type { Look, PlannedLeg, PromotionEvent } from './events.ts'
import { gateAt } from './ladder.ts'
import type { PromotionSettings } from './settings.ts'
import type { Leg, PromotionState, Voided } from './state.ts'

/** Asked for, and not looked at yet. */
export const begun = (
  at: Instant,
  event: Extract<PromotionEvent, { kind: 'promotion_requested' }>,
): PromotionState => ({
  id: event.promotion,
  service: event.service,
  target: event.target,
  requestedBy: event.by,
  askedBy: event.by === 'countermand' ? [] : [event.by],
  requestedAt: at,
  to: event.to,
  channel: event.channel,
  settings: event.settings,
  isStricter: event.isStricter ?? false,
  phase: 'beginning',
  since: at,
  latestAt: at,
  look: undefined,
  versions: undefined,
  step: { share: 0, seen: undefined, since: at },
  passed: [],
  ticks: {},
  tests: {},
  held: undefined,
  turns: 0,
  called: [],
  leg: undefined,
  legs: 0,
  failure: undefined,
  checks: [],
  voided: undefined,
  leftover: undefined,
  ended: undefined,
})

/** A share that moved without us begins another step: what held at the one before says nothing of it. */
export function looked(state: PromotionState, at: Instant, look: Look): PromotionState {
  const { share, canary, stable } = look.canary
  const { step, settings } = state
  const isFirst = state.phase === 'beginning'
  const phase = isFirst ? ('watching' as const) : state.phase
  // From nothing to anything is a step, however small: what held of nothing says nothing of it.
  const isBegun = step.seen === 0 && share > 0
  const isElsewhere =
    isBegun || (step.seen !== undefined && Math.abs(step.seen - share) > leastMove)
  const versions = { canary: canary ?? state.versions?.canary, stable }
  if (isFirst || isElsewhere)
    return {
      ...state,
      look,
      versions,
      phase,
      since: isFirst ? at : state.since,
      step: { share: rungOf(settings, share), seen: share, since: at },
      ...(isElsewhere ? another : {}),
    }
  return { ...state, look, versions, phase, step: { ...step, seen: share } }
}

/** Percent: what is less is the platform's way to count. */
const leastMove = 2
const another = { ticks: {}, called: [] } as const
/** Where it stands on the ladder; what takes nothing yet stands before the first step. */
const rungOf = ({ ladder }: PromotionSettings, share: number): number =>
  share === 0 ? 0 : gateAt(ladder, share).at

/** What was shown is what is to be done. */
export function decided(
  state: PromotionState,
  at: Instant,
  event: Extract<PromotionEvent, { kind: 'promotion_approved' | 'promotion_advanced' }>,
): PromotionState {
  const { look } = state
  if (!look?.next || !look.canary.canary) return state
  const { canary, stable } = look.canary
  const goal = { share: event.share, canary: servingOf(canary), stable: servingOf(stable) }
  const by = event.kind === 'promotion_approved' ? { person: event.by, as: event.as } : undefined
  return approvedWith(state, at, { ...look.next, goal, by })
}

/** What tells a version, and no more. */
export const servingOf = ({ id, images }: Revision): CanaryGoal['canary'] => ({ id, images })

/** Its steps are planned when it begins. */
export const ordered = (
  state: PromotionState,
  at: Instant,
  { by, as, stable, canary }: Extract<PromotionEvent, { kind: 'canary_away_ordered' }>,
): PromotionState =>
  approvedWith(state, at, {
    ...unplanned,
    goal: { share: 0, stable, canary },
    by: { person: by, as },
  })

/** While it stands, its platform is told as well; what was approved and has not begun does not begin; what moves is left to end its move. */
export function held(
  state: PromotionState,
  at: Instant,
  { by, as }: { readonly by: PersonId; readonly as: Role },
): PromotionState {
  const { versions, phase, step, leg } = state
  const isUnbegun = phase === 'approved' && leg !== undefined && !leg.isHold && leg.goal.share > 0
  const next = {
    ...state,
    held: { by, at },
    turns: state.turns + 1,
  }
  const voided: Voided = { act: 'forward', kind: 'void', why: 'it was held before it began', at }
  if ((phase !== 'watching' && !isUnbegun) || !versions?.canary) return next
  const share = step.share
  const goal = { share, canary: servingOf(versions.canary), stable: servingOf(versions.stable) }
  const holding = approvedWith(next, at, {
    ...unplanned,
    share,
    isHold: true,
    goal,
    by: { person: by, as },
  })
  return isUnbegun ? { ...holding, voided } : holding
}

/** What was decided is not carried out, or no further: it stands at its step again. What had failed is decided anew, so people are called anew. */
export function leftAlone(
  state: PromotionState,
  at: Instant,
  { kind, why }: Extract<PromotionEvent, { kind: 'promotion_voided' | 'promotion_stopped' }>,
): PromotionState {
  const { leg, phase, called } = state
  const act = leg?.isHold ? 'hold' : leg?.goal.share === 0 ? 'away' : 'forward'
  return {
    ...state,
    phase: 'watching',
    since: at,
    leg: undefined,
    failure: undefined,
    checks: [],
    called: phase === 'failed' ? [] : called,
    voided: { act, kind: kind === 'promotion_voided' ? 'void' : 'stopped', why, at },
  }
}

const unplanned = { share: 0, reaches: 0, how: '', expectedMicros: 0, steps: [] } as const

const approvedWith = (
  state: PromotionState,
  at: Instant,
  leg: PlannedLeg & Pick<Leg, 'goal' | 'by' | 'isHold'>,
): PromotionState => ({
  ...state,
  phase: 'approved',
  since: at,
  legs: state.legs + 1,
  failure: undefined,
  checks: [],
  voided: undefined,
  leg: {
    ...leg,
    number: state.legs + 1,
    decidedAt: at,
    beganAt: undefined,
    at: 0,
    progress: undefined,
  },
})

/** The move at hand, further on. */
export function withLeg({ leg }: PromotionState, more: Partial<Leg>): Leg | undefined {
  return leg && { ...leg, ...more }
}

/** The time of the next step runs from here, and that of what is left behind. */
export function reached(
  state: PromotionState,
  at: Instant,
  { share, checks }: Extract<PromotionEvent, { kind: 'canary_reached' }>,
): PromotionState {
  const { step, leg } = state
  const micros = (leg?.decidedAt ?? at) - step.since
  return {
    ...state,
    ...another,
    phase: 'watching',
    since: at,
    leg: undefined,
    checks,
    look: undefined,
    passed:
      step.share > 0 && share > 0 ? [...state.passed, { share: step.share, micros }] : state.passed,
    step: { share, seen: undefined, since: at },
    leftover: leftBehind(leg?.leftover, at),
  }
}

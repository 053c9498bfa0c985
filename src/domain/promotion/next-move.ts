import { type LeftoverMove, leftoverMove, leftoverWake } from '#domain/leftover.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { type Instant, instant, micros, minutes, plus, type Micros } from '#domain/time.ts'
import type { Leg, PromotionState } from './state.ts'

/** What the worker does next with a canary. `look`: one look, then no more before `lookAt`. */
export type PromotionMove =
  | { readonly kind: 'look' }
  | { readonly kind: 'begin'; readonly leg: Leg }
  | { readonly kind: 'void'; readonly leg: Leg }
  | {
      readonly kind: 'apply' | 'settle'
      readonly leg: Leg
      readonly index: number
      readonly step: Step
    }
  | { readonly kind: 'moved'; readonly leg: Leg }
  | { readonly kind: 'verify'; readonly leg: Leg }
  | LeftoverMove

/** How often a canary that stands at a step is looked at, and how long its approval counts before it has begun (policy §2). */
export interface PromotionTimes {
  readonly lookEvery: Micros
  readonly verifyEvery: Micros
  readonly verifyWithin: Micros
  readonly approvalExpires: Micros
}
export const lookEvery: Micros = minutes(1)

/** From then on what was decided begins no more. */
export const approvalEnds = (
  { decidedAt }: Pick<Leg, 'decidedAt'>,
  { approvalExpires }: Pick<PromotionTimes, 'approvalExpires'>,
): Instant => plus(decidedAt, approvalExpires)

/** The same answer before and after a restart: it depends on the record and the clock alone. */
export function promotionMove(
  state: PromotionState,
  now: Instant,
  times: Pick<PromotionTimes, 'approvalExpires'>,
): PromotionMove {
  const { leg } = state
  switch (state.phase) {
    case 'beginning':
    case 'watching':
      return { kind: 'look' }
    case 'approved':
      if (!leg) return { kind: 'look' }
      return now >= approvalEnds(leg, times) ? { kind: 'void', leg } : { kind: 'begin', leg }
    case 'applying': {
      const step = leg?.steps[leg.at]
      if (!leg) return { kind: 'look' }
      return step ? { kind: 'apply', leg, index: leg.at, step } : { kind: 'moved', leg }
    }
    case 'settling': {
      const step = leg?.steps[leg.at]
      return leg && step ? { kind: 'settle', leg, index: leg.at, step } : { kind: 'look' }
    }
    case 'verifying':
      return leg ? { kind: 'verify', leg } : { kind: 'look' }
    // Nothing is done by itself, but it is seen when somebody else has put it right.
    case 'failed':
      return { kind: 'look' }
    case 'ended':
      return leftoverMove(state.leftover, now)
  }
}

/**
 * When it needs the worker again; `undefined`: when somebody decides something, or never. `isByPerson`: written between two looks,
 * which it does not postpone.
 */
export function promotionWake(
  state: PromotionState,
  now: Instant,
  { lookEvery: every, verifyEvery }: Pick<PromotionTimes, 'lookEvery' | 'verifyEvery'>,
  isByPerson = false,
): Instant | undefined {
  switch (state.phase) {
    case 'ended':
      return leftoverWake(leftoverMove(state.leftover, now), now)
    case 'failed':
    case 'watching':
      return isByPerson ? nextLookOf(state, now, every) : plus(now, every)
    case 'verifying':
      return plus(now, verifyEvery)
    case 'beginning':
    case 'approved':
    case 'applying':
    case 'settling':
      return now
  }
}

/** As if nobody had pressed anything; what was seen and said nothing new is not on the record, so it may be earlier. */
const nextLookOf = ({ look }: PromotionState, now: Instant, every: Micros): Instant =>
  look ? instant(Math.max(now, plus(look.figures.at, every))) : now

/** Longer than this a move takes no canary: then people are asked. At least as long as was expected, three times. */
export const legBudget = ({ expectedMicros }: Pick<Leg, 'expectedMicros'>): Micros =>
  micros(Math.max(minutes(10), expectedMicros * 3))

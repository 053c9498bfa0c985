import { highest, isAtLeast, type Role } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { PersonId, PlanDigest } from '#domain/ids.ts'
import { isYetToGo } from '#domain/leftover.ts'
import { between, type Instant, minutes } from '#domain/time.ts'
import { verdictAt } from './gate.ts'
import type { PromotionRefusal } from './refusal.ts'
import { isAsFarAsAsked, type PromotionState } from './state.ts'

/** What a decision about a canary rests on, gathered before the lock; the time is read after it. */
export interface PromotionFacts {
  readonly now: Instant
  /** Requests of an arm that prove something. */
  readonly minRequests: number
  readonly clicker: Standing
  /** Of everybody who asked for it. */
  readonly requesters: readonly Standing[]
  readonly reachable: readonly PersonId[]
}

export type PromotionDecision =
  | { readonly kind: 'allowed'; readonly as: Role; readonly identity: string }
  | { readonly kind: 'refused'; readonly because: PromotionRefusal }

/** Who may decide over a canary: on-call engineer or above of the service, at any hour (policy §5: no incident clock, no break-glass). */
const needed: Role = 'on-call-engineer'

/** May this click let the canary go forward, as it was shown? */
export function decideForward(
  state: PromotionState,
  digest: PlanDigest,
  facts: PromotionFacts,
): PromotionDecision {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  const open = notOpen(state)
  if (open) return refused(open)
  if (isOwn(state, facts) && !state.settings.requesterMayApprove)
    return refused({
      kind: 'own_request',
      reachable: facts.reachable.filter((person) => person !== facts.clicker.person),
    })
  const { look, held } = state
  if (!look || look.digest !== digest) return refused({ kind: 'changed', why: whyOther(state) })
  if (isOld(state, facts.now)) return refused({ kind: 'changed', why: old })
  if (held) return refused({ kind: 'on_hold', by: held.by })
  if (isAsFarAsAsked(state)) return refused({ kind: 'blocked', why: [asFar] })
  if (!look.next || look.blocked.length > 0) return refused({ kind: 'blocked', why: look.blocked })
  const verdict = verdictAt(state, facts.minRequests, facts.now)
  if (verdict.kind === 'waiting') return refused({ kind: 'gate_not_passed', why: verdict.why })
  return verdict.kind === 'missed'
    ? refused({ kind: 'gate_not_passed', why: [verdict.because] })
    : who
}

/** Nobody decides on what was measured longer ago: whoever measures may have been away since. */
const oldest = minutes(10)
const asFar = 'it takes as much as it was asked for: ask for its promotion again to take it further'
const old = 'its figures are older than ten minutes'
const isOld = ({ look }: PromotionState, now: Instant): boolean =>
  look === undefined || between(look.figures.at, now) > oldest

/** What was approved last and left alone is why, until it is looked at again. */
const whyOther = ({ voided, look }: PromotionState): string =>
  voided && voided.at >= (look?.figures.at ?? voided.at)
    ? voided.why
    : 'newer figures have replaced it'

/** A move forward that failed so long ago that what was approved says nothing of the canary as it is now: it is decided anew. */
export const isOvertaken = (state: PromotionState, now: Instant): boolean =>
  state.phase === 'failed' &&
  state.leg !== undefined &&
  !state.leg.isHold &&
  state.leg.goal.share > 0 &&
  isOld(state, now)

/** Taking a canary away is never in the way of anything: whoever asked for it may, and while it moves, too. */
export function decideAway(state: PromotionState, facts: PromotionFacts): PromotionDecision {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  if (state.ended) return refused({ kind: 'ended', why: state.ended.why })
  const { leg, phase } = state
  return leg?.goal.share === 0 && !leg.isHold && phase !== 'failed'
    ? refused({ kind: 'under_way', to: 0 })
    : who
}

/** What a person says of an item lets a canary go on: it needs the same role (policy §6 names a person, not who). */
export const decideTick = (state: PromotionState, facts: PromotionFacts): PromotionDecision => {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  return state.ended ? refused({ kind: 'ended', why: state.ended.why }) : who
}

export function decideHold(
  state: PromotionState,
  act: 'hold' | 'go-on',
  /** Its turn on the card that was pressed. */
  turn: number,
  facts: PromotionFacts,
): PromotionDecision {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  if (state.ended) return refused({ kind: 'ended', why: state.ended.why })
  if (act === 'hold' && state.held) return refused({ kind: 'on_hold', by: state.held.by })
  if (act === 'go-on' && !state.held) return refused({ kind: 'not_held' })
  return turn === state.turns
    ? who
    : refused({ kind: 'changed', why: 'it was held or let go meanwhile' })
}

/** The same move again, after it failed; forward, only while the figures it was approved on count. */
export function decideAgain(state: PromotionState, facts: PromotionFacts): PromotionDecision {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  if (state.ended) return refused({ kind: 'ended', why: state.ended.why })
  if (state.phase !== 'failed' || !state.leg) return refused({ kind: 'nothing_failed' })
  return isOvertaken(state, facts.now) ? refused({ kind: 'changed', why: old }) : who
}

/** What was left behind stays: at any time before it is gone. */
export function decideKeep({ leftover }: PromotionState, facts: PromotionFacts): PromotionDecision {
  const who = mayDecide(facts)
  if (who.kind === 'refused') return who
  return isYetToGo(leftover) ? who : refused({ kind: 'nothing_left' })
}

function mayDecide({ clicker, reachable }: PromotionFacts): PromotionDecision {
  if (clicker.kind === 'outsider') return refused({ kind: 'not_a_member', why: clicker.why })
  const as = highest(clicker.roles)
  if (as !== undefined && isAtLeast(as, needed))
    return { kind: 'allowed', as, identity: clicker.identity }
  const [down] = clicker.unknown
  return refused(
    down
      ? { kind: 'role_source_down', source: down.source }
      : { kind: 'lacks_role', needs: needed, reachable },
  )
}

function notOpen({ ended, leg, phase, held }: PromotionState): PromotionRefusal | undefined {
  if (ended) return { kind: 'ended', why: ended.why }
  if (leg?.isHold) return held && { kind: 'on_hold', by: held.by }
  if (leg && phase !== 'watching') return { kind: 'under_way', to: leg.share }
  return undefined
}

/** By account, or by the human behind it (I4). */
function isOwn({ askedBy }: PromotionState, { clicker, requesters }: PromotionFacts): boolean {
  if (askedBy.includes(clicker.person)) return true
  return (
    clicker.kind === 'member' &&
    requesters.some((one) => one.kind === 'member' && one.identity === clicker.identity)
  )
}

const refused = (because: PromotionRefusal): PromotionDecision => ({ kind: 'refused', because })

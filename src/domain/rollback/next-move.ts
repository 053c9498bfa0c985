import { instant, earliest, type Instant, plus } from '#domain/time.ts'
import { type LeftoverMove, leftoverMove } from '#domain/leftover.ts'
import { beginsOf } from './begins.ts'
import type { RollbackPolicy } from './policy.ts'
import type { RollbackState } from './state.ts'
import type { Step } from './plan.ts'
import { isFollower, type Turn } from './together.ts'

/** What the worker does next with a rollback. `wait`: nothing before `until`, unless somebody decides something. */
export type Move =
  | { readonly kind: 'plan' }
  | { readonly kind: 'begin' }
  | {
      readonly kind: 'apply' | 'settle' | 'undo' | 'settle-undo'
      readonly index: number
      readonly step: Step
    }
  | { readonly kind: 'complete' }
  | { readonly kind: 'verify' }
  | { readonly kind: 'watch' }
  | { readonly kind: 'expire'; readonly what: 'request' | 'approval' | 'schedule' }
  /** Among several: whether the one before is well, and this one may begin. */
  | { readonly kind: 'take-turn'; readonly before: RollbackState; readonly last: Instant }
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'end-countdown' }
  | { readonly kind: 'escalate' }
  | { readonly kind: 'remind' }
  | LeftoverMove

/** What the incident around a rollback adds to its next move. */
export interface Around {
  /** When the present authority window ends; `undefined` in the last one. */
  readonly endsAt: Instant | undefined
  /** A level was asked that is not enough any more. */
  readonly mustEscalate: boolean
  /** It is the newest rollback of an open incident that is critical or high. */
  readonly isPressing: boolean
  /** Whether it is its turn among several. */
  readonly turn: Turn
}

/** The same answer before and after a restart: it depends on the record, the clock and the policy alone. */
export function nextMove(
  state: RollbackState,
  now: Instant,
  policy: RollbackPolicy,
  around: Around,
): Move {
  switch (state.phase) {
    case 'awaiting_plan':
      return { kind: 'plan' }
    case 'awaiting_approval':
      return whileUndecided(state, now, policy, around)
    case 'approved':
      return inTurn(state, now, policy, around)
    case 'applying': {
      const step = state.steps[state.at]
      return step ? { kind: 'apply', index: state.at, step } : { kind: 'complete' }
    }
    case 'settling':
      return { kind: 'settle', index: state.at, step: stepAt(state) }
    case 'undoing':
      return {
        kind: state.undoApplied ? 'settle-undo' : 'undo',
        index: state.at,
        step: stepAt(state),
      }
    case 'verifying':
      return { kind: 'verify' }
    case 'watching':
      return { kind: 'watch' }
    case 'stable':
      return leftoverMove(state.leftover, now)
    case 'failed':
    case 'stuck':
    case 'not_recovered':
    case 'unverified':
    case 'degraded':
      return untilSomebodyChooses(state, now, policy, around)
    default:
      return { kind: 'wait', until: undefined }
  }
}

function whileUndecided(
  state: RollbackState,
  now: Instant,
  policy: RollbackPolicy,
  around: Around,
): Move {
  const { countdown } = state
  if (countdown && now >= countdown.until) return { kind: 'end-countdown' }
  const expiresAt = requestExpiresAt(state, policy)
  if (now >= expiresAt) return { kind: 'expire', what: 'request' }
  // Whoever decides is asked once for all of them.
  if (isFollower(state))
    return around.turn.kind === 'left'
      ? { kind: 'leave', why: around.turn.why }
      : { kind: 'wait', until: expiresAt }
  if (around.mustEscalate) return { kind: 'escalate' }
  const reminder = untilSomebodyChooses(state, now, policy, around)
  if (reminder.kind !== 'wait') return reminder
  const times = [expiresAt, around.endsAt, reminder.until, countdown?.until].filter(
    (time) => time !== undefined,
  )
  return { kind: 'wait', until: instant(Math.min(...times)) }
}

/** One that was approved with others begins when the one before it is well again. */
function inTurn(
  state: RollbackState,
  now: Instant,
  policy: RollbackPolicy,
  { turn }: Around,
): Move {
  switch (turn.kind) {
    case 'taken':
      return onceApproved(state, now, policy)
    case 'look':
      return { kind: 'take-turn', before: turn.before, last: turn.last }
    case 'wait':
      return turn
    case 'expired':
      return { kind: 'expire', what: 'approval' }
    case 'left':
      return { kind: 'leave', why: turn.why }
  }
}

function onceApproved(state: RollbackState, now: Instant, policy: RollbackPolicy): Move {
  if (state.notBefore && now < state.notBefore) return { kind: 'wait', until: state.notBefore }
  const deadline = approvalExpiresAt(state, policy)
  if (deadline && now >= deadline)
    return { kind: 'expire', what: state.notBefore ? 'schedule' : 'approval' }
  return { kind: 'begin' }
}

/** People are called again every few minutes while it presses, until one of them does something or it has been said often enough. */
function untilSomebodyChooses(
  { reminders, since }: RollbackState,
  now: Instant,
  policy: RollbackPolicy,
  { isPressing }: Around,
): Move {
  if (!isPressing || reminders.answered || reminders.sent >= policy.mostReminders)
    return { kind: 'wait', until: undefined }
  const due = plus(reminders.lastAt ?? since, policy.remindEveryMicros)
  return now >= due ? { kind: 'remind' } : { kind: 'wait', until: due }
}

/** A request nobody decided on ends here (policy §2); a scheduled one may wait until its time, and never past the 30 min, or the change window, in which it must begin. */
export function requestExpiresAt(state: RollbackState, policy: RollbackPolicy): Instant {
  const expiry = plus(state.requestedAt, policy.requestExpiresMicros)
  if (state.notBefore === null) return expiry
  if (state.notBefore > expiry) return state.notBefore
  return earliest(expiry, latestStart(state, state.notBefore, policy))
}

/** When an approval that was not acted on stops counting (policy §2); a scheduled one counts from its time. */
export function approvalExpiresAt(
  state: RollbackState,
  policy: RollbackPolicy,
): Instant | undefined {
  if (!state.approved) return undefined
  const expiry = plus(state.turnAt ?? state.approved.at, policy.approvalExpiresMicros)
  if (state.notBefore === null) return expiry
  const latest = latestStart(state, state.notBefore, policy)
  return state.notBefore > state.approved.at ? latest : earliest(expiry, latest)
}

const latestStart = (
  { window }: RollbackState,
  notBefore: Instant,
  policy: RollbackPolicy,
): Instant => beginsOf({ notBefore, window }, policy).latest

function stepAt(state: RollbackState): Step {
  const step = state.steps[state.at]
  if (!step) throw new Error(`No step ${state.at} in a plan of ${state.steps.length}`)
  return step
}

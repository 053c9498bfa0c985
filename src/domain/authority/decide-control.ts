import { isYetToGo } from '#domain/leftover.ts'
import type { Decided } from '#domain/rollback/events.ts'
import { isFrozen, isPinnable } from '#domain/rollback/freeze.ts'
import { type Phase, phases } from '#domain/rollback/phase.ts'
import { isWayOffered } from '#domain/rollback/offered-way.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { isSyncPaused } from '#domain/rollback/sync.ts'
import type { Instant } from '#domain/time.ts'
import { type Matrix, required, windowInTime } from './matrix.ts'
import type { Refusal } from './refusal.ts'
import { highest, isAtLeast, type Role, roles } from './role.ts'
import { shortestReason } from './decide-approval.ts'
import { sourceDown } from './source-down.ts'
import type { Standing } from './standing.ts'

export type Control = Exclude<Decided, 'approve'>

export interface ControlFacts {
  readonly now: Instant
  readonly authorityStart: Instant
  readonly matrix: Matrix
  readonly clicker: Standing
  readonly reason: string | undefined
}

export type ControlDecision =
  | { readonly kind: 'allowed'; readonly as: Role | 'requester' }
  | { readonly kind: 'refused'; readonly because: Refusal }

interface Rule {
  /** Phases in which there is something to decide. */
  readonly phases: readonly Phase[]
  /** `window`: the level of this minute, one more for every budget that ran out. `approver`: at least the level that approved. `needed`: the level a broken glass stood in for. `lowest`: any. */
  readonly level: 'window' | 'approver' | 'needed' | 'lowest'
  readonly byRequester: boolean
  readonly needsReason: boolean
}

const finished = [
  'verifying',
  'watching',
  'not_recovered',
  'unverified',
  'stable',
  'degraded',
] as const

/** Who may do what beside approving, and when (policy §5, "also at the current window's level"). */
export const controlRules = {
  reject: {
    phases: ['awaiting_approval'],
    level: 'window',
    byRequester: false,
    needsReason: false,
  },
  cancel: {
    phases: ['awaiting_plan', 'awaiting_approval', 'approved'],
    level: 'window',
    byRequester: true,
    needsReason: false,
  },
  collapse: {
    phases: ['applying', 'settling'],
    level: 'window',
    byRequester: false,
    needsReason: true,
  },
  'keep-waiting': { phases: ['failed'], level: 'window', byRequester: false, needsReason: false },
  'next-way': {
    phases: ['applying', 'settling', 'failed'],
    level: 'window',
    byRequester: false,
    needsReason: false,
  },
  undo: {
    phases: ['settling', 'failed', 'stuck', ...finished],
    level: 'approver',
    byRequester: false,
    needsReason: true,
  },
  'lift-hold': {
    phases: ['superseded', ...finished, 'undone'],
    level: 'approver',
    byRequester: false,
    needsReason: true,
  },
  // Nothing is lost by it: whoever asked may, and any role of the service at any hour.
  'keep-former': {
    phases: ['verifying', 'watching', 'stable'],
    level: 'lowest',
    byRequester: true,
    needsReason: false,
  },
  'resume-sync': {
    phases: ['superseded', 'failed', 'stuck', ...finished, 'undone'],
    level: 'approver',
    byRequester: false,
    needsReason: true,
  },
  'lift-freeze': { phases, level: 'approver', byRequester: false, needsReason: true },
  'widen-freeze': { phases, level: 'approver', byRequester: false, needsReason: true },
  // Not while it is verified: what runs may be wrong as well.
  pin: {
    phases: ['watching', 'stable'],
    level: 'approver',
    byRequester: false,
    needsReason: true,
  },
  'pause-automation': {
    phases: ['awaiting_approval'],
    level: 'window',
    byRequester: false,
    needsReason: false,
  },
  'review-break-glass': {
    phases: [
      'awaiting_plan',
      'awaiting_approval',
      'rejected',
      'cancelled',
      'expired',
      'approved',
      'applying',
      'settling',
      'failed',
      'undoing',
      'stuck',
      'superseded',
      'undone',
      ...finished,
    ],
    level: 'needed',
    byRequester: false,
    needsReason: true,
  },
} as const satisfies Record<Control, Rule>

/** May this person do this now? Pure; refusals carry the rule. */
export function decideControl(
  control: Control,
  rollback: RollbackState,
  facts: ControlFacts,
): ControlDecision {
  const { clicker } = facts
  if (clicker.kind === 'outsider') return refused({ kind: 'not_a_member', why: clicker.why })
  const rule: Rule = controlRules[control]
  if (!isToDecide(control, rollback))
    return refused({ kind: 'nothing_to_decide', decided: control, phase: rollback.phase })

  const as = mayDecide(rule, rollback, facts)
  if (typeof as === 'object') return refused(as)
  if (rule.needsReason && (facts.reason?.trim().length ?? 0) < shortestReason)
    return refused({ kind: 'reason_needed' })
  return { kind: 'allowed', as }
}

/** Whether there is something to decide, whoever decides it. */
export const isToDecide = (control: Control, rollback: RollbackState): boolean =>
  (controlRules[control] as Rule).phases.includes(rollback.phase) && hasSubject(control, rollback)

/** There must be a hold or a freeze to lift, a broken glass to review, a faster way to collapse into. */
function hasSubject(control: Control, rollback: RollbackState): boolean {
  switch (control) {
    case 'lift-hold':
      return rollback.hold !== undefined && !rollback.hold.lifted
    case 'resume-sync':
      return isSyncPaused(rollback.sync) && rollback.sync.ordered === undefined
    case 'lift-freeze':
      return isFrozen(rollback.freeze) && rollback.freeze.ordered === undefined
    case 'widen-freeze':
      return (
        isFrozen(rollback.freeze) &&
        rollback.freeze.ordered === undefined &&
        rollback.freeze.wider === undefined &&
        // By a pin nobody else's deploys are refused for days.
        rollback.freeze.pinned === undefined
      )
    case 'pin':
      return isPinnable(rollback)
    case 'keep-former':
      return isYetToGo(rollback.leftover)
    case 'review-break-glass':
      return rollback.breakGlass !== undefined && rollback.breakGlass.reviewedBy === undefined
    case 'collapse':
      return (rollback.plan?.collapse.length ?? 0) > 0 && rollback.collapsed === undefined
    case 'next-way':
      return isWayOffered(rollback)
    case 'pause-automation':
      return rollback.countdown !== undefined
    case 'reject':
    case 'cancel':
    case 'keep-waiting':
    case 'undo':
      return true
  }
}

function mayDecide(
  rule: Rule,
  rollback: RollbackState,
  facts: ControlFacts,
): Role | 'requester' | Refusal {
  const { clicker } = facts
  if (clicker.kind === 'outsider') return { kind: 'not_a_member', why: clicker.why }
  const window = windowInTime(facts.matrix, facts.authorityStart, facts.now)
  const needs = levelNeeded(
    rule,
    rollback,
    required(window, { atLeast: rollback.floor, levels: 0 }).role,
  )
  const holds = highest(clicker.roles)
  if (rule.level === 'needed' && brokeGlass(rollback, clicker))
    return { kind: 'second_person_needed', needs, reachable: [] }
  if (holds && isAtLeast(holds, needs)) return holds
  if (rule.byRequester && clicker.person === rollback.requestedBy) return 'requester'
  const down = clicker.unknown.find(({ role }) => isAtLeast(role, needs))
  if (down) return sourceDown(down, clicker.unknown, holds ?? null)
  if (rule.byRequester) return { kind: 'not_the_requester', needs }
  if (rule.level !== 'window') return { kind: 'below_approver', needs, holds: holds ?? null }
  return { kind: 'not_now', needs, holds: holds ?? null, since: window.since, reachable: [] }
}

/** By account or by the human behind it (I4). */
const brokeGlass = (
  { breakGlass, approvals }: RollbackState,
  { person, identity }: Extract<Standing, { kind: 'member' }>,
): boolean =>
  breakGlass?.by === person ||
  approvals.some((approval) => approval.breakGlass !== null && approval.identity === identity)

function levelNeeded(rule: Rule, rollback: RollbackState, window: Role): Role {
  switch (rule.level) {
    case 'window':
      return window
    case 'approver':
      return rollback.approved?.as ?? window
    case 'lowest':
      return roles[0]
    case 'needed':
      return rollback.approvals.findLast(({ breakGlass }) => breakGlass !== null)?.needed ?? window
  }
}

const refused = (because: Refusal): ControlDecision => ({ kind: 'refused', because })

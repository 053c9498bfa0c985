import { raiseOf } from '#domain/rollback/raise.ts'
import type { PersonId, PlanDigest } from '#domain/ids.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import { requestExpiresAt } from '#domain/rollback/next-move.ts'
import type { RollbackPolicy } from '#domain/rollback/policy.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { between, type Instant } from '#domain/time.ts'
import { type Matrix, type Requirement, required, toldOn, windowInTime } from './matrix.ts'
import type { Refusal } from './refusal.ts'
import { above, highest, isAtLeast, type Role, rankOf, roles } from './role.ts'
import { isShortOfOne } from './two-people.ts'
import { sourceDown, type Unknown } from './source-down.ts'
import type { Standing } from './standing.ts'

export interface ApprovalClick {
  /** Of the plan the clicker was looking at. */
  readonly digest: PlanDigest
  /** Typed words that accept the soft blockers. */
  readonly acknowledged: string | undefined
  /** A typed reason for acting above one's window. */
  readonly breakGlass: string | undefined
}

export interface ApprovalFacts {
  /** The database's clock, read after the stream was locked. */
  readonly now: Instant
  /** The strictest start: the earliest of every open incident of the service. */
  readonly authorityStart: Instant
  readonly matrix: Matrix
  readonly policy: RollbackPolicy
  /** The clicker and the requester, as the directory saw them at the click. */
  readonly clicker: Standing
  readonly requester: Standing
  /** Holders of the role that is needed, for telling a refused person whom to ask. */
  readonly reachable: readonly PersonId[]
}

export type ApprovalDecision =
  | {
      readonly kind: 'approved'
      readonly as: Role
      readonly needed: Role
      readonly identity: string
      readonly elapsedMicros: number
      /** False while a co-approver is still missing. */
      readonly complete: boolean
      readonly stillNeeds: Role | undefined
      readonly notify: readonly Role[]
      readonly breakGlass: string | null
      readonly acknowledged: string | null
    }
  | { readonly kind: 'refused'; readonly because: Refusal }

/** A typed reason shorter than this says nothing. */
export const shortestReason = 10

/** May this click, at this microsecond, let the rollback go? Pure; the rules are policy §5 and §2. */
export function decideApproval(
  rollback: RollbackState,
  click: ApprovalClick,
  facts: ApprovalFacts,
): ApprovalDecision {
  const { clicker, now } = facts
  if (clicker.kind === 'outsider') return refused({ kind: 'not_a_member', why: clicker.why })

  const settled = notOpen(rollback, click, facts)
  if (settled) return refused(settled)

  const other = needsAnother(rollback, facts)
  if (other) return refused(other)

  const row = windowInTime(facts.matrix, facts.authorityStart, now)
  const need = approvalNeeds(rollback, facts)
  const as = highest(clicker.roles)
  const enough = as !== undefined && isAtLeast(as, need.role)
  if (!enough) {
    const broken = breaksGlass(click, as, facts)
    if (broken !== undefined) return refused(broken ?? lacksAuthority(need.role, row.since, facts))
  }
  const soft = rollback.plan?.warnings.filter(isSoftBlocker).map(({ kind }) => kind) ?? []
  if (soft.length > 0 && !saysSomething(click.acknowledged))
    return refused({ kind: 'acknowledgement_needed', warnings: soft })

  const role = as ?? 'on-call-engineer'
  const isOne =
    rollback.offline || isShortOfOne(rollback) || (enough && need.coApprover !== undefined)
  const complete = !isOne || rollback.approvals.length > 0
  return {
    kind: 'approved',
    as: role,
    needed: need.role,
    identity: clicker.identity,
    elapsedMicros: between(facts.authorityStart, now),
    complete,
    stillNeeds: complete ? undefined : (need.coApprover ?? need.role),
    notify: enough ? toldOn(row, role) : nextTwo(role),
    breakGlass: enough ? (rollback.offline ? rollback.reason : null) : (click.breakGlass ?? null),
    acknowledged: soft.length > 0 ? (click.acknowledged ?? null) : null,
  }
}

/** Why somebody could not approve even by breaking the glass: told before they type a reason. `undefined` when they may try. */
export function whyNoGlass(rollback: RollbackState, facts: ApprovalFacts): Refusal | undefined {
  const { clicker } = facts
  if (clicker.kind === 'outsider') return { kind: 'not_a_member', why: clicker.why }
  const settled = notOpen(rollback, { digest: rollback.digest }, facts)
  if (settled) return settled
  return needsAnother(rollback, facts) ?? holdsNothing(highest(clicker.roles), clicker.unknown)
}

/** Of two people, this one is one already: by what they asked for, or by what they approved. */
function needsAnother(rollback: RollbackState, facts: ApprovalFacts): Refusal | undefined {
  const { clicker } = facts
  const counted = rollback.approvals.find(
    ({ identity, by }) =>
      by === clicker.person || (clicker.kind === 'member' && identity === clicker.identity),
  )
  // Without the database there are two approvals anyway, and one of them is another's.
  const mayNotAlone = rollback.twoPerson && !rollback.offline && isRequester(rollback, facts)
  if (!counted && !mayNotAlone) return undefined
  const { role, coApprover = role } = approvalNeeds(rollback, facts)
  const isOnlyOne = facts.reachable.length === 1 && facts.reachable[0] === clicker.person
  const others = {
    // Whoever is the only one of their level must ask the next.
    needs: (isOnlyOne ? above(coApprover) : undefined) ?? coApprover,
    reachable: facts.reachable.filter((person) => person !== clicker.person),
  }
  return counted
    ? { kind: 'already_counted', at: counted.at, ...others }
    : { kind: 'second_person_needed', ...others }
}

/** What this minute needs, raised by a spent budget and by soft blockers that would be overridden. */
export function approvalNeeds(
  rollback: RollbackState,
  facts: Pick<ApprovalFacts, 'matrix' | 'authorityStart' | 'now'>,
): Requirement {
  const row = windowInTime(facts.matrix, facts.authorityStart, facts.now)
  return required(row, raiseOf(rollback))
}

function notOpen(
  rollback: RollbackState,
  click: { readonly digest: PlanDigest | undefined },
  facts: ApprovalFacts,
): Refusal | undefined {
  if (rollback.phase === 'awaiting_plan')
    return { kind: 'plan_changed', why: rollback.voided ?? 'a new plan is being made' }
  if (rollback.phase !== 'awaiting_approval') return decidedAlready(rollback)
  const expiresAt = requestExpiresAt(rollback, facts.policy)
  if (facts.now >= expiresAt) return { kind: 'expired', at: expiresAt, what: 'request' }
  if (click.digest !== rollback.digest)
    return { kind: 'plan_changed', why: rollback.voided ?? 'a newer plan has replaced it' }
  return undefined
}

function decidedAlready(rollback: RollbackState): Refusal {
  const { phase, ended, approved, since } = rollback
  if (phase === 'rejected' || phase === 'cancelled')
    return { kind: 'already_decided', as: phase, by: ended?.by ?? null, at: ended?.at ?? since }
  if (phase === 'expired') return { kind: 'expired', at: ended?.at ?? since, what: 'request' }
  return {
    kind: 'already_decided',
    as: 'approved',
    by: approved?.by ?? null,
    at: approved?.at ?? since,
  }
}

/** `undefined`: the glass is broken properly. `null`: nobody tried to. Otherwise why it may not be. */
function breaksGlass(
  click: ApprovalClick,
  as: Role | undefined,
  { clicker }: ApprovalFacts,
): Refusal | null | undefined {
  if (click.breakGlass === undefined) return null
  const nothing = holdsNothing(as, clicker.kind === 'member' ? clicker.unknown : [])
  if (nothing) return nothing
  return saysSomething(click.breakGlass) ? undefined : { kind: 'reason_needed' }
}

/** Glass is broken by people who surely hold a role of the service. */
function holdsNothing(as: Role | undefined, unknown: Unknown): Refusal | undefined {
  if (as !== undefined) return undefined
  return unknown[0] ? sourceDown(unknown[0], unknown, null) : { kind: 'not_for_break_glass' }
}

function lacksAuthority(
  needs: Role,
  since: Instant,
  { clicker, reachable }: ApprovalFacts,
): Refusal {
  if (clicker.kind === 'outsider') return { kind: 'not_a_member', why: clicker.why }
  const holds = highest(clicker.roles) ?? null
  const down = clicker.unknown.find(({ role }) => isAtLeast(role, needs))
  if (!down) return { kind: 'not_now', needs, holds, since, reachable }
  return sourceDown(down, clicker.unknown, holds)
}

/** By account or by the human behind it (I4). */
function isRequester(rollback: RollbackState, { clicker, requester }: ApprovalFacts): boolean {
  if (clicker.person === rollback.requestedBy) return true
  return (
    clicker.kind === 'member' &&
    requester.kind === 'member' &&
    clicker.identity === requester.identity
  )
}

const saysSomething = (text: string | undefined): boolean =>
  (text?.trim().length ?? 0) >= shortestReason

/** Broken glass is told to the next two levels. */
const nextTwo = (role: Role): readonly Role[] => roles.slice(rankOf(role) + 1, rankOf(role) + 3)

const refused = (because: Refusal): ApprovalDecision => ({ kind: 'refused', because })

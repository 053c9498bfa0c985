import type { PlanDigest, RollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { type Instant, plus } from '#domain/time.ts'
import type { Phase } from './phase.ts'
import type { RollbackPolicy } from './policy.ts'
import { type RollbackState, rollbacksOf } from './state.ts'
import type { Check } from './verification.ts'

/** The place of a rollback among several that were asked for at once. */
export interface Together {
  /** The first to be carried out; its card is the card of all of them. */
  readonly lead: RollbackId
  /** From 0. */
  readonly at: number
  readonly of: number
  /** Over the digests of all plans, in order: what is approved is all of them, exactly as they were shown. */
  readonly digest: PlanDigest
  /** How many levels more than the window's one of the plans asks for: whoever approves, approves that one, too. */
  readonly levels: number
}

/** More than that nobody approves with open eyes. */
export const mostTogether = 12

interface Of {
  readonly rollback: RollbackId
}

/** What happens to one because of the others. */
export type TogetherEvent =
  /** The one before it was well again for long enough: this one may begin. */
  | (Of & { readonly kind: 'turn_taken'; readonly checks: readonly Check[] })
  /** What it was to follow did not work out: nothing of it was touched. */
  | (Of & { readonly kind: 'rollback_left'; readonly why: string })

/** All that were asked for together with it, in the order in which they are carried out; none where it was asked for alone. */
export const membersOf = (
  history: History,
  { together }: Pick<RollbackState, 'together'>,
): readonly RollbackState[] =>
  together === undefined
    ? []
    : rollbacksOf(history)
        .filter((one) => one.together?.lead === together.lead)
        .toSorted((a, b) => (a.together?.at ?? 0) - (b.together?.at ?? 0))

/** Decided on with the others. One whose plan fitted no longer when its turn came is decided on alone from then on. */
export const isTogether = ({
  together,
  voided,
}: Pick<RollbackState, 'together' | 'voided'>): boolean =>
  together !== undefined && voided === undefined

/** Waits for others before it: it asks nobody for anything, and has no card of its own yet. */
export const isFollower = (rollback: RollbackState): boolean =>
  isTogether(rollback) && rollback.together?.at !== 0 && rollback.startedAt === undefined

/** What whoever approves is to have seen: of all plans, or of the one. */
export const digestToApprove = (rollback: RollbackState): PlanDigest | undefined =>
  isTogether(rollback) && rollback.phase === 'awaiting_approval'
    ? rollback.together?.digest
    : rollback.digest

/** Whether a rollback that was approved with others may begin. */
export type Turn =
  | { readonly kind: 'taken' }
  /** The one before it is out and has had time to settle: is it well? Until `last`. */
  | { readonly kind: 'look'; readonly before: RollbackState; readonly last: Instant }
  | { readonly kind: 'wait'; readonly until: Instant | undefined }
  /** Its approval counts no more, with that of the one before. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'left'; readonly why: string }

type Limits = Pick<RollbackPolicy, 'settleMicros' | 'verifyWithinMicros'>

/** By the record and the clock alone: the same before and after a restart. */
export function turnOf(
  history: History,
  rollback: RollbackState,
  now: Instant,
  limits: Limits,
): Turn {
  const { together } = rollback
  if (!isTogether(rollback) || !together || together.at === 0 || rollback.turnAt !== undefined)
    return { kind: 'taken' }
  const before = membersOf(history, rollback)[together.at - 1]
  if (!before) return { kind: 'left', why: 'nothing is known of the one before it' }
  if (before.voided !== undefined)
    return { kind: 'left', why: `${before.service} was changed before its turn` }
  return turns[before.phase](before, now, limits)
}

type Rule = (before: RollbackState, now: Instant, limits: Limits) => Turn

const waits: Rule = () => ({ kind: 'wait', until: undefined })
const expires: Rule = () => ({ kind: 'expired' })
const left =
  (what: string): Rule =>
  ({ service }) => ({ kind: 'left', why: `${service} ${what}` })
/** Out, whatever the figures say: what is wrong may lie with one that is still to come. */
const settles: Rule = (before, now, { settleMicros, verifyWithinMicros }) => {
  const { completedAt = now } = before
  const until = plus(completedAt, settleMicros)
  return now < until
    ? { kind: 'wait', until }
    : { kind: 'look', before, last: plus(completedAt, verifyWithinMicros) }
}

const turns = {
  awaiting_plan: expires,
  awaiting_approval: expires,
  approved: waits,
  applying: waits,
  settling: waits,
  failed: left('stopped at a step that failed'),
  undoing: left('is taken back'),
  stuck: left('is stuck'),
  verifying: settles,
  watching: settles,
  stable: settles,
  not_recovered: left('has not recovered'),
  unverified: left('is not known to be well'),
  degraded: left('got worse again'),
  superseded: left('was rolled back once more'),
  undone: left('was taken back'),
  rejected: left('was rejected'),
  cancelled: left('was left as it is'),
  expired: left('expired'),
} as const satisfies Record<Phase, Rule>

import { createHash } from 'node:crypto'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { Notice } from '#domain/communication/notice.ts'
import { isMilestone, isShown } from '#domain/communication/milestones.ts'
import {
  type PersonId,
  type PlanDigest,
  planDigest,
  type PromotionId,
  promotionId,
  type RevisionId,
  type ServiceId,
} from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Policy } from '#domain/policy.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { lookEvery, type PromotionTimes, promotionWake } from '#domain/promotion/next-move.ts'
import { isMoving, isSilent, type PromotionState, promotionState } from '#domain/promotion/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { recordedAfter } from '#workflows/record.ts'

/** The same canary has the same stream, however many ask at once; after `before`, the newest that is over, another one. */
export const promotionOf = (
  service: ServiceId,
  canary: RevisionId,
  stable: RevisionId,
  before: PromotionId | undefined,
): PromotionId =>
  promotionId(`pr-${service}-${sha256([service, canary, stable, before]).slice(0, 12)}`)

/** Names all that an approver is shown. */
export const digestOfLook = (shown: unknown): PlanDigest => planDigest(sha256(shown))

const sha256 = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex')

export const timesOf = ({ rollback }: Policy): PromotionTimes => ({
  lookEvery,
  verifyEvery: rollback.verifyEveryMicros,
  verifyWithin: rollback.verifyWithinMicros,
  approvalExpires: rollback.approvalExpiresMicros,
})

/** Requests of an arm that prove something (policy §4). */
export const minRequestsOf = (policy: Policy, service: ServiceId): number =>
  limitsFor(policy, service).judge.minRequests

interface Writing {
  readonly history: History
  readonly now: Instant
  readonly policy: Policy
  readonly actor?: PersonId | 'countermand'
}

/** Everything that follows from events of a promotion: who is told, when to look again, whether its workload is taken. */
export function changeOfPromotion(
  events: readonly PromotionEvent[],
  { history, now, policy, actor = 'countermand' }: Writing,
): Change {
  const added = recordedAfter(history, events, { now, actor })
  const before = promotionState(history)
  const state = promotionState([...history, ...added])
  const wakeAt = state && promotionWake(state, now, timesOf(policy), actor !== 'countermand')
  const isTaken = before !== undefined && isMoving(before)
  return {
    events,
    actor,
    notices: state && !isSilent(state) ? noticesOf(added, before) : [],
    wakeAt: wakeAt ?? null,
    jobs: events.length > 0 && wakeAt !== undefined && wakeAt <= now ? ['advance'] : [],
    ...(state && isMoving(state) && !isTaken
      ? { claims: [{ workload: state.target.workload, rollback: state.id }] }
      : {}),
    ...(state && !isMoving(state) && isTaken ? { releases: [{ rollback: state.id }] } : {}),
  }
}

function noticesOf(added: History, before: PromotionState | undefined): readonly Notice[] {
  if (added.length === 0) return []
  const isLeft = before?.leg?.goal.share === 0 && !before.leg.isHold
  return [{ kind: 'card', rollback: undefined }, ...added.flatMap((one) => said(one, isLeft))]
}

/** `isLeft`: a canary that was to be taken away, and is not when that is void: people must know. */
function said({ event, seq }: Recorded, isLeft: boolean): readonly Notice[] {
  const calls: readonly Notice[] =
    event.kind === 'promotion_gate_opened' ||
    event.kind === 'promotion_gate_missed' ||
    event.kind === 'canary_step_failed' ||
    event.kind === 'canary_not_reached' ||
    (event.kind === 'leftover_left' && event.needs !== undefined) ||
    (event.kind === 'promotion_voided' && isLeft)
      ? [{ kind: 'gate', seq }]
      : []
  if (calls.length > 0) return calls
  return isShown(event)
    ? [{ kind: 'line', seq, rollback: undefined, broadcast: isMilestone(event) }]
    : []
}

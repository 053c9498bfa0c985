import type { PlanDigest, RollbackId } from '#domain/ids.ts'
import { type Instant, micros, plus } from '#domain/time.ts'
import type { RollbackEvent } from './events.ts'
import { isSoftBlocker } from './plan.ts'
import type { AutomaticRequest } from './request.ts'
import type { RollbackState } from './state.ts'

type Proposal = Pick<
  RollbackState,
  'phase' | 'plan' | 'countdown' | 'notBefore' | 'wanted' | 'twoPerson' | 'offline' | 'voided'
>

/** Only what automation itself would have asked for: this version, back to what the record chooses, at once, with nothing to accept in words. */
export const mayCountDown = (
  { phase, plan, countdown, notBefore, wanted, twoPerson, offline, voided }: Proposal,
  { revision, countdown: length }: AutomaticRequest,
): boolean =>
  length !== null &&
  phase === 'awaiting_approval' &&
  countdown === undefined &&
  voided === undefined &&
  notBefore === null &&
  wanted === null &&
  !twoPerson &&
  !offline &&
  plan?.from.id === revision &&
  !plan.warnings.some(isSoftBlocker)

export const countdownBegun = (
  rollback: RollbackId,
  digest: PlanDigest,
  { fired, countdown }: AutomaticRequest,
  now: Instant,
): Extract<RollbackEvent, { kind: 'countdown_begun' }> => ({
  kind: 'countdown_begun',
  rollback,
  until: plus(now, countdown ?? micros(0)),
  fired,
  digest,
})

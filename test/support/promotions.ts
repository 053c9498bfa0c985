import { deliveryId, planDigest, promotionId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Look, PlannedLeg, PromotionEvent } from '#domain/promotion/events.ts'
import type { Figures } from '#domain/promotion/figures.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { servingOf } from '#domain/promotion/transitions.ts'
import { type Instant, instant, seconds } from '#domain/time.ts'
import { aPlan, aRevision, aStep, at, checkout, people } from './builders.ts'

export const thePromotion = promotionId('pr-checkout-7f3a')
const about = { promotion: thePromotion, service: checkout } as const
const delivery = deliveryId('d9')
export const stable = aRevision('v2.2.1', { seed: '77ab41c0' })
export const canary = aRevision('v2.3.0')

export const aCanary = (more: Partial<CanaryState> = {}): CanaryState => ({
  stable,
  canary,
  share: 10,
  of: 'traffic',
  stops: undefined,
  units: { noun: 'pods', count: 1, ready: 1 },
  precondition: { generation: 7 },
  warnings: [],
  blockers: [],
  ...more,
})

/** As good as the version beside it. */
export const someFigures = (more: Partial<Figures> = {}): Figures => ({
  at: at('14:30:00'),
  from: at('14:23:00'),
  counts: {
    kind: 'compared',
    canary: { requests: 12_300, errors: 12 },
    baseline: { requests: 110_000, errors: 110 },
  },
  p99: { kind: 'compared', canary: 0.41, baseline: 0.4 },
  timed: { canary: 12_300, baseline: 110_000 },
  newErrors: { kind: 'read', types: [], lines: 400 },
  judged: { verdict: 'continue', because: 'the canary errs no more than what runs beside it' },
  ...more,
})

export const aLeg = (more: Partial<PlannedLeg> = {}): PlannedLeg => ({
  share: 50,
  reaches: 50,
  how: 'weight of the canary set',
  expectedMicros: seconds(40),
  steps: [aStep('weight set to 50 %')],
  ...more,
})

export const aLook = (more: Partial<Look> = {}): Look => ({
  canary: aCanary(),
  figures: someFigures(),
  next: aLeg(),
  blocked: [],
  digest: planDigest('sha256:77ab41c0'),
  ...more,
})

const { target } = aPlan()

type Of<Kind extends PromotionEvent['kind']> = PromotionEvent & { readonly kind: Kind }
const by = { by: people.onCall, as: 'on-call-engineer', delivery } as const
const check = { id: 'serving', result: 'passed', text: '10 % of the traffic on v2.3.0' } as const
const moved = { leg: 1, step: 0 } as const

/** One event of every kind that a promotion has; a new kind does not compile until it is here. */
export const promotionEvents: { readonly [Kind in PromotionEvent['kind']]: Of<Kind> } = {
  promotion_requested: {
    kind: 'promotion_requested',
    ...about,
    target,
    by: people.onCall,
    to: 100,
    settings: usualPromotion,
    delivery,
  },
  promotion_joined: { kind: 'promotion_joined', ...about, by: people.teamLead, to: 50, delivery },
  promotion_looked: { kind: 'promotion_looked', ...about, look: aLook() },
  promotion_ticked: {
    kind: 'promotion_ticked',
    ...about,
    item: 'complaints',
    holds: true,
    value: 'no tickets since 14:00',
    by: people.teamLead,
    delivery,
  },
  promotion_tested: {
    kind: 'promotion_tested',
    ...about,
    item: 'load-test',
    passed: true,
    source: 'github',
    value: '1000 virtual users, 5 min',
    delivery,
  },
  promotion_gate_opened: { kind: 'promotion_gate_opened', ...about, at: 10 },
  promotion_gate_missed: {
    kind: 'promotion_gate_missed',
    ...about,
    at: 10,
    advice: 'hold',
    because: 'P99 520 ms against 400 ms beside it (1.3 ×)',
  },
  promotion_approved: {
    kind: 'promotion_approved',
    ...about,
    ...by,
    by: people.teamLead,
    as: 'team-lead',
    identity: people.teamLead,
    digest: planDigest('sha256:77ab41c0'),
    share: 50,
    policyHash: '77ab41c077ab',
  },
  promotion_advanced: {
    kind: 'promotion_advanced',
    ...about,
    digest: planDigest('sha256:77ab41c0'),
    share: 50,
    policyHash: '77ab41c077ab',
  },
  canary_away_ordered: {
    kind: 'canary_away_ordered',
    ...about,
    ...by,
    reason: 'orders fail on the canary',
    stable: servingOf(stable),
    canary: servingOf(canary),
  },
  promotion_held: { kind: 'promotion_held', ...about, ...by },
  canary_hold_placed: {
    kind: 'canary_hold_placed',
    ...about,
    how: 'its rollout is paused at 10 %',
  },
  promotion_resumed: { kind: 'promotion_resumed', ...about, ...by },
  promotion_refused: {
    kind: 'promotion_refused',
    ...about,
    act: 'forward',
    by: people.onCall,
    because: { kind: 'own_request', reachable: [people.teamLead] },
    delivery,
  },
  promotion_voided: { kind: 'promotion_voided', ...about, why: 'v2.3.1 was shipped meanwhile' },
  promotion_stopped: {
    kind: 'promotion_stopped',
    ...about,
    why: 'a rollback of checkout was asked for',
  },
  promotion_began: { kind: 'promotion_began', ...about, leg: 1 },
  canary_away_again: { kind: 'canary_away_again', ...about, leg: 1 },
  canary_step_started: { kind: 'canary_step_started', ...about, ...moved },
  canary_step_applied: { kind: 'canary_step_applied', ...about, ...moved },
  canary_step_succeeded: { kind: 'canary_step_succeeded', ...about, ...moved },
  canary_step_failed: {
    kind: 'canary_step_failed',
    ...about,
    ...moved,
    message: 'connection refused',
    changed: 'maybe',
  },
  canary_progressed: {
    kind: 'canary_progressed',
    ...about,
    ...moved,
    ready: 3,
    wanted: 6,
    note: '',
  },
  canary_moved: { kind: 'canary_moved', ...about, leg: 1 },
  promotion_retried: { kind: 'promotion_retried', ...about, ...by, leg: 1 },
  canary_reached: { kind: 'canary_reached', ...about, share: 50, checks: [check] },
  canary_not_reached: {
    kind: 'canary_not_reached',
    ...about,
    checks: [{ ...check, result: 'failed' }],
  },
  promotion_ended: {
    kind: 'promotion_ended',
    ...about,
    outcome: 'promoted',
    why: 'v2.3.0 is promoted in full',
  },
  leftover_kept: { kind: 'leftover_kept', ...about, why: 'an incident of checkout is open' },
  leftover_removal_begun: { kind: 'leftover_removal_begun', ...about },
  leftover_removed: { kind: 'leftover_removed', ...about },
  leftover_spared: { kind: 'leftover_spared', ...about, ...by },
  leftover_left: {
    kind: 'leftover_left',
    ...about,
    why: 'checkout-blue has another version by now',
  },
}

/** So many seconds between each. */
export const promotionHistory = (
  events: readonly (PromotionEvent | readonly [string, PromotionEvent])[],
  from: Instant = at('14:20:00'),
): History =>
  events.map((told, index) => {
    const [when, event] = 'kind' in told ? [undefined, told] : told
    return {
      seq: index + 1,
      at: when === undefined ? instant(from + seconds(index)) : at(when),
      actor: 'by' in event ? event.by : 'countermand',
      event,
    }
  })

export function aPromotion(
  ...events: readonly (PromotionEvent | readonly [string, PromotionEvent])[]
): PromotionState {
  const { promotion_requested: asked, promotion_looked: looked } = promotionEvents
  const state = promotionState(promotionHistory(events.length > 0 ? events : [asked, looked]))
  if (!state) throw new Error('No promotion was asked for')
  return state
}

import type { Recorded } from '#domain/incident/events.ts'
import { leftoverAfter } from '#domain/leftover.ts'
import type { PromotionEvent } from './events.ts'
import type { PromotionPhase, PromotionState } from './state.ts'
import { decided, held, leftAlone, looked, ordered, reached, withLeg } from './transitions.ts'

/** The promotion once this has happened to it. */
export function after(
  state: PromotionState,
  { at, event }: Recorded<PromotionEvent>,
): PromotionState {
  const enter = (phase: PromotionPhase, more: Partial<PromotionState> = {}): PromotionState => ({
    ...state,
    ...more,
    phase,
    since: at,
  })
  switch (event.kind) {
    case 'promotion_requested':
      return state
    case 'promotion_joined':
      return {
        ...state,
        requestedBy: state.requestedBy === 'countermand' ? event.by : state.requestedBy,
        askedBy: [...state.askedBy, event.by],
        to: event.to,
        channel: state.channel ?? event.channel,
      }
    case 'promotion_looked':
      return looked(state, at, event.look)
    case 'promotion_ticked': {
      const { holds, value, by } = event
      return { ...state, ticks: { ...state.ticks, [event.item]: { holds, value, by, at } } }
    }
    case 'promotion_tested': {
      const { passed, value, source, delivery } = event
      const test = { passed, value, source, at, delivery }
      return { ...state, tests: { ...state.tests, [event.item]: test } }
    }
    case 'promotion_gate_opened':
      return { ...state, called: [...state.called, event.unmeasured ? 'unmeasured' : 'passed'] }
    case 'promotion_gate_missed':
      return { ...state, called: [...state.called, event.advice] }
    case 'promotion_approved':
    case 'promotion_advanced':
      return decided(state, at, event)
    case 'canary_away_ordered':
      return ordered(state, at, event)
    case 'promotion_held':
      return held(state, at, event)
    case 'canary_hold_placed':
      return enter('watching', { leg: undefined })
    case 'promotion_resumed':
      return { ...state, held: undefined, turns: state.turns + 1 }
    case 'promotion_refused':
      return state
    case 'promotion_voided':
    case 'promotion_stopped':
      return leftAlone(state, at, event)
    case 'promotion_began':
      return enter('applying', {
        leg: withLeg(state, { ...event.plan, at: 0, beganAt: at }),
        failure: undefined,
      })
    case 'canary_away_again':
      return enter('approved', { leg: withLeg(state, { at: 0, steps: [] }) })
    case 'canary_step_started':
      return state
    case 'canary_step_applied':
      return enter('settling', { leg: withLeg(state, { at: event.step }) })
    case 'canary_step_succeeded':
      return enter('applying', { leg: withLeg(state, { at: event.step + 1, progress: undefined }) })
    case 'canary_step_failed':
      return enter('failed', { failure: { message: event.message, changed: event.changed } })
    case 'canary_progressed': {
      const { ready, wanted, note } = event
      return { ...state, leg: withLeg(state, { progress: { ready, wanted, note } }) }
    }
    case 'canary_moved':
      return enter('verifying', { checks: [] })
    case 'promotion_retried':
      return enter('applying', {
        leg: withLeg(state, { beganAt: at }),
        failure: undefined,
        checks: [],
      })
    case 'canary_reached':
      return reached(state, at, event)
    case 'canary_not_reached':
      return enter('failed', {
        checks: event.checks,
        failure: { message: 'it is not seen in effect', changed: 'maybe' },
      })
    case 'promotion_ended': {
      const { outcome, why } = event
      return enter('ended', { leg: undefined, ended: { outcome, why, at } })
    }
    case 'leftover_kept':
    case 'leftover_removal_begun':
    case 'leftover_removed':
    case 'leftover_left':
    case 'leftover_spared':
      return { ...state, leftover: leftoverAfter(state.leftover, event) }
  }
}

import type { PromotionAct } from '#domain/promotion/events.ts'
import type { Decided } from '#domain/rollback/events.ts'
import type { AssessmentButtonKind, ButtonKind, PromotionButtonKind } from '../views/index.ts'

/** What pressing a button does first. `decides`: a refusal of it belongs on the timeline as an attempt at this. */
export const buttons = {
  approve: { decides: 'approve' },
  'break-glass': { decides: 'approve' },
  reject: { decides: 'reject' },
  cancel: { decides: 'cancel' },
  'pause-automation': { decides: 'pause-automation' },
  undo: { decides: 'undo' },
  collapse: { decides: 'collapse' },
  'keep-waiting': { decides: 'keep-waiting' },
  'next-way': { decides: 'next-way' },
  'lift-hold': { decides: 'lift-hold' },
  'keep-former': { decides: 'keep-former' },
  'resume-sync': { decides: 'resume-sync' },
  'lift-freeze': { decides: 'lift-freeze' },
  'widen-freeze': { decides: 'widen-freeze' },
  pin: { decides: 'pin' },
  'review-break-glass': { decides: 'review-break-glass' },
  'plan-again': { decides: undefined },
  'status-page': { decides: undefined },
  timeline: { decides: undefined },
  diff: { decides: undefined },
  checklist: { decides: undefined },
  ask: { decides: undefined },
  tick: { decides: undefined },
} as const satisfies Record<ButtonKind, { readonly decides: Decided | undefined }>

/** They decide nothing: what they do is to look, to say and to ask. */
export const assessmentButtons = [
  'watch-service',
  'stop-watching',
  'add-impact',
  'withdraw',
  'ask-owner',
  'no-incident',
] as const satisfies readonly AssessmentButtonKind[]

/** What each tries to do, where a refusal of it belongs on the timeline. */
export const promotionButtons = {
  promote: { act: 'forward' },
  'canary-away': { act: 'away' },
  'hold-canary': { act: 'hold' },
  'canary-on': { act: 'go-on' },
  'canary-again': { act: 'try-again' },
  'tick-gate': { act: 'tick' },
  'keep-left': { act: 'keep' },
} as const satisfies Record<PromotionButtonKind, { readonly act: PromotionAct }>
export const promotionButtonKinds = Object.keys(promotionButtons) as readonly PromotionButtonKind[]

export const buttonKinds = Object.keys(buttons) as readonly ButtonKind[]

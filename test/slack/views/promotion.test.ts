import { expect, test } from 'vitest'
import { buttonSigner } from '#slack/buttons.ts'
import {
  answer,
  awayModal,
  gateNotice,
  promotionCard,
  tickModal,
  validateMessage,
} from '#slack/views/index.ts'
import type { LeftoverNeeds } from '#domain/leftover.ts'
import type { PromotionRefusal } from '#domain/promotion/refusal.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { instant, minutes } from '#domain/time.ts'
import { aStep, at, people } from '../../support/builders.ts'
import {
  aCanary,
  aLook,
  aPromotion,
  promotionEvents,
  someFigures,
} from '../../support/promotions.ts'
import { rendered } from '../../support/render-blocks.ts'

const events = promotionEvents
const { promotion_requested: asked, promotion_looked: looked } = events
const sign = buttonSigner(new Uint8Array(32))
const ticked = (['complaints', 'conversion', 'tickets'] as const).map((item) => ({
  ...events.promotion_ticked,
  item,
}))
const slow = someFigures({ p99: { kind: 'compared', canary: 0.52, baseline: 0.4 } })
const unmeasured = someFigures({
  counts: { kind: 'unknown', why: 'there are no figures of the canary' },
  newErrors: { kind: 'read', types: ['NullPointerException'], lines: 400 },
})
const began = [asked, looked, ...ticked, events.promotion_approved, events.promotion_began] as const

const stories = {
  'asked for': aPromotion(asked),
  'at its step': aPromotion(asked, looked),
  'may go on': aPromotion(asked, looked, ...ticked),
  'missed, a little': aPromotion(asked, { ...looked, look: aLook({ figures: slow }) }),
  'missed, new errors': aPromotion(asked, { ...looked, look: aLook({ figures: unmeasured }) }),
  'cannot go on': aPromotion(asked, {
    ...looked,
    look: {
      canary: aCanary(),
      figures: someFigures(),
      blocked: ['v2.3.0 was aborted'],
      digest: aLook().digest,
    },
  }),
  'being held': aPromotion(asked, looked, events.promotion_held),
  held: aPromotion(asked, looked, events.promotion_held, events.canary_hold_placed),
  moving: aPromotion(...began, events.canary_step_applied, events.canary_progressed),
  'in effect?': aPromotion(...began, events.canary_step_succeeded, events.canary_moved),
  'did not come off': aPromotion(...began, events.canary_step_failed),
  'next step': aPromotion(...began, events.canary_moved, events.canary_reached, {
    ...looked,
    look: aLook({ canary: aCanary({ share: 50 }) }),
  }),
  'as far as it was asked for': aPromotion(
    { ...asked, to: 10 },
    {
      ...looked,
      look: {
        canary: aCanary(),
        figures: someFigures({
          p99: {
            kind: 'unknown',
            why: 'canary.latency is not configured',
            lacks: 'configuration',
          },
        }),
        blocked: [],
        digest: aLook().digest,
      },
    },
  ),
  'taken away': aPromotion(asked, looked, events.canary_away_ordered),
  'not taken away': aPromotion(asked, looked, events.canary_away_ordered, {
    ...events.promotion_voided,
    why: 'v2.3.1 has replaced the canary that this was about',
  }),
  'stopped on its way': aPromotion(...began, events.promotion_stopped),
  promoted: aPromotion(asked, looked, events.promotion_ended),
}

test('the card says where the canary stands, what holds, what comes next and who may decide', async () => {
  const view = { now: at('15:30:00'), minRequests: 1_000, environment: 'prod/production', sign }
  const shown = Object.entries(stories).map(([name, state]) => {
    const card = promotionCard(state, view)
    expect(validateMessage(card)).toEqual([])
    return `== ${name}\n${rendered(card.blocks)}\n`
  })

  await expect(shown.join('\n')).toMatchFileSnapshot('../../golden/views/promotion.txt')
})

test('what is over shows where it stood, and no step that nobody was asked about', () => {
  const { canary_reached: reached, promotion_ended: ended } = events
  const full = aPromotion(...began, events.canary_moved, { ...reached, share: 100 }, ended)
  const away = aPromotion(asked, looked, events.canary_away_ordered, {
    ...ended,
    outcome: 'taken_away',
    why: 'v2.3.0 was taken away, v2.2.1 serves alone',
  })
  const view = { now: at('15:30:00'), minRequests: 1_000, environment: 'prod/production', sign }

  const [promoted, taken] = [full, away].map((state) => rendered(promotionCard(state, view).blocks))

  expect(promoted).toMatch(/\(10 % ✓ \d+ s · 100 %\)/)
  expect(taken).not.toContain('50 %')
  expect(taken).not.toContain('100 %')
})

test('a dry run says first that nothing was written, and has nothing to press', () => {
  const promotion = aPromotion({ ...asked, by: 'countermand' }, looked, ...ticked)
  const shown = (said: 'preview' | 'status') => {
    const reply = answer(
      { kind: 'promotion', promotion, said, minRequests: 1_000 },
      { now: at('15:30:00'), sign },
    )
    expect(validateMessage(reply)).toEqual([])
    return rendered(reply.blocks)
  }

  expect(shown('status')).toContain('[Promote to 50 %]')
  expect(shown('preview')).toMatch(
    /^Dry run, nothing was written\. To ask for it, leave `--dry-run` out\./,
  )
  expect(shown('preview')).toContain('nobody asked')
  expect(shown('preview')).not.toMatch(/\[(Promote|Tick|Hold|Roll back)/)
})

test('whoever is called is told why, and what to do next', async () => {
  const state = aPromotion(asked, looked)
  const unmeasured = [
    'P99 within 20 % of the baseline: not known, canary.latency is not configured',
  ]
  const called = [
    events.promotion_gate_opened,
    { ...events.promotion_gate_opened, unmeasured },
    events.promotion_gate_missed,
    events.promotion_voided,
    events.canary_step_failed,
  ].map((event) => gateNotice(state, event, [people.onCall]).text)
  for (const needs of ['halfway', 'maybe'] as const)
    called.push(gateNotice(leftIn(state, needs), events.leftover_left, [people.onCall]).text)

  await expect(`${called.join('\n\n')}\n`).toMatchFileSnapshot(
    '../../golden/views/promotion-calls.txt',
  )
})

const leftIn = (state: PromotionState, needs: LeftoverNeeds): PromotionState => ({
  ...state,
  leftover: {
    name: 'checkout-green',
    keptMicros: minutes(5),
    step: aStep('checkout-green scaled to 0'),
    phase: 'left',
    dueAt: instant(0),
    why: needs === 'halfway' ? 'checkout-green has no pods. Scale it to 2' : 'connection refused',
    keptBy: undefined,
    needs,
  },
})

const everyRefusal: {
  readonly [K in PromotionRefusal['kind']]: Extract<PromotionRefusal, { kind: K }>
} = {
  not_a_member: { kind: 'not_a_member', why: 'guest' },
  lacks_role: { kind: 'lacks_role', needs: 'on-call-engineer', reachable: [people.onCall] },
  role_source_down: { kind: 'role_source_down', source: 'PagerDuty' },
  own_request: { kind: 'own_request', reachable: [people.onCall] },
  changed: { kind: 'changed', why: 'its figures are older than ten minutes' },
  gate_not_passed: { kind: 'gate_not_passed', why: ['5 of 30 min have passed'] },
  on_hold: { kind: 'on_hold', by: people.onCall },
  not_held: { kind: 'not_held' },
  under_way: { kind: 'under_way', to: 50 },
  blocked: { kind: 'blocked', why: ['v2.3.0 was aborted'] },
  nothing_failed: { kind: 'nothing_failed' },
  nothing_left: { kind: 'nothing_left' },
  not_for_people: { kind: 'not_for_people', item: 'error-rate' },
  reason_needed: { kind: 'reason_needed' },
  ended: { kind: 'ended', why: 'v2.3.0 is promoted in full' },
  wrong_place: { kind: 'wrong_place' },
}

test('every refusal says why, and what to do next', async () => {
  const said = Object.values(everyRefusal).map(
    (refusal) =>
      `${refusal.kind}: ${answer({ kind: 'promotion_refused', promotion: aPromotion(), refusal }, { now: at('15:30:00'), sign }).text}`,
  )

  await expect(`${said.join('\n')}\n`).toMatchFileSnapshot(
    '../../golden/views/promotion-refusals.txt',
  )
})

test('what is to be typed is said as it is called here', () => {
  const promotion = aPromotion()
  const said = (refusal: PromotionRefusal, here: { promote: string; promotionShown?: string }) =>
    answer(
      { kind: 'promotion_refused', promotion, refusal },
      { now: at('15:30:00'), sign, command: '/cm-rollback', ...here },
    ).text
  const renamed = { promote: '/cm-promote' }
  const terminal = {
    promote: 'countermand promote',
    promotionShown: 'countermand promote status',
  }
  const nothing = answer(
    {
      kind: 'not_written',
      why: 'No canary of checkout was ever promoted from here.',
      next: { to: 'To begin', command: 'promote', service: promotion.service },
    },
    { now: at('15:30:00'), sign, ...renamed },
  ).text

  expect(said(everyRefusal.ended, renamed)).toContain(
    'the next one with /cm-promote, or for a rollback with /cm-rollback.',
  )
  expect(said(everyRefusal.gate_not_passed, renamed)).toContain('the card shows what is left')
  expect(said(everyRefusal.gate_not_passed, terminal)).toContain(
    `countermand promote status ${promotion.service} shows what is left`,
  )
  expect(nothing).toBe(
    `No canary of checkout was ever promoted from here. Nothing was written. To begin, type \`/cm-promote ${promotion.service}\`.`,
  )
})

test('the forms ask for what goes on the timeline', async () => {
  const forms = [awayModal(aPromotion(), ''), tickModal(aPromotion(), 1_000, '')]

  await expect(forms.map(({ blocks }) => rendered(blocks)).join('\n\n')).toMatchFileSnapshot(
    '../../golden/views/promotion-forms.txt',
  )
})

import { expect, test } from 'vitest'
import { roles } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import { personId, planDigest } from '#domain/ids.ts'
import {
  decideAgain,
  decideAway,
  decideForward,
  decideHold,
  type PromotionFacts,
} from '#domain/promotion/decide.ts'
import { promotionMove, promotionWake } from '#domain/promotion/next-move.ts'
import { minutes, plus, seconds } from '#domain/time.ts'
import { aStep, at, people } from '../../support/builders.ts'
import { aLeg, aLook, aPromotion, promotionEvents, someFigures } from '../../support/promotions.ts'

const events = promotionEvents
const { promotion_requested: asked } = events
const looked = {
  ...events.promotion_looked,
  look: aLook({ figures: someFigures({ at: at('15:28:00') }) }),
}
const shown = events.promotion_looked.look.digest
const ticked = (['complaints', 'conversion', 'tickets'] as const).map((item) => ({
  ...events.promotion_ticked,
  item,
}))
const passed = aPromotion(asked, looked, ...ticked)
const times = {
  lookEvery: minutes(1),
  verifyEvery: seconds(5),
  verifyWithin: minutes(5),
  approvalExpires: minutes(5),
}

const member = (more: Partial<Extract<Standing, { kind: 'member' }>> = {}): Standing => ({
  kind: 'member',
  person: people.teamLead,
  identity: 'lead',
  roles: ['team-lead'],
  unknown: [],
  ...more,
})
const facts = (more: Partial<PromotionFacts> = {}): PromotionFacts => ({
  now: at('15:30:00'),
  minRequests: 1_000,
  clicker: member(),
  requesters: [member({ person: people.onCall, identity: 'on-call', roles: ['on-call-engineer'] })],
  reachable: [people.teamLead],
  ...more,
})
const because = (decision: ReturnType<typeof decideForward>) =>
  decision.kind === 'refused' ? decision.because.kind : 'allowed'

test('who may promote: each refusal in one table', async () => {
  const held = aPromotion(asked, looked, ...ticked, events.promotion_held)
  const ended = aPromotion(asked, looked, events.promotion_ended)
  const moving = aPromotion(
    asked,
    looked,
    ...ticked,
    events.promotion_approved,
    events.promotion_began,
  )
  const blocked = aPromotion(
    asked,
    { ...looked, look: { ...looked.look, blocked: ['it is aborted'] } },
    ...ticked,
  )
  const own = aPromotion(
    { ...asked, settings: { ...asked.settings, requesterMayApprove: true } },
    looked,
    ...ticked,
  )
  const onCall = member({ person: people.onCall, identity: 'on-call', roles: ['on-call-engineer'] })
  const rows: readonly (readonly [string, Readonly<Parameters<typeof decideForward>>])[] = [
    ...roles.map(
      (role) =>
        [`a ${role}`, [passed, shown, facts({ clicker: member({ roles: [role] }) })]] as const,
    ),
    ['nobody’s role', [passed, shown, facts({ clicker: member({ roles: [] }) })]],
    [
      'a role whose source is down',
      [
        passed,
        shown,
        facts({
          clicker: member({ roles: [], unknown: [{ role: 'on-call-engineer', source: 'Slack' }] }),
        }),
      ],
    ],
    [
      'a guest',
      [
        passed,
        shown,
        facts({ clicker: { kind: 'outsider', person: people.outsider, why: 'guest' } }),
      ],
    ],
    ['whoever asked', [passed, shown, facts({ clicker: onCall })]],
    [
      'another account of whoever asked',
      [passed, shown, facts({ clicker: { ...onCall, person: personId('T1:U2') } })],
    ],
    [
      'whoever asked for it to go further',
      [
        aPromotion(asked, events.promotion_joined, looked, ...ticked),
        shown,
        facts({ clicker: member({ person: events.promotion_joined.by }) }),
      ],
    ],
    ['whoever asked, where that is configured', [own, shown, facts({ clicker: onCall })]],
    ['other figures', [passed, planDigest('other'), facts()]],
    ['figures of eleven minutes ago', [passed, shown, facts({ now: at('15:39:00') })]],
    ['before its time', [passed, shown, facts({ now: at('14:30:00') })]],
    ['an item nobody ticked', [aPromotion(asked, looked), shown, facts()]],
    ['while it is held', [held, shown, facts()]],
    ['while it moves', [moving, shown, facts()]],
    ['where the platform says no', [blocked, shown, facts()]],
    ['when it is over', [ended, shown, facts()]],
  ]

  const table = rows.map(([who, given]) => `${who.padEnd(42)} ${because(decideForward(...given))}`)

  await expect(`${table.join('\n')}\n`).toMatchFileSnapshot('../../golden/promotion-authority.txt')
})

test('the canary is taken away by whoever asked for it too, also while it is held or moves, once', () => {
  const onCall = facts({ clicker: member({ person: people.onCall, roles: ['on-call-engineer'] }) })
  const moving = aPromotion(asked, looked, events.promotion_approved, events.promotion_began)
  const going = aPromotion(asked, looked, events.canary_away_ordered)

  expect(because(decideAway(passed, onCall))).toBe('allowed')
  expect(because(decideAway(moving, onCall))).toBe('allowed')
  expect(because(decideAway(going, onCall))).toBe('under_way')
  expect(because(decideAway(passed, facts({ clicker: member({ roles: [] }) })))).toBe('lacks_role')
})

test('a hold is begun and ended once', () => {
  const held = aPromotion(asked, looked, events.promotion_held)

  expect(because(decideHold(passed, 'hold', 0, facts()))).toBe('allowed')
  expect(because(decideHold(held, 'hold', 1, facts()))).toBe('on_hold')
  expect(because(decideHold(held, 'go-on', 1, facts()))).toBe('allowed')
  expect(because(decideHold(passed, 'go-on', 0, facts()))).toBe('not_held')
})

test('a click on hold that comes late holds nothing that was let go since', () => {
  const letGo = aPromotion(asked, looked, events.promotion_held, events.promotion_resumed)

  expect(because(decideHold(letGo, 'hold', 0, facts()))).toBe('changed')
  expect(because(decideHold(letGo, 'hold', 2, facts()))).toBe('allowed')
})

test('only what failed is tried again', () => {
  const failed = aPromotion(
    asked,
    looked,
    events.promotion_approved,
    events.promotion_began,
    events.canary_step_failed,
  )

  expect(because(decideAgain(failed, facts()))).toBe('allowed')
  expect(because(decideAgain(passed, facts()))).toBe('nothing_failed')
})

test('what comes next is told by the record: every move of a promotion, and when it needs the worker again', async () => {
  const approved = [asked, looked, events.promotion_approved] as const
  const began = [...approved, events.promotion_began] as const
  const applied = [...began, events.canary_step_applied] as const
  const leaving = aLook({
    next: aLeg({
      leftover: { name: 'checkout-green', keptMicros: minutes(5), step: aStep('scaled to 0') },
    }),
  })
  const promoted = [
    asked,
    { ...looked, look: leaving },
    events.promotion_approved,
    events.promotion_began,
    events.canary_moved,
    { ...events.canary_reached, share: 100 },
    events.promotion_ended,
  ] as const
  const stories = {
    'asked for': [asked],
    'looked at': [asked, looked],
    approved,
    began,
    applied,
    settled: [...applied, events.canary_step_succeeded],
    moved: [...applied, events.canary_step_succeeded, events.canary_moved],
    reached: [...applied, events.canary_step_succeeded, events.canary_moved, events.canary_reached],
    'not reached': [
      ...applied,
      events.canary_step_succeeded,
      events.canary_moved,
      events.canary_not_reached,
    ],
    failed: [...began, events.canary_step_failed],
    'tried again': [...began, events.canary_step_failed, events.promotion_retried],
    voided: [...approved, events.promotion_voided],
    'ordered away': [...began, events.canary_away_ordered],
    ended: [asked, looked, events.promotion_ended],
    'left behind': promoted,
    'in the way': [...promoted, events.leftover_kept],
    'may go': [...promoted, events.leftover_removal_begun],
    'has gone': [...promoted, events.leftover_removal_begun, events.leftover_removed],
    'is left': [...promoted, events.leftover_left],
  }

  const rows = Object.entries(stories).map(([name, told]) => {
    const state = aPromotion(...told)
    const now = plus(state.latestAt, seconds(1))
    const wake = promotionWake(state, now, times)
    const when = wake === undefined ? 'never' : `${(wake - now) / 1_000_000} s`
    return `${name.padEnd(14)} ${state.phase.padEnd(10)} ${promotionMove(state, now, times).kind.padEnd(8)} ${when}`
  })

  await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('../../golden/promotion-moves.txt')
})

test('an approval that has not begun in five minutes is void', () => {
  const state = aPromotion(asked, looked, events.promotion_approved)
  const decided = state.leg?.decidedAt ?? at('00:00:00')

  const at4 = promotionMove(state, plus(decided, (minutes(5) - 1) as typeof times.lookEvery), times)
  const at5 = promotionMove(state, plus(decided, minutes(5)), times)

  expect([at4.kind, at5.kind]).toEqual(['begin', 'void'])
})

test('what was approved does not begin when it is held before', () => {
  const state = aPromotion(asked, looked, events.promotion_approved, events.promotion_held)
  const began = aPromotion(
    asked,
    looked,
    events.promotion_approved,
    events.promotion_began,
    events.promotion_held,
  )

  expect(state).toMatchObject({ phase: 'approved', leg: { isHold: true, number: 2 } })
  expect(began).toMatchObject({ phase: 'applying', leg: { goal: { share: 50 } } })
})

test('what is tried again has its whole time again', () => {
  const state = aPromotion(
    asked,
    looked,
    events.promotion_approved,
    events.promotion_began,
    events.canary_step_failed,
    events.promotion_retried,
  )

  expect(state.leg?.beganAt).toBe(state.latestAt)
})

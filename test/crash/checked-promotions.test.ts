import { expect, test } from 'vitest'
import { deliveryId, incidentId, planDigest } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { promotions } from '../support/history-checker/promotions.ts'
import { aHistory, people, type Told } from '../support/builders.ts'
import { aLook, promotionEvents as one } from '../support/promotions.ts'

const shown = planDigest('sha256:shown')
const approved: TimelineEvent = {
  ...one.promotion_approved,
  by: people.teamLead,
  digest: shown,
  delivery: deliveryId('d-yes'),
}
const good: Told = [
  ['14:30:00', { ...one.promotion_requested, by: people.onCall, delivery: deliveryId('d-ask') }],
  ['14:30:01', { ...one.promotion_looked, look: aLook({ digest: shown }) }],
  ['14:46:00', approved],
  ['14:46:01', { ...one.promotion_began, leg: 1 }],
  ['14:46:02', { ...one.canary_step_started, leg: 1, step: 0 }],
  ['14:46:03', { ...one.canary_step_applied, leg: 1, step: 0 }],
  ['14:46:20', { ...one.canary_step_succeeded, leg: 1, step: 0 }],
  ['14:46:21', { ...one.canary_moved, leg: 1 }],
  ['14:46:22', one.canary_reached],
]

const found = (told: Told): readonly string[] =>
  promotions({ incident: incidentId('pr-checkout-1'), history: aHistory(...told) }).map(
    ({ broken, why }) => `${broken} ${why}`,
  )
const without = (kind: TimelineEvent['kind']): Told =>
  good.filter(([, event]) => event.kind !== kind)
const twice = (kind: TimelineEvent['kind']): Told =>
  good.flatMap((told) => (told[1].kind === kind ? [told, told] : [told]))
const instead = (event: TimelineEvent, clock?: string): Told =>
  good.map((told) => (told[1].kind === event.kind ? [clock ?? told[0], event] : told))

test('a canary that went forward as it should is found without fault', () => {
  expect(found(good)).toEqual([])
})

test.each<readonly [string, Told]>([
  ['I2 began without a decision', without('promotion_approved')],
  [
    'I2 began on a decision that had expired',
    good.map((told) => (told[1].kind === 'promotion_approved' ? ['14:40:00', told[1]] : told)),
  ],
  [
    'I2 decided on other figures than those that stood',
    instead({ ...one.promotion_looked, look: aLook({ digest: planDigest('sha256:newer') }) }),
  ],
  [
    'I2 went on by itself where a person decides',
    good.map((told) =>
      told[1].kind === 'promotion_approved'
        ? [told[0], { ...one.promotion_advanced, digest: shown }]
        : told,
    ),
  ],
  ['I4 whoever asked for it approved it', instead({ ...approved, by: people.onCall })],
  ['I1 move 1 began twice', twice('promotion_began')],
  ['I1 the same click counted twice', twice('promotion_approved')],
  ['I3 a step while 1.0 is under way', twice('canary_step_started')],
  ['I3 canary_step_applied without an intent', without('canary_step_started')],
  ['I3 the move was over while 1.0 is under way', without('canary_step_succeeded')],
])('%s', (why, told) => {
  expect(found(told)).toContain(why)
})

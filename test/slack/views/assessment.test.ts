import { describe, expect, test } from 'vitest'
import { deliveryId, serviceId } from '#domain/ids.ts'
import { instant, minutes } from '#domain/time.ts'
import {
  assessmentCard,
  assessmentWhy,
  impactIn,
  impactModal,
  noIncidentModal,
  ownerCall,
  validateMessage,
  validateModal,
} from '#slack/views/index.ts'
import { facts, now, says, silent } from '../../domain/assessment/facts.ts'
import { aService, people } from '../../support/builders.ts'
import { rendered } from '../../support/render-blocks.ts'
import { anAssessmentState, pressed, wasAssessed } from './assessments.ts'

const sign = ({ kind }: { readonly kind: string }) => `signed:${kind}`
const golden = (name: string): string => `../../golden/views/${name}.txt`

const states = {
  'as it was asked': anAssessmentState(),
  'while it is watched': anAssessmentState(wasAssessed(), pressed.watched),
  'when it is said to be no incident': anAssessmentState(wasAssessed(), pressed.noIncident),
  'when the owner was asked': anAssessmentState(wasAssessed(), pressed.asked),
  'with what people said': anAssessmentState(
    wasAssessed({ statements: [says('data-loss')], fix: { isSimple: true, takes: minutes(8) } }),
  ),
  'when something else went out as well': anAssessmentState(
    wasAssessed({
      circumstances: {
        ...facts().circumstances,
        alsoChanged: [
          { service: serviceId('payments'), version: 'v1.9.0', at: instant(now - minutes(25)) },
          { service: serviceId('cart'), version: 'v3.2.0', at: instant(now - minutes(40)) },
        ],
      },
    }),
  ),
  'when nothing answers': anAssessmentState(
    wasAssessed({
      readings: [silent('error-rate', 'no answer within 2.2 s'), silent('p95')],
      wayBack: { kind: 'unknown', why: 'the platform gave no answer within 2.2 s' },
    }),
  ),
}

test('the card of an assessment reads well in every state', async () => {
  const shown = Object.entries(states).map(([name, state]) => {
    const card = assessmentCard(state, sign)
    expect(validateMessage(card)).toEqual([])
    return `== ${name}\n${rendered(card.blocks)}`
  })

  await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('assessments'))
})

test('why it came to that, a call to the owner, and the forms read well', async () => {
  const said = anAssessmentState(wasAssessed({ statements: [says('many-users')] }))
  const service = aService()
  const messages = {
    why: assessmentWhy(states['as it was asked']),
    'why, of what a person said': assessmentWhy(said),
    'a call to the owner': ownerCall(states['when the owner was asked'], {
      service,
      people: [people.teamLead],
    }),
    'a call to an owner whom nobody is on call for': ownerCall(said, { service, people: [] }),
  }
  const modals = {
    'add impact': impactModal(said, { sign, metadata: 'm' }),
    'not an incident': noIncidentModal(states['while it is watched'], 'm'),
  }

  for (const message of Object.values(messages)) expect(validateMessage(message)).toEqual([])
  for (const modal of Object.values(modals)) expect(validateModal(modal)).toEqual([])
  const shown = [...Object.entries(messages), ...Object.entries(modals)].map(
    ([name, { blocks }]) => `== ${name}\n${rendered(blocks)}`,
  )
  await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('assessment-messages'))
})

test.each([
  ['roll_back', 'primary'],
  ['fix_forward', undefined],
  ['look_elsewhere', undefined],
  ['inconclusive', undefined],
  ['watch', 'none'],
  // What runs beside it must stay.
  ['roll_back_canary', 'none'],
] as const)('a rollback is offered as the advice has it: %s', (advice, offered) => {
  const { latest, ...state } = anAssessmentState()
  const card = assessmentCard(
    { ...state, latest: { ...latest, found: { ...latest.found, advice } } },
    sign,
  )

  const buttons = card.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
  const start = buttons.find(
    (one) => one.type === 'button' && one.text.text.startsWith('Start rollback'),
  )
  expect(start && 'style' in start ? start.style : start && undefined).toBe(
    offered === 'none' ? undefined : offered,
  )
  expect(start === undefined).toBe(offered === 'none')
})

test('a hundred statements leave room for the rest', () => {
  const all = Array.from({ length: 100 }, (_, index) => ({
    ...says('some-users'),
    id: deliveryId(`said-${index}`),
  }))
  const state = anAssessmentState({ ...wasAssessed(), statements: all })

  expect(validateMessage(assessmentCard(state, sign))).toEqual([])
  expect(validateModal(impactModal(state, { sign, metadata: 'm' }))).toEqual([])
})

describe('what was chosen and typed', () => {
  test.each([
    ['data-loss', undefined, { what: 'data-loss' }],
    ['revenue', '12,5 %', { what: 'revenue', share: 0.125 }],
    ['revenue', '100', { what: 'revenue', share: 1 }],
    ['fix', '45', { what: 'fix', takes: minutes(45), isSimple: false }],
    ['simple-fix', '8 min', { what: 'fix', takes: minutes(8), isSimple: true }],
    ['canary-only', undefined, { what: 'canary-only' }],
  ])('%s with %s is understood', (chosen, amount, said) => {
    expect(impactIn(chosen, amount)).toEqual(said)
  })

  test.each([
    ['revenue', undefined],
    ['revenue', '0'],
    ['revenue', '101'],
    ['revenue', '-3'],
    ['revenue', '1e2'],
    ['fix', '0'],
    ['fix', 'soon'],
    ['fix', '99999'],
    ['toString', '1'],
    [undefined, '1'],
  ])('%s with %s is not, and a sentence says why', (chosen, amount) => {
    expect(impactIn(chosen, amount)).toMatch(/\.$/)
  })
})

test('a card holds what it needs to be judged: the moment it is of', () => {
  expect(rendered(assessmentCard(states['as it was asked'], sign).blocks)).toContain(
    `as of ${new Date(now / 1_000).toISOString().slice(11, 16)} UTC`,
  )
})

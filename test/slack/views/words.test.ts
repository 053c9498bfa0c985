import { describe, expect, test } from 'vitest'
import { hours, micros, plus } from '#domain/time.ts'
import {
  acknowledgeModal,
  announcement,
  answer,
  type AnswerContext,
  breakGlassModal,
  checklistBlocks,
  checklistModal,
  diffModal,
  help,
  mention,
  reasonModal,
  rollbackModal,
  statusPageModal,
  timelineModal,
  topic,
  validateMessage,
  validateModal,
} from '#slack/views/index.ts'
import { named } from '#slack/views/versions.ts'
import { alsoUndoes, blockerText, warningText } from '#slack/views/plan-words.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import { checklist } from '#domain/checklist/checklist.ts'
import { kpis } from '#domain/communication/kpis.ts'
import { revisionId, serviceId, workloadId } from '#domain/ids.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import {
  aHistory,
  anIncident,
  aPlan,
  approvedBy,
  aPolicy,
  aRevision,
  aService,
  at,
  checkout,
  people,
  planned,
  proposed,
  theIncident,
  theRollback,
} from '../../support/builders.ts'
import { rendered } from '../../support/render-blocks.ts'
import { completed, recovered } from './card-stories.ts'
import { everyAnswer, everyBlocker, everyRefusal, everyWarning, now } from './every-answer.ts'

const history = aHistory(...recovered)
const incident = anIncident(history)
const rollback = rollbackState(history, theRollback)
if (!rollback) throw new Error('no rollback')
const golden = (name: string): string => `../../golden/views/${name}.txt`
const sign: AnswerContext['sign'] = ({ kind }) => `signed:${kind}`
const context: AnswerContext = { now, sign, channel: 'C0INC0001', rollback }

describe('private answers', () => {
  test('every kind of answer says what can be done next', async () => {
    const shown = Object.entries(everyAnswer).map(([kind, one]) => {
      const message = answer(one, context)
      expect(validateMessage(message)).toEqual([])
      return `== ${kind}\n${rendered(message.blocks)}`
    })

    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('answers'))
  })

  test('what may have been a command is offered as it is typed', () => {
    const typed = {
      ...everyAnswer.unknown_service,
      typed: 'statsu',
      nearest: ['stats'],
      commands: ['/rollback status'],
    }

    expect(rendered(answer(typed, context).blocks)).toBe(
      'I know no service called `statsu`.\nDid you mean stats or `/rollback status`? Nothing was done.',
    )
  })

  test('whoever asks for what stands still for a schema is told which one, and what ends that', () => {
    const first = { service: serviceId('checkout-db'), standing: serviceId('checkout') }
    const shown = answer({ ...everyAnswer.already_under_way, ...first }, context)
    expect(rendered(shown.blocks)).toBe(
      '*checkout* stands still for the rollback of *checkout-db* (inc-checkout-7fk3qd) in <#C0INC0001>, which is under way. Nothing new was started.\nDecide on that one, or wait until *checkout* was started again.',
    )
  })

  test('the status of a service whose incident is over shows how long each part took', () => {
    const last = { incident: theIncident, state: incident, durations: kpis(history) }

    const shown = rendered(answer({ ...everyAnswer.status, open: [], last }, context).blocks)

    expect(shown).toContain('*Last incident*  inc-checkout-7fk3qd · critical · began 17 min ago')
    expect(shown).toContain(
      '• decide 7 min · approve 1 min 5 s · execute 40 s · verify 1 min 4 s · restored after 9 min 50 s',
    )
  })

  test('whoever asked before the channel was there is told its name', () => {
    const soon: AnswerContext = { now, sign, room: '#inc-checkout-ab12cd' }

    expect(answer(everyAnswer.requested, soon).text).toContain(
      'inc-checkout-ab12cd (being opened).',
    )
    expect(answer(everyAnswer.requested, context).text).toContain('is in <#C0INC0001>.')
  })

  test('what a collapse does is said where somebody decides on it, and only then', () => {
    const collapseHow = 'It kills every pod of v2.3.0 at once.'
    const says = (plan: Parameters<typeof aPlan>[0]) =>
      rendered(
        reasonModal('collapse', {
          rollback: { ...rollback, plan: aPlan(plan) },
          service: aService(),
          incident,
          policy: aPolicy(),
          now,
          metadata: 'm',
        }).blocks,
      )

    expect(says({ collapseHow })).toContain(collapseHow)
    expect(says({ collapseHow: null })).toContain('without draining gently. Requests under way')
  })

  test('whoever finishes at once reads how much is there to take over', () => {
    const says = (ready: number) =>
      rendered(
        reasonModal('collapse', {
          rollback: { ...rollback, progress: { ready, wanted: 12, note: '' } },
          service: aService(),
          incident,
          policy: aPolicy(),
          now,
          metadata: 'm',
        }).blocks,
      )

    expect(says(0)).toContain('*0 of 12 pods* on v2.2.1 are ready now: until some are, *nothing')
    expect(says(3)).toContain('*3 of 12 pods* on v2.2.1 are ready now; they alone serve checkout')
  })

  test('every refusal names the rule and the way on', async () => {
    const shown = Object.entries(everyRefusal).map(([kind, refusal]) => {
      const message = answer({ ...everyAnswer.refused, refusal }, context)
      expect(validateMessage(message)).toEqual([])
      return `== ${kind}\n${rendered(message.blocks)}`
    })

    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('refusals'))
  })

  test('configuration that may not be read is not called unchanged', () => {
    const says = (more: Parameters<typeof aPlan>[0]) => alsoUndoes(aPlan(more)).markup
    const unread = { ...everyWarning.missing_right, verb: 'get', resource: 'configmaps' }

    expect(says({ warnings: [unread] })).toContain('configuration not looked at')
    expect(says({ warnings: [everyWarning.missing_right] })).toContain('configuration unchanged')
    expect(says({ warnings: [unread, everyWarning.config_changed] })).toContain(
      'configuration changed since (checkout-flags)',
    )
  })

  test('every blocker and every warning has its sentence', async () => {
    const shown = [
      ...Object.values(everyBlocker).map(
        (blocker) => `${blocker.kind}: ${blockerText(blocker).markup}`,
      ),
      ...Object.values(everyWarning).map(
        (warning) => `${warning.kind}: ${warningText(warning).markup}`,
      ),
    ]

    await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot(golden('blockers-and-warnings'))
  })

  test('a refused approver can ask the right level or break glass, a refused canceller only ask', () => {
    const buttons = (decided: 'approve' | 'cancel'): string =>
      rendered(answer({ ...everyAnswer.refused, decided }, context).blocks)

    expect(buttons('approve')).toContain('[Ask the team lead] [Break-glass…]')
    expect(buttons('cancel')).toContain('[Ask the team lead]')
    expect(buttons('cancel')).not.toContain('Break-glass')
  })

  test('breaking glass, which approves, is not named to somebody who wanted to reject', () => {
    const refused = (decided: 'approve' | 'reject', refusal: Refusal): string =>
      rendered(answer({ ...everyAnswer.refused, decided, refusal }, context).blocks)

    for (const refusal of [everyRefusal.not_now, everyRefusal.role_source_down]) {
      expect(refused('approve', refusal)).toContain('break glass and say why')
      expect(refused('reject', refusal)).not.toMatch(/glass/i)
    }
  })
})

describe('modals', () => {
  const input = { rollback, service: aService(), incident, policy: aPolicy(), now, metadata: 'm' }
  const services = [{ id: checkout, environment: 'prod/production' }]
  const asking = {
    services,
    service: checkout,
    running: aRevision('v2.3.0'),
    candidates: everyAnswer.history.candidates,
    plan: aPlan(),
    to: undefined,
    reason: 'errors after deploy',
    severity: undefined,
    problem: undefined,
    now,
    metadata: 'm',
  } as const
  const soft = { ...rollback, plan: aPlan({ warnings: [everyWarning.gitops_owner] }) }
  const { target } = aPlan()
  const payments = {
    ...target,
    workload: workloadId('p'),
    title: 'prod/production deployment payments',
  }
  const wider = {
    services: [aService({ id: serviceId('payments'), targets: [payments] })],
    scope: [payments],
  }
  const modals = {
    rollback: rollbackModal(asking),
    'rollback without a service': rollbackModal({
      ...asking,
      service: undefined,
      running: undefined,
      candidates: [],
      plan: undefined,
    }),
    'rollback of a service with change windows': rollbackModal({
      ...asking,
      candidates: [],
      plan: undefined,
      window: {
        opening: { at: at('22:00:00'), isOpen: false, until: at('23:30:00') },
        zone: 'Europe/Berlin',
      },
      waits: true,
    }),
    'rollback of a service with flags': rollbackModal({
      ...asking,
      candidates: [],
      plan: undefined,
      flags: ['new-checkout', 'new-search'],
      isCombined: true,
    }),
    reject: reasonModal('reject', input),
    undo: reasonModal('undo', input),
    collapse: reasonModal('collapse', input),
    'lift hold': reasonModal('lift-hold', input),
    'lift freeze': reasonModal('lift-freeze', input),
    'pin the version': reasonModal('pin', input),
    'freeze wider': reasonModal('widen-freeze', { ...input, wider }),
    'review break-glass': reasonModal('review-break-glass', input),
    'break glass': breakGlassModal(input),
    acknowledge: acknowledgeModal({ ...input, rollback: soft }),
    diff: diffModal(aPlan()),
    checklist: checklistModal({
      items: checklist(incident, [rollback], now),
      part: 'rolled-back',
      rollback: theRollback,
      sign,
      now,
      metadata: 'm',
    }),
    timeline: timelineModal({ history, incident, rollbacks: [rollback] }),
    'status page': statusPageModal({
      offers: [
        { status: 'Investigating', text: 'We are looking.', sent: true },
        { status: 'Identified', text: 'We found it.', sent: false },
      ],
      selected: undefined,
      component: 'Checkout',
      metadata: 'm',
    }),
  } as const

  test('every modal reads well', async () => {
    const shown = Object.entries(modals).map(([name, view]) => {
      expect(validateModal(view)).toEqual([])
      return `== ${name}: ${view.title.text} [${view.submit?.text ?? '–'}] [${view.close?.text ?? '–'}]\n${rendered(view.blocks)}`
    })

    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('modals'))
  })

  test('more services than Slack lists are searched for', () => {
    const many = Array.from({ length: 101 }, () => ({ id: checkout, environment: 'prod' }))

    const view = rollbackModal({ ...asking, services: many })

    expect(rendered(view.blocks)).toContain('<external_select chosen: checkout>')
  })

  test('another status shows its own text in a block of its own', () => {
    const view = (selected: string) =>
      JSON.stringify(
        statusPageModal({
          offers: [
            { status: 'Investigating', text: 'We are looking.', sent: false },
            { status: 'Identified', text: 'We found it.', sent: false },
          ],
          selected,
          component: 'Checkout',
          metadata: 'm',
        }).blocks,
      )

    expect(view('status-identified')).toContain('"text:Identified"')
    expect(view('status-identified')).toContain('We found it.')
    expect(view('status-investigating')).toContain('"text:Investigating"')
  })
})

describe('the other messages', () => {
  test('mentions say in one line what is wanted of whom', async () => {
    const abouts = [
      'asked',
      'approved',
      'escalated',
      'break-glass',
      'not-recovered',
      'stuck',
      'reminded',
    ] as const
    const shown = abouts.map(
      (about) =>
        mention({ about, roles: ['team-lead'], people: [people.teamLead], incident, rollback, now })
          .text,
    )
    shown.push(
      mention({ about: 'asked', roles: ['team-lead'], people: [], incident, rollback, now }).text,
    )

    await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot(golden('mentions'))
  })

  test('whoever is told late of an approval that became void hears of what was approved', () => {
    const newer = aPlan({ from: aRevision('v2.3.1', { number: 45 }) })
    const voided = rollbackState(
      aHistory(
        ...proposed(),
        ['14:31:05', approvedBy(), people.onCall],
        ['14:31:06', { kind: 'approval_voided', rollback: theRollback, why: 'v2.3.1 is out' }],
        ['14:31:07', planned(newer)],
      ),
      theRollback,
    )
    if (!voided) throw new Error('no rollback')

    const { text } = mention({
      about: 'approved',
      roles: ['team-lead'],
      people: [],
      incident,
      rollback: voided,
      now,
    })

    expect(text).toContain('v2.3.0 → v2.2.1 was approved, but the approval no longer holds')
    expect(text).not.toContain('v2.3.1')
  })

  test('the topic, help, an announcement and the checklist read well', async () => {
    const early = aHistory(...completed)
    const state = rollbackState(early, theRollback)
    const items = checklist(anIncident(early), state ? [state] : [], now)
    const shown = [
      topic({ incident, rollback, service: aService() }),
      topic({
        incident,
        rollback: rollback && { ...rollback, countdown: { until: at('14:25:30') } },
        service: aService(),
      }),
      rendered(
        help([
          {
            command: '/rollback',
            usage: '[service] [--to …]',
            help: 'Proposes a rollback.',
            examples: ['/rollback checkout'],
          },
        ]).blocks,
      ),
      rendered(
        announcement({
          title: 'Incident alert: checkout',
          text: 'critical: checkout\nIssue: errors',
        }).blocks,
      ),
      rendered(checklistBlocks({ items, rollback: theRollback, sign, now })),
    ]

    await expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot(golden('others'))
  })

  test('the topic names the day of a start that lies before the day of the declaration', () => {
    const startedAt = plus(incident.startedAt, micros(-hours(24)))

    expect(
      topic({ incident: { ...incident, startedAt }, rollback, service: aService() }),
    ).toContain('since 20 Nov 2026 14:23 UTC')
  })

  test('the topic keeps to what Slack takes', () => {
    const service = aService({
      owner: 'x'.repeat(400),
      environment: '<!channel> https://evil.example @here',
    })

    const text = topic({ incident, rollback, service })
    expect(text.length).toBeLessThanOrEqual(250)
    expect(text).not.toMatch(/[<>]|:\/\/|@/)
  })
})

test.each([
  ['an image that was seen running', 'sha256:77ab41c077ab', '`sha256:77ab41c077ab`'],
  ['no image: its template, which is none', undefined, '`template 02bf6c1d77e9`'],
])('a version is named by %s', (_, digest, shown) => {
  const image = { container: 'checkout', reference: 'checkout:2.2.1' }
  const revision = aRevision('v2.2.1', {
    id: revisionId(`sha256:02bf6c1d77e9${'0'.repeat(52)}`),
    images: [{ ...image, ...(digest === undefined ? {} : { digest }) }],
  })

  expect(named(revision).markup).toBe(`v2.2.1 ${shown}`)
})

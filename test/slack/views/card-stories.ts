import { deliveryId, incidentId, serviceId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { minutes } from '#domain/time.ts'
import type { CardInput } from '#slack/views/index.ts'
import {
  aHistory,
  aPlan,
  aPolicy,
  approvedBy,
  aService,
  aStep,
  at,
  people,
  proposed,
  theIncident,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const rollback = theRollback
const delivery = deliveryId('d3')
const step = 0

export const good: readonly Check[] = [
  { id: 'units', result: 'passed', text: '12/12 pods on sha256:77ab41c077ab' },
  { id: 'endpoints', result: 'passed', text: 'endpoints 12' },
  { id: 'health', result: 'passed', text: '/health 200 in 84 ms' },
  { id: 'error-rate', result: 'passed', text: '5xx 0.09 % (normal 0.1 %)' },
  { id: 'p95', result: 'passed', text: 'P95 212 ms (normal 205 ms)' },
]
const bad: readonly Check[] = [
  ...good.slice(0, 3),
  { id: 'error-rate', result: 'failed', text: '5xx 4.8 % (normal 0.1 %)' },
  { id: 'p95', result: 'unknown', text: 'P95 not measured: prometheus timed out' },
]

const gradual = aPlan({
  steps: [aStep('rollout resumed'), aStep('template restored', { settles: 'pods' })],
  collapse: [aStep('all pods at once')],
  freezes: true,
})
const until = at('16:30:01')
const freezing: Told = [
  ...proposed(gradual),
  ['14:30:01', { kind: 'freeze_begun', rollback, until, scope: [gradual.target] }],
]
const frozen: Told = [...freezing, ['14:30:02', { kind: 'freeze_raised', rollback, until }]]
const fault = { kind: 'freeze_failed', rollback } as const
const unfrozen = (isFinal: boolean): TimelineEvent => ({
  ...fault,
  doing: 'raise',
  why: 'not allowed to patch configmaps',
  isFinal,
})
const liftOrdered: TimelineEvent = {
  kind: 'freeze_lift_authorised',
  rollback,
  delivery,
  by: people.teamLead,
  as: 'team-lead',
  reason: 'the fix must go out',
}
const another = { service: serviceId('checkout'), incident: incidentId('inc-other-2'), until }
const freezeLifted = { kind: 'freeze_lifted', rollback, because: 'person' } as const

export const approvedStory: Told = [...frozen, ['14:31:05', approvedBy(), people.onCall]]
export const running: Told = [
  ...approvedStory,
  ['14:31:06', { kind: 'execution_started', rollback }],
  ['14:31:07', { kind: 'step_applied', rollback, step: 0 }],
  ['14:31:07', { kind: 'step_succeeded', rollback, step: 0 }],
  ['14:31:08', { kind: 'step_applied', rollback, step: 1 }],
  ['14:31:28', { kind: 'progressed', rollback, step: 1, ready: 8, wanted: 12, note: '' }],
]
export const completed: Told = [
  ...running,
  ['14:31:44', { kind: 'step_succeeded', rollback, step: 1 }],
  ['14:31:46', { kind: 'execution_completed', rollback }],
  ['14:31:46', { kind: 'hold_placed', rollback, revision: 'sha256:9f1c', name: 'v2.3.0' }],
]
const verified = (
  outcome: 'recovered' | 'not_recovered' | 'unverified',
  checks: readonly Check[],
): Told => [...completed, ['14:32:50', { kind: 'verified', rollback, outcome, checks }]]
export const recovered: Told = verified('recovered', good)
const held: Told = [
  ...completed.slice(0, -1),
  [
    '14:31:46',
    {
      kind: 'hold_placed',
      rollback,
      revision: 'sha256:9f1c',
      name: 'v2.3.0',
      isEnforceable: true,
    },
  ],
  ['14:31:46', { kind: 'hold_begun', rollback }],
]
export const isWell: Told = [
  ['14:32:50', { kind: 'verified', rollback, outcome: 'recovered', checks: good }],
]
const byImage = {
  kind: 'image',
  images: [['shop/checkout:2.3.0', `@sha256:${'9f1c'.repeat(16)}`]],
} as const
const holdFault = { kind: 'hold_failed', rollback } as const
const holdLifted: TimelineEvent = {
  kind: 'hold_lifted',
  rollback,
  delivery,
  by: people.teamLead,
  as: 'team-lead',
  reason: 'fixed by configuration',
}
const failed: Told = [
  ...running,
  [
    '14:34:08',
    {
      kind: 'step_failed',
      rollback,
      step: 1,
      message: 'the pods did not become ready: ImagePullBackOff on checkout-6d9f',
      changed: 'maybe',
    },
  ],
]
const one = (event: TimelineEvent, clock = '14:36:00'): Told => [...proposed(), [clock, event]]

export function story(told: Told, now: string, more: Partial<CardInput> = {}): CardInput {
  const history = aHistory(...told)
  const incident = incidentState(history)
  const state = rollbackState(history, rollback)
  if (!incident || !state) throw new Error('The story has no rollback')
  return {
    incident,
    incidentId: theIncident,
    rollback: state,
    service: aService(),
    now: at(now),
    policy: aPolicy(),
    sign: ({ kind }) => `signed:${kind}`,
    look: 'kubectl --context prod-eu -n production rollout status deployment/checkout',
    ...more,
  }
}

const soft = aPlan({
  warnings: [
    { kind: 'gitops_owner', tool: 'Argo CD', name: 'shop/checkout' },
    { kind: 'mutable_tag', image: 'checkout:latest' },
  ],
})

/** Every state a card can be in, each with the story that leads there. */
export const cardStories = {
  'it is being planned': story(proposed().slice(0, 3), '14:30:01'),
  'it waits for a decision': story(proposed(), '14:30:00'),
  'deploys are frozen meanwhile': story(frozen, '14:30:10'),
  'deploys are not frozen': story([...freezing, ['14:30:02', unfrozen(true)]], '14:30:10'),
  'deploys are not frozen yet': story([...freezing, ['14:30:02', unfrozen(false)]], '14:30:10'),
  'people were paged': story([...proposed(), ['14:30:02', everyEvent.paged]], '14:30:10'),
  'nobody could be paged': story([...proposed(), ['14:30:02', everyEvent.page_failed]], '14:30:10'),
  'the pager does not know that it was approved': story(
    [
      ...proposed(),
      ['14:30:02', everyEvent.paged],
      ['14:31:05', approvedBy(), people.onCall],
      ['14:31:06', { ...everyEvent.page_failed, doing: 'acknowledge', isFinal: false }],
    ],
    '14:31:10',
  ),
  'the first window has passed': story(
    [
      ...proposed(),
      ['14:38:00', { kind: 'escalated', rollback, to: 'team-lead', because: 'window' }],
    ],
    '14:38:00',
  ),
  'there is a soft blocker': story(proposed(soft), '14:30:30'),
  'two people are needed': story(proposed(aPlan(), { twoPerson: true }), '14:30:30'),
  'one of two has approved': story(
    [
      ...proposed(soft),
      [
        '15:24:00',
        approvedBy({
          by: people.vp,
          as: 'vp-engineering',
          needed: 'vp-engineering',
          complete: false,
        }),
        people.vp,
      ],
    ],
    '15:25:00',
  ),
  'its plan was voided': story(
    [
      ...approvedStory,
      [
        '14:33:00',
        { kind: 'approval_voided', rollback, why: 'someone deployed v2.3.1 at 14:33 UTC' },
      ],
    ],
    '14:33:01',
  ),
  'it is about to start': story(approvedStory, '14:31:05'),
  'it is scheduled': story(
    [
      ...proposed(aPlan(), { notBefore: at('15:30:00'), strategy: 'scheduled' }),
      ['14:31:05', approvedBy(), people.onCall],
    ],
    '14:40:00',
  ),
  'it runs': story(running, '14:31:28'),
  'it runs over its budget': story(
    [
      ...running,
      ['14:34:06', { kind: 'budget_spent', rollback, budgetMicros: minutes(3) }],
      ['14:34:06', { kind: 'escalated', rollback, to: 'team-lead', because: 'window' }],
    ],
    '14:34:30',
  ),
  'it is taken back': story(
    [
      ...failed,
      [
        '14:35:00',
        {
          kind: 'undo_authorised',
          rollback,
          delivery,
          by: people.teamLead,
          as: 'team-lead',
          reason: 'the image is gone',
        },
      ],
    ],
    '14:35:10',
  ),
  'a step failed': story(failed, '14:34:20'),
  'it is stuck': story(
    [
      ...failed,
      [
        '14:35:00',
        {
          kind: 'undo_authorised',
          rollback,
          delivery,
          by: people.teamLead,
          as: 'team-lead',
          reason: 'the image is gone',
        },
      ],
      [
        '14:35:20',
        {
          kind: 'undo_failed',
          rollback,
          step: 1,
          message: 'the API server answered 403',
          changed: 'maybe',
        },
      ],
    ],
    '14:36:00',
  ),
  'it is being verified': story(completed, '14:32:00'),
  'it recovers': story(recovered, '14:33:00'),
  'it recovers after a scheduled time': story(
    [
      ...proposed(aPlan(), { notBefore: at('15:30:00'), strategy: 'scheduled' }),
      ['14:31:05', approvedBy(), people.onCall],
      ['15:30:01', { kind: 'execution_started', rollback }],
      ['15:30:41', { kind: 'execution_completed', rollback }],
      ['15:32:50', { kind: 'verified', rollback, outcome: 'recovered', checks: good }],
    ],
    '15:33:00',
  ),
  'it is stable': story(
    [
      ...recovered,
      ['15:02:50', { kind: 'watch_ended', rollback, outcome: 'stable', checks: good }],
      ['15:02:51', { kind: 'freeze_lifted', rollback, because: 'ended' }],
    ],
    '15:03:00',
  ),
  'it got worse again': story(
    [
      ...recovered,
      ['14:50:00', { kind: 'watch_ended', rollback, outcome: 'degraded', checks: bad }],
    ],
    '14:50:10',
  ),
  'it was followed by another': story(
    [
      ...recovered,
      ['14:50:00', { kind: 'watch_ended', rollback, outcome: 'superseded', checks: good }],
    ],
    '14:50:10',
  ),
  'it has not recovered': story(verified('not_recovered', bad), '14:37:00'),
  'its recovery is not proven': story(verified('unverified', bad.slice(4)), '14:37:00'),
  'glass was broken': story(
    [
      ...proposed(),
      [
        '14:41:05',
        approvedBy({
          needed: 'team-lead',
          breakGlass: 'team lead unreachable, customers cannot pay',
        }),
        people.onCall,
      ],
    ],
    '14:41:06',
  ),
  'it was rejected': story(
    one({
      kind: 'rollback_rejected',
      rollback,
      delivery,
      by: people.teamLead,
      as: 'team-lead',
      reason: 'the cause is payments-db',
    }),
    '14:40:00',
  ),
  'it was cancelled': story(
    one({ kind: 'rollback_cancelled', rollback, delivery, by: people.onCall, as: 'requester' }),
    '14:40:00',
  ),
  'no plan is possible any more': story(
    one({ kind: 'rollback_blocked', rollback, why: 'v2.2.1 was deleted from the registry' }),
    '14:40:00',
  ),
  'it expired': story(
    one({ kind: 'rollback_expired', rollback, what: 'request' }, '16:30:00'),
    '16:31:00',
  ),
  'its freeze was lifted': story(
    [...recovered, ['14:40:00', liftOrdered], ['14:40:01', freezeLifted]],
    '14:41:00',
  ),
  'its freeze was lifted, and that of another one stands': story(
    [...recovered, ['14:40:00', liftOrdered], ['14:40:01', { ...freezeLifted, others: [another] }]],
    '14:41:00',
  ),
  'its freeze was lifted, and that of another one ended': story(
    [...recovered, ['14:40:00', liftOrdered], ['14:40:01', { ...freezeLifted, others: [another] }]],
    '16:31:00',
  ),
  'its freeze was lifted, and another service has one of its own': story(
    [
      ...recovered,
      ['14:40:00', liftOrdered],
      ['14:40:01', { ...freezeLifted, others: [{ ...another, service: serviceId('payments') }] }],
    ],
    '14:41:00',
  ),
  'its freeze cannot be lifted': story(
    [
      ...recovered,
      ['14:40:00', liftOrdered],
      ['14:40:01', { ...fault, doing: 'lift', why: 'the connection was refused', isFinal: false }],
    ],
    '14:41:00',
  ),
  'the cluster refuses the version it left': story(
    [...held, ['14:31:47', { kind: 'hold_enforced', rollback, by: byImage }], ...isWell],
    '14:41:00',
  ),
  'the cluster refuses the configuration it left': story(
    [
      ...held,
      ['14:31:47', { kind: 'hold_enforced', rollback, by: { kind: 'template' } }],
      ...isWell,
    ],
    '14:41:00',
  ),
  'the cluster does not refuse the version it left': story(
    [
      ...held,
      ['14:31:47', { ...holdFault, doing: 'enforce', why: 'there is no policy', isFinal: true }],
      ...isWell,
    ],
    '14:41:00',
  ),
  'its hold is being lifted': story(
    [
      ...held,
      ['14:31:47', { kind: 'hold_enforced', rollback, by: byImage }],
      ...isWell,
      ['14:40:00', holdLifted],
      ['14:40:01', { ...holdFault, doing: 'release', why: 'no answer', isFinal: false }],
    ],
    '14:41:00',
  ),
  'its hold was lifted': story(
    [
      ...held,
      ['14:31:47', { kind: 'hold_enforced', rollback, by: byImage }],
      ...isWell,
      ['14:40:00', holdLifted],
      ['14:40:01', { kind: 'hold_released', rollback }],
    ],
    '14:41:00',
  ),
  'it was undone': story(
    [
      ...completed,
      [
        '14:40:00',
        {
          kind: 'undo_authorised',
          rollback,
          delivery,
          by: people.onCall,
          as: 'on-call-engineer',
          reason: 'v2.2.1 cannot read the new orders',
        },
      ],
      ['14:40:20', { kind: 'undo_succeeded', rollback, step: 1 }],
      ['14:40:21', { kind: 'undo_succeeded', rollback, step }],
    ],
    '14:41:00',
  ),
} as const satisfies Record<string, CardInput>

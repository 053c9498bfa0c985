import { expect, test } from 'vitest'
import { deliveryId, incidentId, planDigest, rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Mechanism } from '#domain/rollback/ways.ts'
import { decisions } from '../support/history-checker/decisions.ts'
import { execution } from '../support/history-checker/execution.ts'
import { ways } from '../support/history-checker/ways.ts'
import {
  aHistory,
  aPlan,
  aStep,
  approvedBy,
  declared,
  people,
  requested,
  type Told,
} from '../support/builders.ts'

const rollback = rollbackId('rb_1')
const first = planDigest('sha256:first')
const second = planDigest('sha256:second')
const planned = (digest: typeof first, mechanism: Mechanism): TimelineEvent => ({
  kind: 'rollback_planned',
  rollback,
  digest,
  plan: aPlan({ mechanism, steps: [aStep('template restored', { change: { kind: 'set' } })] }),
})
const step = (kind: 'step_started' | 'step_succeeded'): TimelineEvent => ({
  kind,
  rollback,
  step: 0,
})
const left = (mechanism: Mechanism): TimelineEvent => ({
  kind: 'way_left',
  rollback,
  mechanism,
  by: people.teamLead,
  as: 'team-lead',
  delivery: deliveryId('d-left'),
})
const good: Told = [
  ['14:30:00', declared()],
  ['14:30:01', requested({ rollback })],
  ['14:30:02', planned(first, 'mesh-reroute')],
  [
    '14:31:00',
    approvedBy({ rollback, digest: first, as: 'on-call-engineer', needed: 'on-call-engineer' }),
  ],
  ['14:31:01', { kind: 'execution_started', rollback }],
  ['14:31:02', step('step_started')],
  ['14:31:20', { kind: 'budget_spent', rollback, budgetMicros: 10_000_000 }],
  ['14:31:30', left('mesh-reroute')],
  ['14:31:31', planned(second, 'deployment-undo')],
  [
    '14:31:40',
    approvedBy({
      rollback,
      digest: second,
      as: 'team-lead',
      needed: 'team-lead',
      delivery: deliveryId('d-2'),
    }),
  ],
  ['14:31:41', { kind: 'execution_started', rollback }],
  ['14:31:42', step('step_started')],
  ['14:31:50', step('step_succeeded')],
  ['14:31:51', { kind: 'execution_completed', rollback }],
]
const mark = (operation: string, at: string) => ({
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/production/deployments/checkout',
  query: '',
  body: [{ op: 'add', path: '/metadata/annotations/countermand.dev~1operation', value: operation }],
  status: 200,
  at: new Date(`2026-11-21T${at}Z`),
})
const bothWays = [mark('rb_1.0 shift', '14:31:10'), mark('rb_1.0.way2 template', '14:31:45')]

function found(told: Told, writes = bothWays): readonly string[] {
  const story = { incident: incidentId('inc-1'), history: aHistory(...told) }
  return [...ways(story), ...decisions(story), ...execution([story], writes)].map(({ why }) => why)
}
const without = (kind: TimelineEvent['kind'], nth = 1): Told =>
  good.filter(([, event], at) => {
    const same = good.slice(0, at + 1).filter(([, one]) => one.kind === kind).length
    return event.kind !== kind || same !== nth
  })
const instead = (at: number, event: TimelineEvent): Told =>
  good.map((one, index) => (index === at ? [one[0], event] : one))

test('a rollback that went another way is found without fault', () => {
  expect(found(good)).toEqual([])
})

test.each<readonly [string, Told]>([
  ['mesh-reroute was left although it had not failed', without('budget_spent')],
  ['deployment-undo was left, and not mesh-reroute', instead(7, left('deployment-undo'))],
  ['mesh-reroute was planned again after it was left', instead(8, planned(second, 'mesh-reroute'))],
  ['started without an approval', without('approval_given', 2)],
  [
    'on-call-engineer decided on another way, which takes team-lead',
    instead(
      9,
      approvedBy({
        rollback,
        digest: second,
        as: 'on-call-engineer',
        needed: 'on-call-engineer',
        delivery: deliveryId('d-2'),
      }),
    ),
  ],
  ['step_started before the execution', without('execution_started', 2)],
  ['execution_started a second time', without('way_left')],
])('%s is found', (why, told) => {
  expect(found(told)).toContain(why)
})

test('above a VP whose way has spent its time one voice is found not to be enough, and two are found without fault', () => {
  const vp = { rollback, as: 'vp-engineering', needed: 'vp-engineering' } as const
  const voice = (name: string, complete: boolean) =>
    approvedBy({
      ...vp,
      digest: second,
      identity: `${name}@shop.example`,
      complete,
      delivery: deliveryId(name),
    })
  const byVp = instead(3, approvedBy({ ...vp, digest: first }))
  const decidedBy = (...voices: readonly TimelineEvent[]): Told => [
    ...byVp.slice(0, 9),
    ...voices.map((event) => ['14:31:40', event] as const),
    ...byVp.slice(10),
  ]

  expect(found(decidedBy(voice('vp', true)))).toEqual([
    'one voice decided, and the VP alone is not enough',
  ])
  expect(found(decidedBy(voice('vp', false), voice('second-vp', true)))).toEqual([])
})

test('what is done of another way before the first one is left is found', () => {
  expect(found(good, [mark('rb_1.0.way2 template', '14:31:10')])).toEqual([
    'was done before it was said',
  ])
})

import { deliveryId, serviceId, workloadId } from '#domain/ids.ts'
import { rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import type { Together } from '#domain/rollback/together.ts'
import { rollbackId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { CardInput } from '#slack/views/index.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  declared,
  people,
  planned,
  requested,
  theDigest,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { story } from './card-stories.ts'

const second = rollbackId('rb_payments')
const third = rollbackId('rb_ledger')
const place = (at: number): Together => ({
  lead: theRollback,
  at,
  of: 3,
  digest: theDigest,
  levels: 0,
})
const asked = (): Told =>
  [
    { rollback: theRollback, name: 'checkout' },
    { rollback: second, name: 'payments' },
    { rollback: third, name: 'ledger' },
  ].flatMap(({ rollback, name }, at): Told => {
    const service = serviceId(name)
    const of = { rollback, service, workload: workloadId(`prod/${name}`), together: place(at) }
    return [
      ['14:30:00', requested(of), people.onCall],
      ['14:30:01', { ...planned(aPlan({ service })), rollback }],
    ]
  })
const proposed: Told = [['14:30:00', declared(), people.onCall], ...asked()]
const approvals: Told = [theRollback, second, third].map((rollback) => [
  '14:31:05',
  { ...approvedBy(), rollback },
  people.onCall,
])
const out = (rollback: typeof theRollback, clock: string): Told => [
  [clock, { kind: 'execution_started', rollback }],
  [clock, { kind: 'execution_completed', rollback }],
]
const running: Told = [...proposed, ...approvals, ...out(theRollback, '14:31:46')]
const stopped: Told = [
  ...running,
  ['14:32:17', { kind: 'turn_taken', rollback: second, checks: [] }],
  ['14:32:18', { kind: 'execution_started', rollback: second }],
  [
    '14:32:20',
    { kind: 'step_failed', rollback: second, step: 0, message: 'no answer', changed: 'maybe' },
  ],
  [
    '14:32:21',
    { kind: 'rollback_left', rollback: third, why: 'payments stopped at a step that failed' },
  ],
]

function together(told: Told, now: string, of = theRollback): CardInput {
  const history = aHistory(...told)
  const rollback = rollbackState(history, of)
  if (!rollback || !incidentState(history)) throw new Error('the story has no rollback')
  return { ...story(told, now), rollback, together: rollbacksOf(history) }
}

/** Cards of several services that are rolled back together. */
export const togetherStories = {
  'several wait for one decision': together(proposed, '14:30:10'),
  'one of several is out': together(running, '14:32:00'),
  'the rest of several is left': together(stopped, '14:32:30'),
  'one of several stopped': together(stopped, '14:32:30', second),
  'several were rejected': together(
    [
      ...proposed,
      ...[theRollback, second, third].map((rollback): Told[number] => [
        '14:31:00',
        {
          kind: 'rollback_rejected',
          rollback,
          by: people.onCall,
          as: 'on-call-engineer',
          reason: 'not now',
          delivery: deliveryId('d1'),
        },
      ]),
    ],
    '14:31:10',
  ),
}

import { expect, test } from 'vitest'
import { incidentId, planDigest, rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { together } from '../support/history-checker/together.ts'
import {
  aHistory,
  approvedBy,
  declared,
  requested,
  theDigest,
  type Told,
} from '../support/builders.ts'

const lead = rollbackId('rb_1')
const next = rollbackId('rb_2')
const place = (at: number) => ({ lead, at, of: 2, digest: planDigest(theDigest), levels: 0 })
const both = (event: (rollback: typeof lead) => TimelineEvent): Told =>
  [lead, next].map((rollback) => ['14:31:00', event(rollback)])
const good: Told = [
  ['14:30:00', declared()],
  ['14:30:00', requested({ rollback: lead, together: place(0) })],
  ['14:30:00', requested({ rollback: next, together: place(1) })],
  ...both((rollback) => ({ ...approvedBy(), rollback })),
  ['14:31:01', { kind: 'execution_started', rollback: lead }],
  ['14:31:20', { kind: 'execution_completed', rollback: lead }],
  ['14:31:51', { kind: 'turn_taken', rollback: next, checks: [] }],
  ['14:31:52', { kind: 'execution_started', rollback: next }],
]
const found = (told: Told) =>
  together({ incident: incidentId('inc-1'), history: aHistory(...told) }).map(({ why }) => why)
const without = (kind: TimelineEvent['kind']): Told =>
  good.filter(([, event]) => event.kind !== kind)

test('several that went back as they should are found without fault', () => {
  expect(found(good)).toEqual([])
})

test.each<readonly [string, Told]>([
  ['begun before its turn', without('turn_taken')],
  ['begun before its turn', without('execution_completed')],
  [
    'the one before had no time to settle',
    good.map(([clock, event]) => [
      event.kind === 'execution_completed' ? '14:31:40' : clock,
      event,
    ]),
  ],
  [
    'begun although the one before had failed',
    good.toSpliced(7, 0, [
      '14:31:30',
      { kind: 'step_failed', rollback: lead, step: 0, message: 'no', changed: 'maybe' },
    ]),
  ],
  ['approved without the others', good.toSpliced(4, 1)],
  ['not all that were asked for together are on the record', good.toSpliced(2, 1)],
])('%s is found', (why, told) => {
  expect(found(told)).toContain(why)
})

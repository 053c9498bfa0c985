import { expect, test } from 'vitest'
import { decisionClock } from '#domain/incident/decision-clock.ts'
import type { Severity } from '#domain/incident/severity.ts'
import { isoMicros, minutes } from '#domain/time.ts'
import {
  aHistory,
  aPolicy,
  approvedBy,
  at,
  declared,
  people,
  planned,
  proposed,
  requested,
  type Told,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

/** When the time is over, of what began at 14:30. */
const due = (...told: readonly Told[number][]): string => {
  const clock = decisionClock(aHistory(...told), aPolicy())
  return clock ? isoMicros(clock.due).slice(11, 19) : '–'
}
const asked = (severity: Severity, request: Parameters<typeof requested>[0] = {}): Told => [
  ['14:30:00', declared({ severity })],
  ['14:30:00', requested(request)],
  ['14:30:02', planned()],
]
const becomes = (clock: string, from: Severity, to: Severity): Told[number] => [
  clock,
  { ...everyEvent.severity_changed, from, to },
]

test.each([
  ['critical', '14:32:00'],
  ['high', '14:35:00'],
  ['medium', '14:35:00'],
  ['low', '–'],
] as const)('what is %s is to be decided until %s', (severity, until) => {
  expect(due(...asked(severity))).toBe(until)
})

test('a security breach is decided within a minute', () => {
  expect(due(...asked('critical', { reasonKind: 'security' }))).toBe('14:31:00')
})

test('what is found later has its time from then on, and the earlier clock goes on', () => {
  expect(due(...asked('high'), becomes('14:31:00', 'high', 'critical'))).toBe('14:33:00')
  expect(due(...asked('high'), becomes('14:34:30', 'high', 'critical'))).toBe('14:35:00')
  expect(due(...asked('low'), becomes('14:40:00', 'low', 'high'))).toBe('14:45:00')
})

test('what somebody found less bad has the time of that', () => {
  expect(due(...asked('critical'), becomes('14:31:00', 'critical', 'high'))).toBe('14:36:00')
  expect(due(...asked('critical'), becomes('14:31:00', 'critical', 'low'))).toBe('–')
})

test('an assessment knows the clock of what it found', () => {
  const { assessed } = everyEvent
  const slow = { ...assessed, found: { ...assessed.found, decideWithin: minutes(15) } }

  expect(due(...asked('low'), ['14:31:00', slow])).toBe('14:46:00')
})

test('an alert that fires waits for a decision without a rollback; one that is over does not', () => {
  const fires: Told = [
    ['14:30:00', declared({ severity: 'critical', by: null })],
    ['14:30:00', everyEvent.alert_fired],
  ]

  expect(due(...fires)).toBe('14:32:00')
  expect(due(...fires, ['14:31:00', everyEvent.alert_resolved])).toBe('–')
})

test('an alert that fires again has its time from then on, and so has whoever asks when all was quiet', () => {
  const quiet: Told = [
    ['14:30:00', declared({ severity: 'critical', by: null })],
    ['14:30:00', everyEvent.alert_fired],
    ['14:31:00', everyEvent.alert_resolved],
  ]

  expect(due(...quiet, ['14:50:00', everyEvent.alert_fired])).toBe('14:52:00')
  expect(due(...quiet, ['14:50:00', requested()], ['14:50:02', planned()])).toBe('14:52:00')
})

test('an alert that fires waits on when nothing is asked for any more', () => {
  const fires: Told = [
    ['14:30:00', declared({ severity: 'critical', by: null })],
    ['14:30:00', everyEvent.alert_fired],
    ['14:30:10', requested()],
    ['14:30:12', planned()],
  ]
  const takenBack = { ...everyEvent.rollback_cancelled, as: 'requester' } as const

  expect(due(...fires, ['14:30:40', takenBack, people.onCall])).toBe('14:32:00')
  expect(due(...fires, ['14:30:40', everyEvent.rollback_blocked])).toBe('14:32:00')
})

test('nobody is waited for while automation counts down; when that has stopped by itself, people are', () => {
  const counting: Told = [
    ...asked('critical', { fired: everyEvent.countdown_begun.fired }),
    ['14:30:02', { ...everyEvent.countdown_begun, until: at('15:30:00') }],
  ]
  const stopped = { ...everyEvent.countdown_stopped, by: 'countermand', as: null } as const

  expect(due(...counting)).toBe('–')
  expect(due(...counting, ['14:40:00', stopped])).toBe('14:42:00')
})

test.each([
  ['approved', approvedBy()],
  ['decided by automation', everyEvent.automation_approved],
  ['rejected', everyEvent.rollback_rejected],
  ['cancelled', everyEvent.rollback_cancelled],
  ['said once to be overdue', everyEvent.decision_overdue],
  ['closed', everyEvent.incident_closed],
  ['asked of a higher level, because the window has passed', everyEvent.escalated],
] as const)('what is %s waits no longer', (_, event) => {
  expect(due(...asked('critical'), ['14:31:00', event, people.onCall])).toBe('–')
})

test('one of two approvals decides nothing', () => {
  const half = approvedBy({ complete: false })

  expect(due(...asked('critical'), ['14:31:00', half, people.onCall])).toBe('14:32:00')
})

test('what was asked for at a later time can wait', () => {
  expect(due(...asked('critical', { notBefore: at('22:00:00') }))).toBe('–')
})

test('a service may have a clock of its own', () => {
  const policy = aPolicy({ own: { checkout: { limits: { decideCriticalMinutes: 4 } } } })

  expect(decisionClock(aHistory(...proposed()), policy)?.within).toBe(minutes(4))
})

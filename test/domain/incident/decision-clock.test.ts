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

import { expect, test } from 'vitest'
import { defaults } from '#domain/assessment/limits.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Figure } from '#domain/incident/figure.ts'
import { pageMove, roundsOf } from '#domain/paging/moves.ts'
import { levelOf, signOf } from '#domain/paging/signs.ts'
import {
  aHistory,
  aPolicy,
  approvedBy,
  declared,
  measured,
  people,
  proposed,
  requested,
  type Told,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const figure = (
  signal: Figure['signal'],
  now: number,
  normal: number | null,
  requests = 10_000,
): TimelineEvent => measured({ figures: [{ signal, now, normal, requests }] })
type Finding = Extract<TimelineEvent, { kind: 'assessed' }>['found']['findings'][number]
/** An assessment that found nothing but this. */
function found(more: Partial<Finding>): TimelineEvent {
  const { assessed } = everyEvent
  const [first] = assessed.found.findings
  if (!first) throw new Error('no finding')
  return { ...assessed, found: { ...assessed.found, findings: [{ ...first, ...more }] } }
}
const errors = (share: number) => figure('error-rate', share, 0.001)
const payments = (share: number, state: Finding['state'] = 'fired') =>
  found({ signal: 'payment-success', state, measured: share })

const halfway: TimelineEvent = {
  ...everyEvent.step_failed,
  message: 'version 42 is dirty: a migration stopped half way. Mend it',
  left: 'halfway',
}

const situations: readonly (readonly [string, TimelineEvent])[] = [
  ['an automatic rollback is counted down', everyEvent.countdown_begun],
  ['5xx is exactly 5 %', errors(0.05)],
  ['5xx is a little more', errors(0.05001)],
  ['5xx is 100 %, of one request', figure('error-rate', 1, 0.001, 1)],
  ['5xx is assessed at 6.2 %', found({ signal: 'error-rate', measured: 0.062 })],
  [
    '5xx of 6.2 % proves nothing yet',
    found({ signal: 'error-rate', measured: 0.062, state: 'unknown' }),
  ],
  ['99 % of the payments succeed', payments(0.99)],
  ['a little fewer do', payments(0.9899)],
  ['fewer do, of too few', payments(0.9, 'unknown')],
  ['P95 is twice the normal', figure('p95', 0.4, 0.2)],
  ['P95 is a little more', figure('p95', 0.401, 0.2)],
  ['P95 is a little more, of one request', figure('p95', 0.401, 0.2, 1)],
  ['P95 is high, and normal is unknown', figure('p95', 9, null)],
  ['automation asks people', requested({ fired: everyEvent.countdown_begun.fired })],
  ['somebody asks for a rollback', requested()],
  ['a step failed', everyEvent.step_failed],
  ['a step failed half way', halfway],
  ['a rollback has helped', { ...everyEvent.verified, outcome: 'recovered' }],
  ['a rollback has not helped', { ...everyEvent.verified, outcome: 'not_recovered' }],
]

test('how loudly what is told', async () => {
  const rows = situations.map(([what, event]) => {
    const seen = signOf(event, defaults)
    const told = seen ? `${levelOf(seen)}  ${seen.sign}: ${seen.because}` : '–'
    return `${what.padEnd(40)}${told}`
  })

  await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('../../golden/paging.txt')
})

test('of several signs the loudest counts', () => {
  const both = measured({
    figures: [
      { signal: 'p95', now: 0.9, normal: 0.2, requests: null },
      { signal: 'error-rate', now: 0.2, normal: 0, requests: null },
    ],
  })

  expect(signOf(both, defaults)?.sign).toBe('server-errors')
})

const approved: Told[number] = ['14:31:05', approvedBy(), people.onCall]
const closed: Told[number] = ['15:31:00', everyEvent.incident_closed]
/** Asked for, and not measured yet. */
const asked = proposed().filter(([, event]) => event.kind !== 'impact_measured')
const move = (...told: readonly Told[number][]): string => {
  const next = pageMove(aHistory(...asked, ...told), aPolicy())
  return next ? next.do : '–'
}
const failed = (doing: 'call' | 'acknowledge' | 'resolve', isFinal: boolean): Told[number] => [
  '14:31:30',
  { ...everyEvent.page_failed, doing, isFinal },
]
const bad: Told[number] = ['14:30:10', errors(0.062)]
const paged: Told[number] = ['14:30:11', everyEvent.paged]

test('people are called once, told apart from what nobody need be called for', () => {
  expect(move()).toBe('–')
  expect(move(bad)).toBe('call')
  expect(move(bad, paged)).toBe('–')
  expect(move(bad, paged, ['14:30:40', errors(0.3)])).toBe('–')
  expect(pageMove([], aPolicy())).toBeUndefined()
})

test('nobody is called for what is found once a person has decided, or all is over', () => {
  const later: Told[number] = ['15:31:06', errors(0.062)]

  expect(move(approved, later)).toBe('–')
  expect(move(approved, later, ['15:32:00', everyEvent.incident_closed])).toBe('–')
  expect(move(closed, later)).toBe('–')
})

test('a call may have left no row: a decision silences it, and so does the end', () => {
  const acknowledged: Told[number] = ['14:31:06', everyEvent.page_acknowledged]

  expect(move(bad, approved)).toBe('acknowledge')
  expect(move(bad, approved, acknowledged, closed)).toBe('resolve')
  expect(move(bad, closed)).toBe('resolve')
  expect(move(approved, closed)).toBe('–')
})

test('what automation decides leaves the call standing: nobody has looked yet', () => {
  const automatic: Told = [
    ['14:31:00', everyEvent.countdown_begun],
    ['14:31:30', everyEvent.automation_approved],
  ]

  expect(move(...automatic)).toBe('call')
  expect(move(...automatic, paged)).toBe('–')
})

const stopped: Told[number] = ['14:32:00', halfway]
const acknowledged: Told[number] = ['14:31:06', everyEvent.page_acknowledged]
/** What comes of a call or of an answer, in the words of the move that asked for it. */
const inRound = (of: readonly Told[number][], event: TimelineEvent): TimelineEvent => {
  const next = pageMove(aHistory(...asked, ...of), aPolicy())
  return next && next.do !== 'resolve' ? ({ ...event, round: next.round } as TimelineEvent) : event
}

test('what stopped half way calls people although it was approved, until somebody decides what now', () => {
  const called: Told[number] = ['14:32:01', inRound([approved, stopped], everyEvent.paged)]
  const undone: Told[number] = ['14:33:00', everyEvent.undo_authorised]

  expect(move(approved, stopped)).toBe('call')
  expect(move(approved, stopped, called)).toBe('–')
  expect(move(approved, stopped, called, undone)).toBe('acknowledge')
  expect(move(approved, stopped, called, undone, closed)).toBe('resolve')
})

test('it calls them although they were called before and have answered, by a name of its own; and anew when what they decided stops half way, too', () => {
  const before = [bad, paged, approved, acknowledged, stopped]
  const called: Told[number] = ['14:32:01', inRound(before, everyEvent.paged)]
  const undone: Told[number] = ['14:33:00', everyEvent.undo_authorised]
  const heard: Told[number] = [
    '14:33:01',
    inRound([...before, called, undone], everyEvent.page_acknowledged),
  ]
  const again: Told[number] = ['14:35:00', halfway]
  const history = (...told: readonly Told[number][]) => aHistory(...asked, ...told)

  expect(move(...before)).toBe('call')
  // What is written late is of the first call.
  expect(move(bad, paged, approved, stopped, ['14:32:01', everyEvent.page_acknowledged])).toBe(
    'call',
  )
  expect(move(...before, called)).toBe('–')
  expect(move(...before, called, ['14:32:30', halfway])).toBe('–')
  expect(move(...before, called, undone)).toBe('acknowledge')
  expect(move(...before, called, undone, heard)).toBe('–')
  expect(move(...before, called, undone, heard, again)).toBe('call')
  expect(move(...before, called, undone, heard, closed)).toBe('resolve')
  expect(roundsOf(history(bad, paged, approved))).toEqual([])
  expect(roundsOf(history(...before, called, undone, heard, again))).toHaveLength(2)
})

test('where nobody has answered the first call, it goes on ringing, and there is no second', () => {
  expect(move(bad, paged, stopped)).toBe('–')
})

test('the pager hears once of the decision, and once of the end', () => {
  const acknowledged: Told[number] = ['14:31:06', everyEvent.page_acknowledged]
  const resolved: Told[number] = ['15:31:01', everyEvent.page_resolved]

  expect(move(bad, paged, approved)).toBe('acknowledge')
  expect(move(bad, paged, approved, acknowledged)).toBe('–')
  expect(move(bad, paged, approved, closed)).toBe('resolve')
  expect(move(bad, paged, approved, acknowledged, closed, resolved)).toBe('–')
})

test('that whoever asked takes it back is no decision; that the level of the minute does is one', () => {
  const cancelled = (as: 'requester' | 'team-lead'): Told[number] => [
    '14:32:00',
    { ...everyEvent.rollback_cancelled, as },
  ]

  expect(move(bad, paged, cancelled('requester'))).toBe('–')
  expect(move(bad, paged, cancelled('team-lead'))).toBe('acknowledge')
})

test('what failed is tried until it is refused; a call that may have arrived is taken back', () => {
  expect(move(bad, failed('call', false))).toBe('call')
  expect(move(bad, failed('call', true))).toBe('–')
  expect(move(bad, failed('call', false), approved)).toBe('acknowledge')
  // The limits may have been changed since.
  expect(move(failed('call', false), approved)).toBe('acknowledge')
  expect(
    move(failed('call', false), approved, ['14:31:06', everyEvent.page_acknowledged], closed),
  ).toBe('resolve')
  expect(move(bad, failed('call', true), approved)).toBe('–')
  expect(move(bad, failed('call', true), closed)).toBe('–')
  expect(move(bad, paged, approved, failed('acknowledge', true))).toBe('–')
  expect(move(bad, paged, approved, failed('acknowledge', true), closed)).toBe('resolve')
  expect(move(bad, paged, closed, failed('resolve', true))).toBe('–')
})

test('a service may have limits of its own', () => {
  const policy = aPolicy({ own: { checkout: { limits: { pageErrorRatePercent: 10 } } } })
  const history = (share: number) => aHistory(['14:30:00', declared()], ['14:30:10', errors(share)])

  expect(pageMove(history(0.09), policy)).toBeUndefined()
  expect(pageMove(history(0.11), policy)).toMatchObject({
    do: 'call',
    seen: { because: '5xx 11 %, above 10 %' },
  })
})

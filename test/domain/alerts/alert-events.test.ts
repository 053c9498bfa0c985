import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertEvents, honestStart, mostListed, mostRounds } from '#domain/alerts/alert-events.ts'
import type { TakenAlert } from '#domain/alerts/alert.ts'
import { afterHearing, type Heard, isNews } from '#domain/alerts/heard.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { severities } from '#domain/incident/severity.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type Instant, instant, minutes, plus, seconds } from '#domain/time.ts'
import { at, checkout, declared, people, start } from '../../support/builders.ts'

const now = at('14:30:00')
const taken = (more: Partial<TakenAlert> = {}): TakenAlert => ({
  key: 'a',
  source: 'alertmanager',
  status: 'firing',
  startsAt: at('14:25:00'),
  name: 'HighErrorRate',
  summary: 'errors',
  severity: null,
  rollback: null,
  service: checkout,
  ...more,
})
const recorded = (events: readonly TimelineEvent[], when: Instant = now): History =>
  events.map((event, index) => ({ seq: index + 1, at: when, actor: 'countermand', event }))
const opened: History = recorded([declared({ severity: 'high' })], start)

/** What is on the record after each batch was taken. */
function after(batches: readonly (readonly TakenAlert[])[], before = opened): History {
  return batches.reduce<History>((history, batch) => {
    const state = incidentState(history)
    if (!state) throw new Error('nothing was declared')
    const events = alertEvents(state, history, batch, now)
    return [
      ...history,
      ...recorded(events).map((row, index) => ({ ...row, seq: history.length + 1 + index })),
    ]
  }, before)
}
const kinds = (history: History) => history.slice(1).map(({ event }) => event.kind)
const state = (history: History) => {
  const found = incidentState(history)
  if (!found) throw new Error('nothing was declared')
  return found
}

test('each round is written down once, its end where it had begun', () => {
  const history = after([
    [taken(), taken()],
    [taken()],
    [taken({ status: 'resolved' }), taken({ key: 'b', status: 'resolved' })],
    [taken({ status: 'resolved' }), taken()],
  ])

  expect(kinds(history)).toEqual(['alert_fired', 'alert_resolved'])
})

test('T135 a condition that comes and goes is followed a few times, then said to do so, then left alone', () => {
  const round = (nth: number): readonly TakenAlert[] => {
    const startsAt = plus(at('14:25:00'), seconds(nth))
    return [taken({ startsAt }), taken({ startsAt, status: 'resolved' })]
  }
  const history = after(Array.from({ length: 100 }, (_, nth) => round(nth)))

  expect(kinds(history)).toHaveLength(2 * mostRounds + 1)
  expect(history.at(-1)?.event).toMatchObject({ kind: 'alerts_withheld', because: 'flapping' })
  expect(state(history).alerts).toMatchObject([{ status: 'flapping' }])
})

test('T133 of a storm so many are listed, and that there are more is said once', () => {
  const storm = Array.from({ length: 1_000 }, (_, nth) => taken({ key: `k${nth}` }))
  const history = after([storm.slice(0, 300), storm])

  expect(kinds(history)).toHaveLength(mostListed + 1)
  expect(state(history)).toMatchObject({ moreAlerts: true })
})

test('in a storm what is worse, or first asks for a rollback, is not lost among what came before it', () => {
  const storm = Array.from({ length: 100 }, (_, nth) => taken({ key: `k${nth}` }))
  const grave = taken({ key: 'grave', severity: 'critical' })
  const asking = Array.from({ length: 5 }, (_, nth) =>
    taken({ key: `asks${nth}`, rollback: 'errors since the deploy' }),
  )
  const { alerts, severity } = state(after([storm, [grave, ...asking]]))

  expect(severity).toBe('critical')
  expect(alerts.slice(mostListed).map(({ alert }) => alert)).toEqual(['grave', 'asks0'])
})

test('T134 an alert never makes the start later or the severity lower, whatever it says', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          key: fc.constantFrom('a', 'b', 'c'),
          status: fc.constantFrom('firing', 'resolved'),
          startsAt: fc.integer({ min: -100_000, max: 100_000 }).map((s) => plus(now, seconds(s))),
          severity: fc.option(fc.constantFrom(...severities)),
        }),
        { maxLength: 12 },
      ),
      (alerts) => {
        const before = state(opened)
        const found = state(after([alerts.map((alert) => taken(alert as Partial<TakenAlert>))]))

        expect(found.authorityStart).toBeLessThanOrEqual(before.authorityStart)
        expect(found.startedAt).toBeLessThanOrEqual(before.startedAt)
        expect(found.authorityStart).toBeGreaterThanOrEqual(plus(now, minutes(-24 * 60)))
        expect(severities.indexOf(found.severity)).toBeGreaterThanOrEqual(
          severities.indexOf(before.severity),
        )
      },
    ),
  )
})

test('taken again after a crash, the same alerts add nothing', () => {
  const alerts = fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      status: fc.constantFrom('firing', 'resolved'),
      startsAt: fc.integer({ min: -900, max: 0 }).map((s) => plus(now, seconds(s))),
    }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(alerts, (batch) => {
      const news = batch
        .map((alert) => taken(alert as Partial<TakenAlert>))
        .filter(({ key }, index, all) => all.findIndex((one) => one.key === key) === index)

      expect(after([news, news])).toEqual(after([news]))
    }),
  )
})

test('an honest start lies neither ahead nor more than a day back', () => {
  const early = taken({ startsAt: plus(now, minutes(-3 * 24 * 60)) })

  expect(honestStart([taken()], now)).toBe(at('14:25:00'))
  expect(honestStart([taken({ startsAt: plus(now, minutes(5)) })], now)).toBe(now)
  expect(honestStart([early, taken()], now)).toBe(plus(now, minutes(-24 * 60)))
})

test('a person’s incident is raised in the name of the source', () => {
  const history = after([[taken({ startsAt: at('14:20:00'), severity: 'critical' })]])

  expect(history.map(({ event }) => event)).toMatchObject([
    { kind: 'incident_declared', by: people.onCall },
    { kind: 'alert_fired' },
    { kind: 'incident_start_changed', startedAt: at('14:20:00'), by: 'webhook:alertmanager' },
    { kind: 'severity_changed', from: 'high', to: 'critical', by: 'webhook:alertmanager' },
  ])
})

test('T131 T135 what was heard last decides what is news, in whatever order it comes', () => {
  const says = (status: Heard['status'], second: number): Heard => ({
    key: 'a',
    status,
    startsAt: instant(second),
  })
  const fired = says('firing', 10)
  const ended = says('resolved', 10)

  expect(isNews(fired, undefined)).toBe(true)
  expect(isNews(fired, fired)).toBe(false)
  expect(isNews(ended, fired)).toBe(true)
  expect(isNews(fired, ended)).toBe(false)
  expect(isNews(says('firing', 11), ended)).toBe(true)
  expect(isNews(says('resolved', 9), fired)).toBe(false)
  expect(afterHearing(fired, ended)).toEqual(ended)
  expect(afterHearing(says('firing', 12), fired)).toEqual(says('firing', 12))
})

import { expect, test } from 'vitest'
import { instanceSignals, queries, signals } from '#domain/assessment/reading.ts'
import { severityFindings } from '#domain/assessment/severity-rules.ts'
import { defaults } from '#domain/assessment/limits.ts'
import { instant, minutes, seconds } from '#domain/time.ts'
import type { Metrics, Window } from '#ports/metrics.ts'
import { metricReadings } from '#workflows/assessment/readings.ts'
import { aPolicy, aRevision, aService, at } from '../../support/builders.ts'

/** Each signal with a figure, of many requests. */
const metricsOf = (figures: Readonly<Record<string, number>>): Metrics => ({
  source: 'Prometheus',
  measure: async (_service, signal) => {
    const value = figures[signal]
    return value === undefined
      ? { kind: 'not_configured' }
      : { kind: 'value', value, requests: 50_000, query: signal }
  },
  curve: async () => ({ kind: 'not_configured' }),
  counts: async () => ({ kind: 'not_configured' }),
})

async function found(figures: Readonly<Record<string, number>>) {
  const readings = await metricReadings(
    {
      metrics: metricsOf(figures),
      policy: aPolicy(),
      timeline: { recentIncidents: async () => [], read: async () => [] },
    },
    {
      service: aService({
        signals: Object.fromEntries(Object.keys(figures).map((name) => [name, 'q'])),
      }),
      running: undefined,
      now: at('14:30:00'),
      startedAt: at('14:25:00'),
    },
    new AbortController().signal,
  )
  return severityFindings(readings, 'standard', defaults).map(
    ({ state, severity, because }) => `${state} ${severity ?? '–'}: ${because}`,
  )
}

test('no signal that an assessment knows is one that nobody can measure', () => {
  const measured = new Set<string>([...Object.keys(queries), ...instanceSignals])

  expect(signals.filter((signal) => !measured.has(signal))).toEqual([])
})

test('availability is measured by the query of the service, and decides', async () => {
  expect(await found({ availability: 0.9999 })).toEqual([
    'quiet –: 99.99 % of the health checks were good, not below 99.9 %',
  ])
  expect(await found({ availability: 0.985 })).toEqual([
    'fired critical: 98.5 % of the health checks were good, below 99 %',
  ])
})

test('4xx are shown, however many, and are never a reason', async () => {
  expect(await found({ clientErrors: 0.6 })).toEqual([expect.stringMatching(/^quiet –: 4xx 60 %/)])
})

test('what was counted before the version began is not its own, and of one that has just begun nothing was counted yet', async () => {
  const answersOf = async (age: number) => {
    const asked: Window[] = []
    const metrics: Metrics = {
      ...metricsOf({}),
      measure: async (_service, _signal, window) => {
        asked.push(window)
        return { kind: 'no_data', query: 'q' }
      },
    }
    const now = at('14:30:00')
    const [reading] = await metricReadings(
      {
        metrics,
        policy: aPolicy(),
        timeline: { recentIncidents: async () => [], read: async () => [] },
      },
      {
        service: aService({ signals: { errorRate: 'q' } }),
        running: aRevision('v2.3.0', { since: instant(now - age) }),
        now,
        startedAt: now,
        only: ['error-rate'],
      },
      new AbortController().signal,
    )
    const [first] = asked
    return { answer: reading?.answer, counted: first && first.to - first.from }
  }

  expect(await answersOf(seconds(30))).toEqual({
    answer: { kind: 'too_soon', ran: seconds(30) },
    counted: seconds(30),
  })
  expect(await answersOf(minutes(30))).toEqual({
    answer: { kind: 'no_data' },
    counted: minutes(5),
  })
})

import { expect, test } from 'vitest'
import { defaults } from '#domain/assessment/limits.ts'
import { serviceId } from '#domain/ids.ts'
import { hours, instant, minutes } from '#domain/time.ts'
import type { Metrics } from '#ports/metrics.ts'
import { neighbours } from '#workflows/assessment/neighbours.ts'
import { aService, at } from '../../support/builders.ts'

const now = at('14:30:00')

/** How payments is, by what it failed so many minutes ago. */
async function seen(failed: (minutesAgo: number) => number | null, query = 'errors of payments') {
  const metrics: Metrics = {
    source: 'Prometheus',
    measure: async () => ({ kind: 'not_configured' }),
    counts: async () => ({ kind: 'not_configured' }),
    async curve(_service, _signal, { from, to }, step) {
      const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
        const moment = instant(from + index * step)
        return { at: moment, value: failed((now - moment) / minutes(1)) }
      })
      return { kind: 'points', points, query: 'q' }
    },
  }
  const payments = serviceId('payments')
  const [found] = await neighbours(
    {
      metrics,
      catalogue: new Map([[payments, aService({ id: payments, signals: { errorRate: query } })]]),
    },
    aService({ dependsOn: [payments], signals: { errorRate: 'errors of checkout' } }),
    { from: instant(now - hours(1)), to: now },
    defaults,
    new AbortController().signal,
  )
  const { service: _service, since = null, ...rest } = found ?? {}
  return { ...rest, agoMinutes: since === null ? null : (now - since) / minutes(1) }
}

test('what fails a little all the hour is as it always was, and sick since it became twice as bad', async () => {
  expect(await seen(() => 0.012)).toEqual({ state: 'sick', asAlways: true, agoMinutes: 60 })
  expect(await seen((ago) => (ago <= 9 ? 0.05 : 0.012))).toEqual({ state: 'sick', agoMinutes: 9 })
})

test('what was well is sick since it failed more than is borne', async () => {
  expect(await seen((ago) => (ago <= 50 ? 0.3 : 0.001))).toEqual({ state: 'sick', agoMinutes: 50 })
  expect(await seen(() => 0.001)).toEqual({ state: 'healthy', agoMinutes: null })
  expect(await seen(() => null)).toEqual({ state: 'unknown', agoMinutes: null })
})

test('what is measured by the figures of whoever needs it says nothing about where the trouble comes from', async () => {
  expect(await seen(() => 0.3, 'errors of checkout')).toEqual({
    state: 'unknown',
    agoMinutes: null,
  })
})

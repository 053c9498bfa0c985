import { expect, test } from 'vitest'
import { hours, type Instant, instant, minutes, plus } from '#domain/time.ts'
import type { Counted, Metrics } from '#ports/metrics.ts'
import type { OwnLimits } from '#domain/assessment/limits.ts'
import { compareCanary } from '#workflows/assessment/compare-canary.ts'
import { besideCanary } from '#domain/assessment/beside-canary.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { measured } from '../../domain/assessment/facts.ts'
import { aService, aPolicy, checkout } from '../../support/builders.ts'

const now = instant(1_795_270_800_000_000)
const never = new AbortController().signal

interface Arm {
  /** Requests a minute. */
  readonly requests: number
  readonly share: number
  /** Minutes before now. */
  readonly since?: number
  /** Nobody could read it then, in minutes before now. */
  readonly gap?: readonly [from: number, to: number]
  /** The query of errors finds no series. */
  readonly isErrorless?: boolean
}

const ago = (at: Instant): number => (now - at) / minutes(1)

/** What a source tells of an arm, point by point, each over the step before it. */
function counted(arm: Arm | Counted, from: Instant, step: number): Counted {
  if ('kind' in arm) return arm
  const { requests, share, since = 10_000, gap, isErrorless = false } = arm
  const count = Math.floor((now - from) / step)
  const length = step / minutes(1)
  const points = Array.from({ length: count + 1 }, (_, index) => {
    const at = instant(from + index * step)
    const isThere = ago(at) < since && !(gap && ago(at) <= gap[0] && ago(at) >= gap[1])
    const served = Math.min(length, since - ago(at)) * requests
    return {
      at,
      requests: isThere ? served : null,
      errors: isThere && !isErrorless ? served * share : null,
    }
  })
  return { kind: 'counted', points, query: 'q' }
}

const metricsOf = (canary: Arm | Counted, baseline: Arm | Counted): Metrics => ({
  source: 'Prometheus',
  measure: async () => ({ kind: 'not_configured' }),
  curve: async () => ({ kind: 'not_configured' }),
  counts: async (_service, arm, { from }, step) =>
    counted(arm === 'canary' ? canary : baseline, from, step),
})

const compared = (
  canary: Arm | Counted,
  baseline: Arm | Counted = { requests: 5_000, share: 0.001 },
  limits: OwnLimits = {},
) =>
  compareCanary(
    { metrics: metricsOf(canary, baseline), policy: aPolicy({ own: { checkout: { limits } } }) },
    aService(),
    now,
    never,
  )

test('a canary that fails sixty times as often is worse, and alone in it', async () => {
  const { judgement, isAlone, since } = await compared({ requests: 800, share: 0.06, since: 40 })

  expect(judgement.verdict).toBe('auto_rollback')
  expect(isAlone).toBe(true)
  expect(since).toBe(plus(now, minutes(-40)))
})

test('a few errors in every window are neither rounded away nor made more of', async () => {
  const beside = { requests: 20_000, share: 0.0001 }
  const [worse, alike] = [
    await compared({ requests: 200, share: 0.0004, since: 170 }, beside),
    await compared(
      { requests: 6_000, share: 0.0001, since: 170 },
      { requests: 6_100, share: 0.0001 },
    ),
  ]

  expect(worse.judgement.verdict).not.toBe('continue')
  expect(worse.judgement.findings.map(({ because }) => because).join()).toContain(
    '13 of 32000 requests',
  )
  expect(alike.judgement.verdict).toBe('continue')
})

test('a canary like the rest is good once it has served enough, and not before', async () => {
  const verdicts = [
    await compared({ requests: 800, share: 0.001, since: 170 }),
    await compared({ requests: 800, share: 0.001, since: 12 }),
    await compared({ requests: 20, share: 0.001, since: 40 }),
  ].map(({ judgement }) => judgement.verdict)

  expect(verdicts).toEqual(['continue', 'wait', 'wait'])
})

test('one that is as old as what was looked back is not cold any more', async () => {
  const { windows } = await compared({ requests: 800, share: 0.001 })

  expect(windows[0]?.fromMinutes).toBe(5)
  expect(windows).toHaveLength(hours(3) / minutes(5))
})

test('what suffers with its baseline is not the canary’s fault', async () => {
  const both = await compared(
    { requests: 800, share: 0.08, since: 60 },
    { requests: 5_000, share: 0.08 },
  )
  const { judgement, isAlone } = both

  // Its own rate is above what is borne, so a person is asked; nothing acts by itself.
  expect(judgement.verdict).toBe('pause_and_ask')
  expect(judgement.findings.map(({ verdict }) => verdict)).toContain('external_factor')
  expect(isAlone).toBe(false)
  // Nor that of the version beside it.
  const looked = { readings: [measured('error-rate', { value: 0.08 })], othersFail: null }
  expect(besideCanary(both, looked, limitsFor(aPolicy(), checkout))).toEqual({
    baselineSuffers: true,
  })
})

test.each<[string, Arm | Counted, Arm | Counted | undefined, RegExp]>([
  [
    'a canary without figures',
    { kind: 'no_data', query: 'q' },
    undefined,
    /no figures of the canary/,
  ],
  [
    'a baseline without figures',
    { requests: 800, share: 0.001 },
    { kind: 'no_data', query: 'q' },
    /no figures of the version beside it/,
  ],
  [
    'a source that is down',
    { kind: 'unavailable', why: 'the connection was refused', query: 'q' },
    undefined,
    /the connection was refused/,
  ],
  ['nothing configured', { kind: 'not_configured' }, undefined, /nothing is configured/],
  [
    'a canary that has stopped serving',
    { requests: 800, share: 0.001, since: 90, gap: [20, 0] },
    undefined,
    /served nothing in the last minutes/,
  ],
])('%s is no good canary', async (_, canary, baseline, why) => {
  const { judgement, since } = await compared(canary, baseline)

  expect(judgement.verdict).toBe('inconclusive')
  expect(judgement.because).toMatch(why)
  expect(since).toBeNull()
})

test('errors that nobody counts are not none', async () => {
  const { judgement } = await compared({ requests: 800, share: 0, since: 60, isErrorless: true })

  expect(['continue', 'wait']).not.toContain(judgement.verdict)
})

test('after a gap the canary begins anew', async () => {
  const { since } = await compared({ requests: 800, share: 0.001, since: 120, gap: [60, 45] })

  expect(since).toBe(plus(now, minutes(-45)))
})

test('the same figures give the same proof, however often one asks', async () => {
  const canary = { requests: 800, share: 0.004, since: 60 }

  expect(await compared(canary)).toEqual(await compared(canary))
})

test('a busy service may ask for more requests before a canary is called good', async () => {
  const well = { requests: 800, share: 0.001, since: 170 }
  const busy = { canaryMinRequests: 1_000_000 }

  expect((await compared(well)).judgement.verdict).toBe('continue')
  expect((await compared(well, undefined, busy)).judgement.verdict).toBe('wait')
})

test('how long a canary may fail, and how often, is the service’s to say', async () => {
  const failing = { requests: 800, share: 0.04, since: 40 }
  const both = { requests: 5_000, share: 0.04 }
  const rule = async (limits: OwnLimits) =>
    (await compared(failing, both, limits)).judgement.findings.find(
      ({ rule }) => rule === 'canary-error-rate',
    )

  expect(await rule({})).toMatchObject({ threshold: 0.05, verdict: 'continue' })
  expect(
    await rule({ triggerCanaryErrorRatePercent: 3, triggerCanaryErrorRateForSeconds: 1_200 }),
  ).toMatchObject({ threshold: 0.03, because: expect.stringContaining('20 min') })
})

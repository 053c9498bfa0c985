import { expect, test } from 'vitest'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import type { Bucketed, Metrics } from '#ports/metrics.ts'
import { compareCanary } from '#workflows/assessment/compare-canary.ts'
import { aPolicy, aService } from '../../support/builders.ts'

const now = instant(1_795_270_800_000_000)

/** Shares of requests above 200 ms, 500 ms and 2 s. */
type Slow = readonly [number, number, number]
const usual: Slow = [0.3, 0.05, 0.01]

interface Situation {
  readonly canary?: Slow | Exclude<Bucketed, { kind: 'bucketed' }>
  /** Of the baseline, by how many minutes ago it was. */
  readonly baseline?: (ago: number) => Slow
  readonly isAsked?: boolean
}

const ago = (at: Instant): number => (now - at) / minutes(1)
const perMinute = { canary: 500, baseline: 5_000 }
/** When the canary began to serve, in minutes before now. */
const began = 100

/** A canary that fails as often as what runs beside it; only its latency may differ. */
function compared({ canary = usual, baseline = () => usual, isAsked = true }: Situation) {
  const along = <Point>(
    from: Instant,
    step: number,
    arm: keyof typeof perMinute,
    point: (requests: number, at: Instant) => Point,
  ) =>
    Array.from({ length: Math.floor((now - from) / step) + 1 }, (_, index) => {
      const at = instant(from + index * step)
      const serves = arm === 'baseline' || ago(at) < began
      return { at, requests: serves ? (step / minutes(1)) * perMinute[arm] : null }
    }).map(({ at, requests }) => ({ at, point: requests === null ? null : point(requests, at) }))
  const metrics: Metrics = {
    source: 'Prometheus',
    measure: async () => ({ kind: 'not_configured' }),
    curve: async () => ({ kind: 'not_configured' }),
    counts: async (_service, arm, { from }, step) => ({
      kind: 'counted',
      query: 'q',
      points: along(from, step, arm, (requests) => requests).map(({ at, point }) => ({
        at,
        requests: point,
        errors: point === null ? null : point * 0.002,
      })),
    }),
    buckets: async (_service, arm, { from }, step) => {
      if (arm === 'canary' && 'kind' in canary) return canary
      const points = along(from, step, arm, (requests, at) => {
        const [over200, over500, over2000] =
          arm === 'canary' && !('kind' in canary) ? canary : baseline(ago(at))
        return new Map([
          [0.2, requests * (1 - over200)],
          [0.5, requests * (1 - over500)],
          [2, requests * (1 - over2000)],
          [Infinity, requests],
        ])
      })
      return {
        kind: 'bucketed',
        query: 'l',
        points: points.map(({ at, point }) => ({ at, buckets: point })),
      }
    },
  }
  const service: Service = aService({
    canary: {
      arms: { canary: 'a', baseline: 'b' },
      requests: 'r',
      errors: 'e',
      ...(isAsked ? { latency: { query: 'l', perSecond: 1 } } : {}),
    },
  })
  return compareCanary({ metrics, policy: aPolicy() }, service, now, new AbortController().signal)
}

const ruleIn = ({ judgement }: Awaited<ReturnType<typeof compared>>, rule: string) =>
  judgement.findings.find((finding) => finding.rule === `canary-evidence:${rule}`)

test('a canary that is as slow as the rest is good, and its latency stands among the reasons', async () => {
  const found = await compared({})

  expect(found.judgement.verdict).toBe('continue')
  expect(ruleIn(found, 'latency-p95')).toMatchObject({
    verdict: 'continue',
    measured: expect.closeTo(1),
  })
  expect(ruleIn(found, 'latency-p99')?.because).toMatch(
    /^Requests slower than 2 s: 2 times the baseline is ruled out: \d+ of \d+ requests/,
  )
})

test('a canary three times as often slow is proved worse, and alone in it, though it fails no more', async () => {
  const found = await compared({ canary: [0.5, 0.15, 0.012] })

  expect(found.judgement.verdict).toBe('auto_rollback')
  expect(found.isAlone).toBe(true)
  expect(ruleIn(found, 'errors')?.verdict).toBe('continue')
  expect(ruleIn(found, 'latency-p95')?.because).toMatch(
    /^Requests slower than 500 ms: proved worse than 1.5 times the baseline/,
  )
})

test('a canary that is faster on the whole, with a tail three times as long, is found by its tail', async () => {
  const found = await compared({ canary: [0.1, 0.045, 0.03] })

  expect(ruleIn(found, 'latency-p95')?.verdict).toBe('continue')
  expect(ruleIn(found, 'latency-p99')?.verdict).toBe('auto_rollback')
})

test('what makes both slow accuses nobody; the bounds are those of before', async () => {
  const slow: Slow = [0.9, 0.3, 0.1]
  const found = await compared({
    canary: slow,
    baseline: (minutesAgo) => (minutesAgo < began ? slow : usual),
  })

  expect(found.judgement.verdict).not.toBe('auto_rollback')
  expect(ruleIn(found, 'latency-p95')).toMatchObject({ measured: expect.closeTo(1) })
  expect(ruleIn(found, 'latency-p95')?.because).toContain('slower than 500 ms')
})

test('a faster canary never alarms', async () => {
  expect((await compared({ canary: [0.1, 0.01, 0.001] })).judgement.verdict).toBe('continue')
})

test.each<[string, Exclude<Situation['canary'], Slow | undefined>]>([
  ['there are no buckets', { kind: 'no_data', query: 'l' }],
  ['they cannot be read', { kind: 'unavailable', why: 'no answer within 2 s', query: 'l' }],
])('where %s, nothing is called good for it', async (_, canary) => {
  const found = await compared({ canary })

  expect(found.judgement.verdict).toBe('inconclusive')
  expect(ruleIn(found, 'latency')?.verdict).toBe('inconclusive')
})

test('where nobody wants latency compared, errors alone decide', async () => {
  const found = await compared({ canary: [0.9, 0.5, 0.3], isAsked: false })

  expect(found.judgement.verdict).toBe('continue')
  expect(found.judgement.findings.some(({ rule }) => rule.includes('latency'))).toBe(false)
})

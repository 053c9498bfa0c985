import { type Batch, noEvidence, withBatch } from '#domain/canary/index.ts'
import type { MetricEvidence } from '#domain/canary/judge-evidence.ts'
import type { JudgePolicy } from '#domain/canary/judge-policy.ts'
import { type Buckets, edgesOf, slowerThan } from '#domain/canary/latency.ts'
import { isReadable } from '#domain/canary/windows.ts'
import { latency } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, type Micros } from '#domain/time.ts'
import type { Bucketed, Metrics, Window } from '#ports/metrics.ts'

/** How long requests of both arms took; `undefined` where nobody wants to know. */
export async function askLatency(
  metrics: Metrics,
  service: Service,
  window: Window,
  step: Micros,
  abort: AbortSignal,
) {
  if (!service.canary?.latency) return undefined
  const none: Bucketed = { kind: 'not_configured' }
  const [canary, baseline] = await Promise.all(
    (['canary', 'baseline'] as const).map(
      async (arm) => (await metrics.buckets?.(service, arm, window, step, abort)) ?? none,
    ),
  )
  return { canary: canary ?? none, baseline: baseline ?? none }
}
type Asked = NonNullable<Awaited<ReturnType<typeof askLatency>>>

/**
 * The proof that a canary is slower: requests above the bounds nearest to the baseline's P95 and P99, as the same test counts errors.
 * The bounds are those of the baseline before the canary served, so that they are the same at every look.
 */
export function latencyEvidence(
  asked: Asked,
  step: Micros,
  {
    began,
    warmFrom,
    before,
  }: {
    readonly began: Instant
    /** What a cold canary did before this does not count. */
    readonly warmFrom: Instant
    readonly before: Micros
  },
  policy: JudgePolicy,
): readonly MetricEvidence[] {
  const why = missingOf(asked.canary, 'canary') ?? missingOf(asked.baseline, 'version beside it')
  const [canary, baseline] = [pointsOf(asked.canary), pointsOf(asked.baseline)]
  const usual = baseline.filter(({ from }) => from >= began - before && from < began)
  const edges = edgesOf((usual.length > 0 ? usual : baseline).map(({ buckets }) => buckets))
  if (why !== undefined || edges.length === 0)
    return [
      {
        ...gathered('latency', [], policy),
        missing: why ?? 'the buckets of latency do not tell slow requests from others',
      },
    ]
  return edges.map(({ metric, seconds }) => {
    const batches = canary.flatMap(({ from, to, buckets }): readonly Batch[] => {
      const other = baseline.find((one) => one.from === from)?.buckets
      const arms = [slowerThan(buckets, seconds), slowerThan(other, seconds)] as const
      return from >= warmFrom && arms.every(isReadable)
        ? [{ from, to, canary: arms[0], baseline: arms[1] }]
        : []
    })
    return { ...gathered(metric, batches, policy), counts: `slower than ${latency(seconds)}` }
  })

  function pointsOf(bucketed: Bucketed) {
    const points = bucketed.kind === 'bucketed' ? bucketed.points.slice(1) : []
    return points.flatMap(({ at, buckets }): readonly Stretch[] =>
      buckets === null ? [] : [{ from: instant(at - step), to: at, buckets }],
    )
  }
}

interface Stretch {
  readonly from: Instant
  readonly to: Instant
  readonly buckets: Buckets
}

/** What batches prove of one metric, against both nulls. */
export function gathered(
  metric: string,
  batches: readonly Batch[],
  { evidence: { grid, pauseNull, rollBackNull } }: JudgePolicy,
): MetricEvidence {
  const against = (r0: number) => batches.reduce(withBatch, noEvidence(r0, grid))
  return { metric, pause: against(pauseNull), rollBack: against(rollBackNull) }
}

function missingOf(bucketed: Bucketed, arm: string): string | undefined {
  switch (bucketed.kind) {
    case 'bucketed':
      return undefined
    case 'not_configured':
      return 'the latency of a canary is asked of Prometheus alone'
    case 'no_data':
      return `there are no buckets of latency of the ${arm}`
    case 'unavailable':
      return `the latency of the ${arm} cannot be read, ${bucketed.why}`
  }
}

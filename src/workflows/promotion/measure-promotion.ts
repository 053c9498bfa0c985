import type { Counts } from '#domain/canary/index.ts'
import { isReadable, rate } from '#domain/canary/windows.ts'
import type { Buckets } from '#domain/canary/latency.ts'
import { comparedP99, quantile } from '#domain/promotion/quantile.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import { errorTypes, newTypes } from '#domain/promotion/error-types.ts'
import type { Compared, Figures, Unmeasured } from '#domain/promotion/figures.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Service, Target } from '#domain/service.ts'
import type { Arm } from '#domain/signals.ts'
import {
  between,
  hours,
  type Instant,
  instant,
  type Micros,
  micros,
  minutes,
} from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import type { Window } from '#ports/metrics.ts'
import { compareCanary } from '#workflows/assessment/compare-canary.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** Further back than this nothing says how it is now. */
const longest = hours(1)
const shortest = minutes(1)
const points = 12
/** Logs are read this often: they cost the platform more than a query. */
const logsEvery = minutes(5)

interface Measuring {
  readonly service: Service
  readonly target: Target
  readonly executor: Executor
  readonly canary: CanaryState
  /** Since it stands at this step. */
  readonly since: Instant
  readonly now: Instant
  /** What was measured last at this step. */
  readonly before: Figures | undefined
}

/** Both arms over the same time: errors, slowness, what the logs say, and the judge. Never throws: what cannot be had is said. */
export async function measurePromotion(
  world: Pick<World, 'metrics' | 'policy'>,
  measuring: Measuring,
  abort: AbortSignal,
): Promise<Figures> {
  const { service, since, now } = measuring
  const from = instant(Math.max(since, now - longest))
  const window = { from, to: now }
  const [counts, p99, newErrors, judged] = await Promise.all([
    countsIn(world, service, window, abort),
    p99In(world, service, window, abort),
    readErrors(measuring, abort),
    compareCanary(world, service, now, abort),
  ])
  const { verdict, because } = judged.judgement
  return { at: now, from, ...counts, ...p99, newErrors, judged: { verdict, because } }
}

/** Whole minutes, so many that the window has about a dozen. */
const stepOf = ({ from, to }: Window): Micros =>
  micros(Math.max(1, Math.round(between(from, to) / points / shortest)) * shortest)

async function countsIn(
  { metrics }: Pick<World, 'metrics'>,
  service: Service,
  window: Window,
  abort: AbortSignal,
): Promise<Pick<Figures, 'counts' | 'curve'>> {
  if (between(window.from, window.to) < shortest) return { counts: tooSoon }
  const step = stepOf(window)
  const [canary, baseline] = await Promise.all(
    (['canary', 'baseline'] as const).map((arm) =>
      metrics.counts(service, arm, window, step, abort),
    ),
  )
  if (canary?.kind !== 'counted') return { counts: unknown(canary ?? none, 'canary') }
  if (baseline?.kind !== 'counted') return { counts: unknown(baseline ?? none, 'baseline') }
  // What was not counted of one arm says nothing about the other: only stretches of both are compared.
  const pairs = canary.points.slice(1).map((one, index) => {
    const other = baseline.points[index + 1]
    return { at: one.at, canary: countsOf(one), baseline: other && countsOf(other) }
  })
  const both = pairs.flatMap(({ canary: one, baseline: other }) =>
    one && other ? [{ canary: one, baseline: other }] : [],
  )
  const curve = pairs.map(({ at, canary: one, baseline: other }) => ({
    at,
    canary: one && one.requests > 0 ? rate(one) : null,
    baseline: other && other.requests > 0 ? rate(other) : null,
  }))
  const counts: Compared<Counts> =
    both.length === 0
      ? { kind: 'unknown', why: 'there is no time in which both were counted' }
      : {
          kind: 'compared',
          canary: sum(both.map((one) => one.canary)),
          baseline: sum(both.map((one) => one.baseline)),
        }
  return { counts, curve }
}

/** Undefined where nobody counted. Rates add up to fractions: rounded here, a few errors of many minutes would become none, or twice as many. */
function countsOf({
  requests,
  errors,
}: {
  readonly requests: number | null
  readonly errors: number | null
}): Counts | undefined {
  if (requests === null || errors === null) return undefined
  const counts = { requests, errors: Math.min(requests, errors) }
  return isReadable(counts) ? counts : undefined
}

/** Whole, for people read them. */
const sum = (all: readonly Counts[]): Counts => ({
  requests: Math.round(all.reduce((total, { requests }) => total + requests, 0)),
  errors: Math.round(all.reduce((total, { errors }) => total + errors, 0)),
})

const none = { kind: 'not_configured' } as const
const unknown = (counted: Parameters<typeof missing>[0], arm: Arm): Unmeasured => ({
  kind: 'unknown',
  why: missing(counted, arm),
  ...(counted.kind === 'not_configured' ? { lacks: 'configuration' } : {}),
})

async function p99In(
  { metrics }: Pick<World, 'metrics'>,
  service: Service,
  window: Window,
  abort: AbortSignal,
): Promise<ReturnType<typeof comparedP99>> {
  if (!service.canary?.latency || !metrics.buckets)
    return { p99: service.canary?.latency ? noBuckets : noLatency }
  if (between(window.from, window.to) < shortest) return { p99: tooSoon }
  const arm = async (which: Arm) => {
    const asked = await metrics.buckets?.(service, which, window, stepOf(window), abort)
    if (asked?.kind !== 'bucketed') return unknown(asked ?? none, which)
    const all = new Map<number, number>()
    for (const { buckets } of asked.points.slice(1)) add(all, buckets)
    return quantile(all, 0.99)
  }
  const [canary, baseline] = await Promise.all([arm('canary'), arm('baseline')])
  if (canary.kind === 'unknown') return { p99: canary }
  return baseline.kind === 'unknown' ? { p99: baseline } : comparedP99(canary, baseline)
}

const noLatency = {
  kind: 'unknown',
  why: 'canary.latency is not configured',
  lacks: 'configuration',
} as const
const noBuckets = {
  kind: 'unknown',
  why: 'where its figures come from there are no buckets of latency',
  lacks: 'configuration',
} as const

function add(all: Map<number, number>, buckets: Buckets | null): void {
  for (const [bound, requests] of buckets ?? []) all.set(bound, (all.get(bound) ?? 0) + requests)
}

async function readErrors(
  { target, executor, canary, now, before }: Measuring,
  abort: AbortSignal,
): Promise<Figures['newErrors']> {
  const earlier = before?.newErrors
  if (earlier?.kind === 'read' && earlier.at !== undefined && between(earlier.at, now) < logsEvery)
    return earlier
  if (!canary.canary) return { kind: 'unknown', why: 'there is no canary' }
  const logsOf = async (revision: RevisionId) =>
    (await executor.evidence(target, revision, abort))
      .filter(({ kind }) => kind === 'logs' || kind === 'previous-logs')
      .map(({ text }) => text)
      .join('\n')
  try {
    const [own, beside] = await Promise.all([logsOf(canary.canary.id), logsOf(canary.stable.id)])
    if (own === '' || beside === '')
      return { kind: 'unknown', why: `no logs of the ${own === '' ? arms.canary : arms.baseline}` }
    const lines = own.split('\n').length
    return { kind: 'read', at: now, types: newTypes(errorTypes(own), errorTypes(beside)), lines }
  } catch (error) {
    return { kind: 'unknown', why: `the logs could not be read: ${messageOf(error)}` }
  }
}

function missing(counted: { readonly kind: string; readonly why?: string }, which: Arm): string {
  switch (counted.kind) {
    case 'not_configured':
      return 'nothing is configured that tells a canary from what runs beside it'
    case 'no_data':
      return `there are no figures of the ${arms[which]}`
    default:
      return `the figures of the ${arms[which]} cannot be read${counted.why === undefined ? '' : `, ${counted.why}`}`
  }
}

const arms = { canary: 'canary', baseline: 'version beside it' } as const
const tooSoon = { kind: 'unknown', why: 'it has only just come to this step' } as const

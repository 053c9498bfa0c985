import type { Counts } from '#domain/canary/index.ts'
import type { Buckets } from '#domain/canary/latency.ts'
import { quantile } from '#domain/promotion/quantile.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import { errorTypes, newTypes } from '#domain/promotion/error-types.ts'
import type { Compared, Figures } from '#domain/promotion/figures.ts'
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
import { compareCanary } from './compare-canary.ts'
import { messageOf } from './turn.ts'
import type { World } from './world.ts'

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
  return { at: now, from, counts, p99, newErrors, judged: { verdict, because } }
}

/** Whole minutes, so many that the window has about a dozen. */
const stepOf = ({ from, to }: Window): Micros =>
  micros(Math.max(1, Math.round(between(from, to) / points / shortest)) * shortest)

async function countsIn(
  { metrics }: Pick<World, 'metrics'>,
  service: Service,
  window: Window,
  abort: AbortSignal,
): Promise<Compared<Counts>> {
  if (between(window.from, window.to) < shortest) return tooSoon
  const arm = async (which: Arm) => {
    const counted = await metrics.counts(service, which, window, stepOf(window), abort)
    if (counted.kind !== 'counted') return missing(counted, which)
    return counted.points.slice(1).reduce<Counts>(
      (sum, { requests, errors }) => ({
        requests: sum.requests + Math.round(requests ?? 0),
        errors: sum.errors + Math.min(Math.round(requests ?? 0), Math.round(errors ?? Number.NaN)),
      }),
      { requests: 0, errors: 0 },
    )
  }
  return compared(await Promise.all([arm('canary'), arm('baseline')]), ({ errors }) =>
    Number.isFinite(errors),
  )
}

async function p99In(
  { metrics }: Pick<World, 'metrics'>,
  service: Service,
  window: Window,
  abort: AbortSignal,
): Promise<Compared<number>> {
  if (!service.canary?.latency || !metrics.buckets)
    return { kind: 'unknown', why: 'canary.latency is not configured' }
  if (between(window.from, window.to) < shortest) return tooSoon
  const arm = async (which: Arm) => {
    const asked = await metrics.buckets?.(service, which, window, stepOf(window), abort)
    if (asked?.kind !== 'bucketed') return missing(asked ?? { kind: 'not_configured' }, which)
    const all = new Map<number, number>()
    for (const { buckets } of asked.points.slice(1)) add(all, buckets)
    return quantile(all, 0.99) ?? `no request of the ${arms[which]} was timed`
  }
  return compared(await Promise.all([arm('canary'), arm('baseline')]), Number.isFinite)
}

function add(all: Map<number, number>, buckets: Buckets | null): void {
  for (const [bound, requests] of buckets ?? []) all.set(bound, (all.get(bound) ?? 0) + requests)
}

function compared<Value>(
  [canary, baseline]: readonly [Value | string, Value | string],
  isReadable: (value: Value) => boolean,
): Compared<Value> {
  if (typeof canary === 'string') return { kind: 'unknown', why: canary }
  if (typeof baseline === 'string') return { kind: 'unknown', why: baseline }
  return isReadable(canary) && isReadable(baseline)
    ? { kind: 'compared', canary, baseline }
    : { kind: 'unknown', why: 'what was counted cannot be read' }
}

async function readErrors(
  { target, executor, canary, now, before }: Measuring,
  abort: AbortSignal,
): Promise<Figures['newErrors']> {
  if (before && before.newErrors.kind === 'read' && between(before.at, now) < logsEvery)
    return before.newErrors
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
    return { kind: 'read', types: newTypes(errorTypes(own), errorTypes(beside)), lines }
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

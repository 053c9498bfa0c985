import { breakerWithin, notClosedSince } from '#domain/automation/breaker.ts'
import type { Sign } from '#domain/automation/decide.ts'
import { boundOf, brokenBy, tooFew } from '#domain/automation/series.ts'
import { firedBy, type SeriesTrigger, triggers } from '#domain/automation/triggers.ts'
import { figureText } from '#domain/automation/words.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { isBroken } from '#domain/canary/judge-absolute.ts'
import type { AbsoluteRule } from '#domain/canary/judge-policy.ts'
import { span } from '#domain/communication/words.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import {
  between,
  type Instant,
  instant,
  type Micros,
  micros,
  minutes,
  plus,
  seconds,
} from '#domain/time.ts'
import type { Window } from '#ports/metrics.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'metrics' | 'policy'>

interface Looking {
  readonly service: Service
  readonly running: Revision
  readonly now: Instant
}

/** One reading a minute. */
const step = minutes(1)

/** A figure that breaks its bound for as long as its rule says, and where all triggers are asked for as long as they must together. */
export async function seriesSign(
  { metrics, policy }: Ports,
  { service, running, now }: Looking,
  rule: SeriesTrigger,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const { signal, warmUp } = triggers[rule]
  const combine = service.automation ?? {}
  const { judge } = limitsFor(policy, service.id)
  const bound = boundOf(rule, combine, step, judge)
  if (!bound) return []
  // Only what this version did counts, and only once it is warm.
  const from = startOf(running, warmUp, now, seconds(bound.sustainedSeconds))
  if (from >= now) return []
  const curve = await metrics.curve(service, signal, { from, to: now }, step, abort)
  if (curve.kind !== 'points') return []
  const values = curve.points.slice(1).map(({ value }) => value)
  const broken = brokenBy(rule, values, combine, step, judge)
  if (!broken) return []
  const { says, ...why } = broken
  const window = { from, to: now }
  const doubt =
    (await fewRequests({ metrics, policy }, service, signal, window, abort)) ??
    (await soBefore(metrics, { service, running }, { rule, signal, bound }, abort))
  const fired = { ...why, rule, source: sourceOf(metrics, service, signal), query: curve.query }
  return [
    doubt === undefined
      ? { says, fired: { ...fired, ...window } }
      : { says: 'ask', why: doubt, fired: { ...fired, ...window } },
  ]
}

/** As many whole steps back as the rule looks at, and no further than the version has been warm. */
function startOf({ since }: Revision, warmUp: Micros, now: Instant, sustained: Micros): Instant {
  const warm = Math.floor((now - plus(since, warmUp)) / step)
  return instant(now - Math.max(0, Math.min(warm, Math.max(1, Math.ceil(sustained / step)))) * step)
}

/** Why it is no proof, where it is of a handful of requests. */
async function fewRequests(
  { metrics, policy }: Ports,
  service: Service,
  signal: keyof SignalQueries,
  window: Window,
  abort: AbortSignal,
): Promise<string | undefined> {
  if (!ofRequests.has(signal)) return undefined
  const whole = await metrics.measure(service, signal, window, abort)
  const { minRequests } = limitsFor(policy, service.id)
  const requests = whole.kind === 'value' ? whole.requests : undefined
  // Where somebody counts them, not to know is no proof either.
  if (requests === undefined && service.signals.throughput !== undefined)
    return 'of how many requests it is cannot be read'
  return tooFew(requests, minRequests)
}

/** Nobody pays, or is kept waiting, without a request. */
const ofRequests: ReadonlySet<keyof SignalQueries> = new Set([
  'errorRate',
  'p95',
  'paymentSuccess',
  'checkoutCompletion',
] as const)

/** What broke its bound already before the version went out is hardly its doing (policy §4, guard 5: baseline healthy). */
async function soBefore(
  metrics: World['metrics'],
  { service, running }: Pick<Looking, 'service' | 'running'>,
  {
    rule,
    signal,
    bound,
  }: {
    readonly rule: SeriesTrigger
    readonly signal: keyof SignalQueries
    readonly bound: AbsoluteRule
  },
  abort: AbortSignal,
): Promise<string | undefined> {
  // Where nobody saw it begin, that may have been itself.
  if (running.orEarlier) return undefined
  const length = Math.max(seconds(bound.sustainedSeconds), leastBefore)
  const window = { from: instant(running.since - length), to: running.since }
  const before = await metrics.measure(service, signal, window, abort)
  if (before.kind === 'unavailable')
    return `whether it was so before ${running.name} went out cannot be read`
  if (before.kind !== 'value' || !isBroken(before.value, bound)) return undefined
  return `it was ${figureText(rule, before.value)} in the ${span(micros(length))} before ${running.name} went out, too`
}

const leastBefore = minutes(5)

/** A circuit breaker that was closed before the deploy and has not been closed since: the deploy's, while it is young. */
export async function breakerSign(
  { metrics }: Ports,
  { service, running, now }: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const age = between(running.since, now)
  // Where nobody saw the version begin it may be older.
  if (running.orEarlier || age > breakerWithin || age < step) return []
  const back = Math.ceil((age + breakerWithin) / step)
  const from = instant(now - back * step)
  const curve = await metrics.curve(service, 'circuitBreaker', { from, to: now }, step, abort)
  if (curve.kind !== 'points') return []
  const open = notClosedSince(curve.points, step, running.since)
  if (!open) return []
  const fired = firedBy('circuit-breaker', {
    measured: curve.points.at(-1)?.value ?? null,
    threshold: 0,
    because: `the circuit breaker is not closed${open.wasClosed ? `, and was closed before ${running.name} went out` : ''}`,
    source: sourceOf(metrics, service, 'circuitBreaker'),
    query: curve.query,
    from: open.since,
    to: now,
  })
  return [
    open.wasClosed
      ? { says: 'roll_back', fired }
      : { says: 'ask', why: 'nobody knows whether it was closed before', fired },
  ]
}

const sourceOf = (
  metrics: World['metrics'],
  service: Service,
  signal: keyof SignalQueries,
): string => metrics.sourceOf?.(service, signal) ?? metrics.source

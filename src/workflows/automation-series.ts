import { breakerSince, breakerWithin } from '#domain/automation/breaker.ts'
import type { Sign } from '#domain/automation/decide.ts'
import { togetherFor } from '#domain/automation/settings.ts'
import { firedBy, type SeriesTrigger, triggers } from '#domain/automation/triggers.ts'
import { brokenText } from '#domain/automation/words.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { defaultJudgePolicy } from '#domain/canary/index.ts'
import { judgeAbsolute } from '#domain/canary/judge-absolute.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import {
  between,
  type Instant,
  instant,
  type Micros,
  minutes,
  plus,
  seconds,
} from '#domain/time.ts'
import type { World } from './world.ts'

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
  const { signal, metric, warmUp } = triggers[rule]
  const limits = lasting(metric, service.automation?.combine === 'all')
  if (!limits) return []
  // Only what this version did counts, and only once it is warm.
  const from = startOf(running, warmUp, now, seconds(limits.sustainedSeconds))
  if (from >= now) return []
  const curve = await metrics.curve(service, signal, { from, to: now }, step, abort)
  if (curve.kind !== 'points') return []
  const values = curve.points.slice(1).map(({ value }) => value ?? Number.NaN)
  const stepSeconds = step / seconds(1)
  const rules = { ...defaultJudgePolicy, absolute: { [metric]: limits } }
  const judged = judgeAbsolute({ metric, stepSeconds, values }, rules)
  if (judged.verdict !== 'auto_rollback' && judged.verdict !== 'pause_and_ask') return []
  const window = { from, to: now }
  const because = brokenText(rule, { ...judged, ...limits })
  const few = await tooFew({ metrics, policy }, service, signal, window, abort)
  return [
    {
      says: judged.verdict === 'auto_rollback' && few === undefined ? 'roll_back' : 'ask',
      ...(few === undefined ? {} : { why: few }),
      fired: {
        rule,
        measured: judged.measured,
        threshold: judged.threshold,
        because,
        source: sourceOf(metrics, service, signal),
        query: curve.query,
        from,
        to: now,
        delayMicros: seconds(judged.delaySeconds),
      },
    },
  ]
}

/** The bound of a metric and how long it is broken; `isTogether`: for more than all triggers must last together. */
function lasting(metric: string, isTogether: boolean) {
  const limits = defaultJudgePolicy.absolute[metric]
  const least = isTogether ? (togetherFor + step) / seconds(1) : 0
  return limits && { ...limits, sustainedSeconds: Math.max(limits.sustainedSeconds, least) }
}

/** As many whole steps back as the rule looks at, and no further than the version has been warm. */
function startOf({ since }: Revision, warmUp: Micros, now: Instant, sustained: Micros): Instant {
  const warm = Math.floor((now - plus(since, warmUp)) / step)
  return instant(now - Math.max(0, Math.min(warm, Math.max(1, Math.ceil(sustained / step)))) * step)
}

/** What a handful of requests shows is shown to a person. */
async function tooFew(
  { metrics, policy }: Ports,
  service: Service,
  signal: keyof SignalQueries,
  window: { readonly from: Instant; readonly to: Instant },
  abort: AbortSignal,
): Promise<string | undefined> {
  if (signal !== 'errorRate' && signal !== 'p95') return undefined
  const whole = await metrics.measure(service, signal, window, abort)
  const requests = whole.kind === 'value' ? whole.requests : undefined
  const least = limitsFor(policy, service.id).minRequests
  return requests === undefined || requests >= least
    ? undefined
    : `it is of ${requests} requests only; fewer than ${least} prove nothing`
}

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
  const since = breakerSince(curve.points, step, running.since)
  if (since === 'no') return []
  const isNew = since === 'new'
  const fired = firedBy('circuit-breaker', {
    measured: curve.points.at(-1)?.value ?? null,
    threshold: 0,
    because: `the circuit breaker is not closed${isNew ? `, and was closed before ${running.name} went out` : ''}`,
    source: sourceOf(metrics, service, 'circuitBreaker'),
    query: curve.query,
    from: running.since,
    to: now,
  })
  return [
    isNew
      ? { says: 'roll_back', fired }
      : { says: 'ask', why: 'nobody knows whether it was closed before', fired },
  ]
}

const sourceOf = (
  metrics: World['metrics'],
  service: Service,
  signal: keyof SignalQueries,
): string => metrics.sourceOf?.(service, signal) ?? metrics.source

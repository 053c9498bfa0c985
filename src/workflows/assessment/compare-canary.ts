import type { CanaryCompared } from '#domain/assessment/canary-findings.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import {
  type Batch,
  type Counts,
  defaultJudgePolicy,
  judge,
  type JudgeInput,
} from '#domain/canary/index.ts'
import { isReadable, rate, total, type Window } from '#domain/canary/windows.ts'
import type { Judgement } from '#domain/canary/judge.ts'
import type { MetricEvidence } from '#domain/canary/judge-evidence.ts'
import type { JudgePolicy } from '#domain/canary/judge-policy.ts'
import type { Service } from '#domain/service.ts'
import { hours, type Instant, instant, type Micros, minutes, plus, seconds } from '#domain/time.ts'
import type { Counted } from '#ports/metrics.ts'
import { askLatency, gathered, latencyEvidence } from './canary-latency.ts'
import type { World } from '#workflows/world.ts'

/** Of the windows nothing is set by a team: their length is that of the steps in which both arms are counted. */
const { windowMinutes, warmupMinutes } = defaultJudgePolicy
const step = minutes(windowMinutes)
/** Far enough back for an hour of the baseline before a canary of today. */
const looked = hours(3)
const beforeServing = hours(1)
const beforeWindows = beforeServing / step
/** For what must hold without a pause: at least so far back. */
const fineStep = minutes(1)
const fineLooked = minutes(10)

/**
 * A canary against the version beside it, over the same windows (policy §4). Who cannot be counted, or has not served enough, is
 * no good canary: the answer is then what is missing. The proof is made anew from the same counts, so that it is the same however
 * often one asks. Never throws.
 */
export async function compareCanary(
  { metrics, policy: all }: Pick<World, 'metrics' | 'policy'>,
  service: Service,
  now: Instant,
  abort: AbortSignal,
): Promise<CanaryCompared> {
  const policy = limitsFor(all, service.id).judge
  const lasts = seconds(policy.absolute['canaryErrorRate']?.sustainedSeconds ?? 0)
  const window = { from: instant(now - looked), to: now }
  const lately = { from: instant(now - Math.max(fineLooked, roundedUp(lasts))), to: now }
  const [canary, baseline, fine, took] = await Promise.all([
    metrics.counts(service, 'canary', window, step, abort),
    metrics.counts(service, 'baseline', window, step, abort),
    metrics.counts(service, 'canary', lately, fineStep, abort),
    askLatency(metrics, service, window, step, abort),
  ])
  const about = {
    source: metrics.source,
    query: [canary, baseline].map((one) => ('query' in one ? one.query : '')).join(' against '),
    ...window,
  }
  const stretches = stretchesOf(canary, baseline)
  const first = stretches.findLastIndex(({ canary }) => !hasServed(canary)) + 1
  const began = stretches[first]
  const missing = missingOf(canary, 'canary') ?? missingOf(baseline, 'version beside it')
  if (missing !== undefined || !began) {
    const isUnread = canary.kind === 'unavailable'
    const why = missing ?? 'it has served nothing in the last minutes'
    return { ...unknown(about, policy, why), ...(isUnread ? { isUnread } : {}) }
  }
  const windows = windowsFrom(stretches.slice(first), first > 0)
  const before = sum(stretches.slice(Math.max(0, first - beforeWindows), first))
  const warm = windows.findIndex(({ fromMinutes }) => fromMinutes >= warmupMinutes)
  const warmFrom = (warm < 0 ? undefined : stretches[first + warm])?.from ?? now
  const evidence = [
    ...errorEvidence(stretches.slice(first), windows, policy),
    ...(took
      ? latencyEvidence(took, step, { began: began.from, warmFrom, before: beforeServing }, policy)
      : []),
  ]
  const absolute = ratesOf(fine)
  const input: JudgeInput = {
    windows,
    now,
    ...(before ? { baselineBefore: before } : {}),
    ...(evidence.length > 0 ? { evidence } : {}),
    ...(absolute ? { absolute: [absolute] } : {}),
  }
  const judgement = judge(input, policy)
  const isAlone =
    judgement.verdict === 'auto_rollback' &&
    (isWorseBeside(windows, policy) || isSlowerBeside(judgement))
  return { ...about, since: began.from, windows, isAlone, judgement }
}

/** To whole steps. */
const roundedUp = (length: Micros): number => Math.ceil(length / fineStep) * fineStep

interface Stretch {
  readonly from: Instant
  readonly canary: Counts
  readonly baseline: Counts
}

function stretchesOf(canary: Counted, baseline: Counted): readonly Stretch[] {
  const [one, other] = [canary, baseline].map((arm) => (arm.kind === 'counted' ? arm.points : []))
  return (one ?? []).slice(1).map((point, index) => ({
    from: instant(point.at - step),
    canary: countsOf(point, 0),
    baseline: countsOf(other?.[index + 1], Number.NaN),
  }))
}

/** As they were counted: rates add up to fractions, which are made whole where they are added up. What nobody could read is NaN. */
function countsOf(
  point: { readonly requests: number | null; readonly errors: number | null } | undefined,
  /** Of an arm without figures: a canary is not there, a baseline cannot be read. */
  none: number,
): Counts {
  const { requests = null, errors = null } = point ?? {}
  if (requests === null) return { requests: none, errors: none }
  return { requests, errors: errors === null ? Number.NaN : Math.min(requests, errors) }
}

/**
 * The canary's clock begins at the end of the stretch in which it began to serve: that one it served in part, cold. Of one that has
 * served longer than was looked back nothing is cold.
 */
function windowsFrom(stretches: readonly Stretch[], hasBegun: boolean): readonly Window[] {
  const ahead = hasBegun ? -windowMinutes : warmupMinutes
  return stretches.map(({ canary, baseline }, index) => ({
    fromMinutes: ahead + index * windowMinutes,
    toMinutes: ahead + (index + 1) * windowMinutes,
    canary,
    baseline,
  }))
}

/** What is less than half a request is how sources add up, and nobody’s. */
const hasServed = ({ requests }: Counts): boolean => Math.round(requests) > 0

/** The proof so far, from every warm window that can be read. */
function errorEvidence(
  stretches: readonly Stretch[],
  windows: readonly Window[],
  policy: JudgePolicy,
): readonly MetricEvidence[] {
  const batches = stretches.flatMap(({ from, canary, baseline }, index): readonly Batch[] => {
    const isWarm = (windows[index]?.fromMinutes ?? 0) >= warmupMinutes
    return isWarm && isReadable(canary) && isReadable(baseline)
      ? [{ from, to: plus(from, step), canary, baseline }]
      : []
  })
  return batches.length === 0 ? [] : [gathered('errors', batches, policy)]
}

/** The canary's own error rate, minute by minute: what must hold without a pause cannot be told from long windows. */
function ratesOf(fine: Counted) {
  if (fine.kind !== 'counted') return undefined
  const counts = fine.points.slice(1).map((point) => countsOf(point, Number.NaN))
  const values = counts.map((one) => (hasServed(one) ? rate(one) : Number.NaN))
  const requests = counts.reduce((sum, one) => sum + (hasServed(one) ? one.requests : 0), 0)
  return {
    metric: 'canaryErrorRate',
    stepSeconds: fineStep / 1_000_000,
    values,
    requests: Math.round(requests),
  }
}

/** What is slower than its baseline is alone in that. */
const isSlowerBeside = ({ findings }: Judgement): boolean =>
  findings.some(
    ({ rule, verdict }) =>
      rule.startsWith('canary-evidence:latency') && verdict === 'auto_rollback',
  )

/** The judge would have it taken away; whether it is alone, the version beside it says. */
function isWorseBeside(windows: readonly Window[], policy: JudgePolicy): boolean {
  const last = windows
    .slice(-policy.consecutiveWindows)
    .filter(({ canary, baseline }) => isReadable(canary) && isReadable(baseline))
  const [canary, baseline] = [total(last, 'canary'), total(last, 'baseline')]
  return baseline.requests > 0 && rate(canary) > rate(baseline) * policy.rollBackAbove
}

function sum(stretches: readonly Stretch[]): Counts | undefined {
  const readable = stretches.filter(({ baseline }) => isReadable(baseline))
  if (readable.length === 0) return undefined
  const of = (what: keyof Counts) =>
    readable.reduce((total, { baseline }) => total + baseline[what], 0)
  return { requests: of('requests'), errors: of('errors') }
}

function missingOf(counted: Counted, arm: string): string | undefined {
  switch (counted.kind) {
    case 'counted':
      return undefined
    case 'not_configured':
      return 'nothing is configured that tells a canary from what runs beside it'
    case 'no_data':
      return `there are no figures of the ${arm}`
    case 'unavailable':
      return `the figures of the ${arm} cannot be read, ${counted.why}`
  }
}

const unknown = (
  about: Pick<CanaryCompared, 'source' | 'query' | 'from' | 'to'>,
  policy: JudgePolicy,
  because: string,
): CanaryCompared => ({
  ...about,
  since: null,
  windows: [],
  isAlone: false,
  judgement: {
    verdict: 'inconclusive',
    delaySeconds: 0,
    because,
    findings: [
      {
        rule: 'canary-ratio',
        verdict: 'inconclusive',
        delaySeconds: 0,
        measured: null,
        threshold: policy.rollBackAbove,
        samples: 0,
        because,
        wouldChange: 'Figures of both arms',
      },
    ],
  },
})

import { latency, span } from '#domain/communication/words.ts'
import { seconds } from '#domain/time.ts'
import { type Finding, percent } from './finding.ts'
import type { AbsoluteRule, JudgePolicy } from './judge-policy.ts'

/** Readings of one metric, the newest last, at equal distances; a missing one is NaN. */
export interface Series {
  /** A name of the policy's absolute rules, such as `errorRate` or `p95Seconds`. */
  readonly metric: string
  readonly stepSeconds: number
  readonly values: readonly number[]
  /** How many requests stand behind them, where the rule asks. */
  readonly requests?: number
}

/** A bound broken without a pause for as long as its rule says, up to now. One reading that keeps it starts the count again; a missing one proves nothing either way. */
export function judgeAbsolute(series: Series, policy: JudgePolicy): Finding {
  const { metric, stepSeconds, values } = series
  const rule = Object.hasOwn(policy.absolute, metric) ? policy.absolute[metric] : undefined
  const samples = values.length
  const unreadable = (because: string, wouldChange: string): Finding => ({
    rule: rule?.rule ?? metric,
    verdict: 'inconclusive',
    delaySeconds: 0,
    measured: null,
    threshold: rule?.bound ?? null,
    samples,
    because,
    wouldChange,
  })
  if (rule === undefined)
    return unreadable(`No rule reads ${metric}`, 'A rule for it in the policy')
  if (samples === 0) return unreadable(`No reading of ${metric}`, 'A first reading')
  if (!(stepSeconds > 0 && stepSeconds < Infinity))
    return unreadable(`No telling how long the readings of ${metric} lasted`, 'Their distance')

  const broken = trailing(values, (value) => Number.isFinite(value) && isBroken(value, rule))
  const needed = Math.max(1, Math.ceil(rule.sustainedSeconds / stepSeconds - 1e-9))
  const previous = values.at(-1 - broken)
  const latest = values.slice(-Math.max(1, Math.min(broken, needed)))
  const said = unitOf(metric)
  const limit = `${rule.breaks} ${said(rule.bound)}`
  const time = (length: number): string => span(seconds(length))
  if (broken < needed && previous !== undefined && !Number.isFinite(previous))
    return unreadable(`A reading of ${metric} is missing`, 'Readings without a gap')

  const base = {
    rule: rule.rule,
    delaySeconds: 0,
    measured: rule.breaks === 'above' ? Math.min(...latest) : Math.max(...latest),
    threshold: rule.bound,
    samples,
  }
  const lasted = Math.min(broken, needed) * stepSeconds
  if (broken < needed)
    return {
      ...base,
      verdict: 'continue',
      because: `${metric} has been ${limit} for ${time(lasted)} of ${time(rule.sustainedSeconds)}; the last reading is ${said(values.at(-1) ?? Number.NaN)}`,
      wouldChange: `${time(rule.sustainedSeconds - lasted)} more ${limit}, without a reading that keeps it`,
    }
  if (rule.needsRequests && !((series.requests ?? Infinity) >= policy.minRequests))
    return {
      ...base,
      verdict: 'wait',
      because: `${metric} is ${limit}, but of ${series.requests} requests; ${policy.minRequests} are needed`,
      wouldChange: 'More requests',
      moreMinutes: null,
    }
  const isNear = latest.every((value) => Math.abs(value - rule.bound) <= rule.askWithin + 1e-12)
  return {
    ...base,
    verdict: isNear ? 'pause_and_ask' : 'auto_rollback',
    delaySeconds: isNear ? 0 : rule.delaySeconds,
    because: `${metric} has been ${limit} for ${time(lasted)}, never better than ${said(base.measured)}`,
    wouldChange: isNear
      ? `A reading more than ${said(rule.askWithin)} past the bound, or one that keeps it`
      : 'One reading that keeps the bound',
  }
}

/** Latencies are seconds, everything else is a share. */
const unitOf = (metric: string): ((value: number) => string) =>
  metric === 'p95Seconds' ? latency : percent

/** Strictly: what lies on the bound keeps it. */
export const isBroken = (value: number, { breaks, bound }: AbsoluteRule): boolean =>
  breaks === 'above' ? value > bound : value < bound

function trailing(values: readonly number[], holds: (value: number) => boolean): number {
  const last = values.findLastIndex((value) => !holds(value))
  return values.length - 1 - last
}

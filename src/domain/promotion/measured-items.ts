import { pWorse } from '#domain/canary/compare.ts'
import { defaultJudgePolicy } from '#domain/canary/index.ts'
import { rate } from '#domain/canary/windows.ts'
import { count, latency } from '#domain/communication/words.ts'
import type { Figures, Unmeasured } from './figures.ts'
import { gateLimits } from './gate-limits.ts'
import { gateItems, type ItemState } from './items.ts'

type Measured = 'error-rate' | 'new-errors' | 'latency' | 'success'

/** How an item that the product measures stands by these figures; `minRequests` of each arm prove something (policy §4). */
export function measuredItem(item: Measured, figures: Figures, minRequests: number): ItemState {
  switch (item) {
    case 'error-rate':
      return errorRate(figures, minRequests)
    case 'success':
      return success(figures, minRequests)
    case 'latency':
      return slowness(figures, minRequests)
    case 'new-errors':
      return newErrors(figures)
  }
}

function errorRate({ counts }: Figures, minRequests: number): ItemState {
  const item = 'error-rate'
  if (counts.kind === 'unknown') return notKnown(item, counts)
  const { canary, baseline } = counts
  const few = tooFew(canary.requests, baseline.requests, minRequests)
  if (few !== undefined) return unknown(item, few)
  const ratio = ratioOf(rate(canary), rate(baseline))
  const figure = `${share(rate(canary))} against ${share(rate(baseline))} beside it${timesText(ratio)}, ${count(canary.requests, 'request')}`
  const text = `error rate ${figure}`
  if (ratio <= gateLimits.errorRate) return { item, state: 'passed', text }
  // Nobody is called at night because of what more requests would take back (policy §1: only what is significant).
  return pWorse(canary, baseline, defaultJudgePolicy.minExpected) < defaultJudgePolicy.significance
    ? { item, state: 'missed', text, ratio }
    : unknown(item, `${figure}: chance may explain that, more requests tell`)
}

function success({ counts }: Figures, minRequests: number): ItemState {
  const item = 'success'
  if (counts.kind === 'unknown') return notKnown(item, counts)
  const { canary } = counts
  if (canary.requests < minRequests)
    return unknown(
      item,
      `${count(canary.requests, 'request')} of ${minRequests} that prove something`,
    )
  const well = 1 - rate(canary)
  return {
    item,
    state: well >= gateLimits.success ? 'passed' : 'missed',
    text: `${share(well)} of the requests succeed, at least ${share(gateLimits.success)} must`,
  }
}

function slowness({ p99, timed, isP99AtLeast }: Figures, minRequests: number): ItemState {
  const item = 'latency'
  if (p99.kind === 'unknown') return notKnown(item, p99)
  if (!timed) return unknown(item, 'nobody counted how many requests were timed')
  const few = tooFew(timed.canary, timed.baseline, minRequests)
  if (few !== undefined) return unknown(item, few)
  const ratio = ratioOf(p99.canary, p99.baseline)
  const text = `P99 ${isP99AtLeast ? 'above ' : ''}${latency(p99.canary)} against ${latency(p99.baseline)} beside it${timesText(ratio)}`
  return ratio <= gateLimits.p99
    ? { item, state: 'passed', text }
    : { item, state: 'missed', text, ratio }
}

function newErrors({ newErrors: seen }: Figures): ItemState {
  const item = 'new-errors'
  if (seen.kind === 'unknown') return notKnown(item, seen)
  return seen.types.length === 0
    ? {
        item,
        state: 'passed',
        text: `no new error types in ${count(seen.lines, 'line')} of the logs`,
      }
    : { item, state: 'missed', text: `new in the logs: ${seen.types.join(', ')}` }
}

const unknown = (item: Measured, why: string): ItemState => ({
  item,
  state: 'unknown',
  text: `${gateItems[item].says}: not known, ${why}`,
})

const notKnown = (item: Measured, { why, lacks }: Unmeasured): ItemState => ({
  ...unknown(item, why),
  ...(lacks ? { lacks } : {}),
})

const tooFew = (canary: number, baseline: number, least: number): string | undefined =>
  Math.min(canary, baseline) < least
    ? `${count(Math.min(canary, baseline), 'request')} of ${least} that prove something`
    : undefined

/** Both without any is no difference. */
const ratioOf = (canary: number, baseline: number): number =>
  baseline === 0 ? (canary === 0 ? 1 : Number.POSITIVE_INFINITY) : canary / baseline

const timesText = (ratio: number): string =>
  Number.isFinite(ratio) ? ` (${Number(ratio.toPrecision(3))} ×)` : ' (where there is none)'

const share = (value: number): string => `${Number((value * 100).toPrecision(3))} %`

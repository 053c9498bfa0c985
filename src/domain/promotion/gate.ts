import { rate } from '#domain/canary/windows.ts'
import { gateItems, type GateItem, isTestItem, type ItemState } from './items.ts'
import { type Gate, gateAt } from './ladder.ts'
import { gateLimits } from './gate-limits.ts'
import { measuredItem } from './measured-items.ts'
import type { PromotionState } from './state.ts'
import { type StepVerdict, stepVerdict } from './verdict.ts'
import { between, type Instant, micros, minutes } from '#domain/time.ts'

/** What must hold at the step where it stands. Tests are asked for before the first. */
export function gateOf({ settings, step }: PromotionState): Gate {
  const gate = gateAt(settings.ladder, step.share)
  // What takes nothing yet has nothing to show: the tests alone stand before its first step.
  if (step.share === 0)
    return { at: 0, after: micros(0), all: settings.tests, otherwise: gate.otherwise }
  return { ...gate, all: [...settings.tests, ...gate.all.filter((item) => !isTestItem(item))] }
}

/** Every item of the step, with its value or who ticked it. What the product cannot measure, a person may. */
export const itemsOf = (state: PromotionState, minRequests: number): readonly ItemState[] =>
  gateOf(state).all.map((item) => itemOf(item, state, minRequests))

function itemOf(item: GateItem, state: PromotionState, minRequests: number): ItemState {
  const ticked = tickOf(item, state)
  switch (item) {
    case 'pre-rollout':
    case 'load-test': {
      const said = state.tests[item]
      const text = said
        ? `${gateItems[item].says.replace(/ passed$/, '')}: ${said.value}`
        : `${gateItems[item].says}: nothing was reported yet`
      return { item, state: said ? (said.passed ? 'passed' : 'missed') : 'open', text }
    }
    case 'error-rate':
    case 'new-errors':
    case 'latency':
    case 'success': {
      const { look } = state
      const measured = look
        ? measuredItem(item, look.figures, minRequests)
        : ({ item, state: 'unknown', text: `${gateItems[item].says}: not measured yet` } as const)
      return measured.state === 'unknown' && ticked ? ticked : measured
    }
    case 'complaints':
    case 'conversion':
    case 'tickets':
    case 'critical-path':
    case 'healthy':
    case 'degradation':
      return (
        ticked ?? { item, state: 'open', text: `${gateItems[item].says}: nobody has said so yet` }
      )
  }
}

function tickOf(item: GateItem, { ticks }: PromotionState): ItemState | undefined {
  const tick = ticks[item]
  if (!tick) return undefined
  const { says } = gateItems[item]
  return {
    item,
    state: tick.holds ? 'passed' : 'missed',
    text: tick.holds ? `${says}: ${tick.value}` : `not so: ${says} – ${tick.value}`,
    by: tick.by,
  }
}

/** What the step comes to at this moment. */
export const verdictAt = (state: PromotionState, minRequests: number, now: Instant): StepVerdict =>
  stepVerdict(gateOf(state), itemsOf(state, minRequests), between(state.step.since, now))

/** What people are called for when the time of a step is over. */
export type GateCall =
  /** All that the product measures and tests report passes: the rest is for people to say. */
  | { readonly kind: 'passed' }
  /** Something will not become known by itself, or has not in all that time: nobody may wait for it unknowing. */
  | { readonly kind: 'unmeasured'; readonly items: readonly string[] }

export function gateCall(
  state: PromotionState,
  minRequests: number,
  now: Instant,
): GateCall | undefined {
  const { after } = gateOf(state)
  const over = between(state.step.since, now) - after
  if (over < 0) return undefined
  const missing = itemsOf(state, minRequests).filter(
    ({ item, state: is }) => is !== 'passed' && gateItems[item].by !== 'person',
  )
  if (missing.length === 0) return { kind: 'passed' }
  const isForGood = missing.every(({ lacks }) => lacks !== undefined)
  return isForGood || over >= Math.max(after, patience)
    ? { kind: 'unmeasured', items: missing.map(({ text }) => text) }
    : undefined
}

/** As long again as the step lasts, and at least so long, more figures may still come. */
const patience = minutes(15)

/** The stricter numbers by which a canary goes on without a person (policy §6); why it does not, undefined where it may. */
export function whyNotByItself(
  state: PromotionState,
  minRequests: number,
  now: Instant,
): string | undefined {
  const { settings, look, held } = state
  const gate = gateOf(state)
  if (!settings.isAutomatic) return 'a person decides here'
  if (settings.handles !== undefined)
    return `what handles ${settings.handles} always needs a person`
  if (gate.person) return 'this step asks for a person'
  if (held) return 'it is held'
  if (look?.canary.warnings.some(({ kind }) => kind === 'aborted'))
    return 'it was aborted: only a person has it retried'
  if (verdictAt(state, minRequests, now).kind !== 'passed') return 'the gate is not passed'
  if (!look?.next || look.blocked.length > 0) return 'it can go nowhere from here'
  const { counts, p99, judged } = look.figures
  const { state: slowness } = measuredItem('latency', look.figures, minRequests)
  const { automatic } = gateLimits
  if (counts.kind === 'unknown' || p99.kind === 'unknown' || slowness === 'unknown')
    return 'not everything could be measured'
  // A gate need not ask for the error rate; a few requests prove nothing all the same.
  if (!(Math.min(counts.canary.requests, counts.baseline.requests) >= minRequests))
    return 'too few requests to prove anything'
  if (rate(counts.canary) >= automatic.errorRate) return 'its error rate is not below 1 %'
  if (p99.canary > p99.baseline * automatic.p99) return 'its P99 is more than 110 % of the baseline'
  if (p99.canary >= automatic.p99Seconds) return 'its P99 is not below 500 ms'
  // Its own windows are longer than some steps: that it wants to see more is no objection, anything else is.
  return judged.verdict === 'continue' || judged.verdict === 'wait' ? undefined : judged.because
}

import { rate } from '#domain/canary/windows.ts'
import { gateItems, type GateItem, isTestItem, type ItemState } from './items.ts'
import { type Gate, gateAt } from './ladder.ts'
import { gateLimits, measuredItem } from './measured-items.ts'
import type { PromotionState } from './state.ts'
import { type StepVerdict, stepVerdict } from './verdict.ts'
import { between, type Instant, micros } from '#domain/time.ts'

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
  }
}

/** What the step comes to at this moment. */
export const verdictAt = (state: PromotionState, minRequests: number, now: Instant): StepVerdict =>
  stepVerdict(gateOf(state), itemsOf(state, minRequests), between(state.step.since, now))

/** Its time is over, and all that the product measures and tests report passes: the rest is for people to say. */
export function isForPeople(state: PromotionState, minRequests: number, now: Instant): boolean {
  const gate = gateOf(state)
  return (
    between(state.step.since, now) >= gate.after &&
    itemsOf(state, minRequests).every(
      (item) => item.state === 'passed' || gateItems[item.item].by === 'person',
    )
  )
}

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
  if (verdictAt(state, minRequests, now).kind !== 'passed') return 'the gate is not passed'
  if (!look?.next || look.blocked.length > 0) return 'it can go nowhere from here'
  const { counts, p99, judged } = look.figures
  const { automatic } = gateLimits
  if (counts.kind === 'unknown' || p99.kind === 'unknown') return 'not everything could be measured'
  // A gate need not ask for the error rate; a few requests prove nothing all the same.
  if (!(Math.min(counts.canary.requests, counts.baseline.requests) >= minRequests))
    return 'too few requests to prove anything'
  if (rate(counts.canary) >= automatic.errorRate) return 'its error rate is not below 1 %'
  if (p99.canary > p99.baseline * automatic.p99) return 'its P99 is more than 110 % of the baseline'
  if (p99.canary >= automatic.p99Seconds) return 'its P99 is not below 500 ms'
  // Its own windows are longer than some steps: that it wants to see more is no objection, anything else is.
  return judged.verdict === 'continue' || judged.verdict === 'wait' ? undefined : judged.because
}

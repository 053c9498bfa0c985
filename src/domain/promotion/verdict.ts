import { span } from '#domain/communication/words.ts'
import type { Micros } from '#domain/time.ts'
import type { ItemState } from './items.ts'
import type { Gate } from './ladder.ts'

/** What a step comes to. `roll-back` and `investigate` are said and offered; a person does it. */
export type StepVerdict =
  | { readonly kind: 'waiting'; readonly why: readonly string[] }
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'missed'
      readonly advice: 'hold' | 'roll-back' | 'investigate'
      readonly because: string
    }

/** Times the baseline above which a missed gate is rolled back; below, it is held and people are asked (policy §4, §6). */
const rollBackAbove = 2

/** `elapsed`: at this step. What was missed counts at once, what passed only when the time is over. */
export function stepVerdict(gate: Gate, items: readonly ItemState[], elapsed: Micros): StepVerdict {
  const missed = items.filter(({ state }) => state === 'missed')
  const worst = missed.toSorted((one, other) => (other.ratio ?? 0) - (one.ratio ?? 0))[0]
  if (worst) {
    const because = missed.map(({ text }) => text).join('; ')
    if ((worst.ratio ?? 0) > rollBackAbove) return { kind: 'missed', advice: 'roll-back', because }
    // What has no ratio is missed or not: then the ladder says what to do.
    const hasNone = missed.some(({ ratio }) => ratio === undefined)
    return { kind: 'missed', advice: hasNone ? gate.otherwise : 'hold', because }
  }
  const left = gate.after - elapsed
  const why = [
    ...(left > 0 ? [`${span(left)} more at ${gate.at} %`] : []),
    ...items.flatMap(({ state, text }) => (state === 'passed' ? [] : [text])),
  ]
  return why.length > 0 ? { kind: 'waiting', why } : { kind: 'passed' }
}

import { between, type Instant, type Micros } from '#domain/time.ts'
import type { Advice } from './advice.ts'
import { assess, type Measured } from './assess.ts'
import type { Verdict } from './events.ts'
import { factsWith } from './facts-with.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { Statement } from './statement.ts'

/** What was seen at a moment, and what it came to then; null where nobody assessed it. */
export interface Look {
  readonly measured: Measured
  readonly statements: readonly Statement[]
  readonly then: Verdict | null
  /** Somebody said of it that it was no incident. */
  readonly isDenied: boolean
}

/** When something was wrong, as the record has it. */
export interface Trouble {
  readonly incident: string
  readonly from: Instant
  readonly to: Instant
}

/** Looks in a row that come to the same. */
export interface Stretch {
  readonly from: Instant
  readonly to: Instant
  readonly looks: number
  readonly verdict: Verdict
  /** What the first of them came to then. */
  readonly then: Verdict | null
  readonly because: string
  readonly rules: readonly string[]
  readonly isAlarm: boolean
  /** An alarm outside of every incident, or of which somebody said that it was none. */
  readonly isFalse: boolean
}

export interface Outcome {
  readonly trouble: Trouble
  /** Nobody looked while it lasted: that says nothing of the policy. */
  readonly looks: number
  readonly found: { readonly at: Instant; readonly delay: Micros } | null
}

export interface Replayed {
  readonly stretches: readonly Stretch[]
  readonly outcomes: readonly Outcome[]
}

/** What a policy would have decided on what was seen: the same looks and the same policy give the same answer. */
export function replay(
  looks: readonly Look[],
  troubles: readonly Trouble[],
  policy: AssessmentPolicy,
): Replayed {
  const decided = looks
    .toSorted((one, other) => at(one) - at(other))
    .map((look) => {
      const { advice, severity, because, findings } = assess(
        factsWith(look.measured, look.statements),
        policy,
      )
      const isAlarm = alarms.has(advice)
      const isInside = troubles.some((trouble) => holds(trouble, at(look)))
      return {
        at: at(look),
        verdict: { advice, severity },
        then: look.then,
        because,
        rules: findings.flatMap(({ state, rule }) => (state === 'fired' ? [rule] : [])),
        isAlarm,
        isFalse: isAlarm && (look.isDenied || !isInside),
      }
    })
  return {
    stretches: stretchesOf(decided),
    outcomes: troubles.map((trouble) => {
      const inside = decided.filter((one) => holds(trouble, one.at))
      const first = inside.find(({ isAlarm }) => isAlarm)
      return {
        trouble,
        looks: inside.length,
        found: first ? { at: first.at, delay: between(trouble.from, first.at) } : null,
      }
    }),
  }
}

/** What would have somebody do something about the service itself. */
const alarms: ReadonlySet<Advice> = new Set(['roll_back', 'roll_back_canary', 'fix_forward'])

const at = ({ measured }: Look): Instant => measured.circumstances.now
export const holds = ({ from, to }: Trouble, moment: Instant): boolean =>
  moment >= from && moment <= to

type Decided = Omit<Stretch, 'from' | 'to' | 'looks'> & { readonly at: Instant }

function stretchesOf(decided: readonly Decided[]): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (const { at: moment, ...one } of decided) {
    const last = stretches.at(-1)
    if (last && isSame(last, one))
      stretches[stretches.length - 1] = { ...last, to: moment, looks: last.looks + 1 }
    else stretches.push({ ...one, from: moment, to: moment, looks: 1 })
  }
  return stretches
}

const isSame = (one: Omit<Decided, 'at'>, other: Omit<Decided, 'at'>): boolean =>
  textOf(one.verdict) === textOf(other.verdict) &&
  textOf(one.then) === textOf(other.then) &&
  one.isFalse === other.isFalse

const textOf = (verdict: Verdict | null): string =>
  verdict === null ? '' : `${verdict.advice} ${verdict.severity}`

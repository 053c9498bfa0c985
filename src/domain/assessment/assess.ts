import { isWorse, type Severity, type Strategy, strategyFor } from '#domain/incident/severity.ts'
import type { Service } from '#domain/service.ts'
import { type Micros, micros } from '#domain/time.ts'
import { backOrForward, type Choice, type KnownFix, type WayBack } from './back-or-forward.ts'
import type { Advice } from './advice.ts'
import { type CanaryCompared, canaryFindings, inSentence } from './canary-findings.ts'
import { type Confidence, confidenceIn } from './confidence.ts'
import type { Finding } from './finding.ts'
import type { Written } from './instance.ts'
import { type Circumstances, type Origin, originOf } from './origin.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { Reading } from './reading.ts'
import { scoreFindings } from './score.ts'
import { againstNormalRule, severityFindings } from './severity-rules.ts'
import { statedFindings } from './stated-findings.ts'
import type { Impact } from './statement.ts'
import { whatWouldChange } from './would-change.ts'

/** What can be seen without asking anybody. */
export interface Measured {
  readonly tier: Service['tier']
  readonly readings: readonly Reading[]
  readonly circumstances: Circumstances
  readonly wayBack: WayBack
  readonly isolatedToCanary: boolean
  /** Only where somebody asked for it. */
  readonly canary?: CanaryCompared
  /** What failing instances wrote last; only where some fail. */
  readonly written?: readonly Written[]
}

export interface Facts extends Measured {
  readonly statements: readonly Impact[]
  readonly fix: KnownFix | null
}

export interface Assessment {
  readonly advice: Advice
  readonly because: string
  /** Null when nothing could be measured and nobody said anything. */
  readonly severity: Severity | null
  readonly strategy: Strategy | null
  readonly origin: Origin
  readonly choice: Choice | null
  readonly confidence: Confidence
  /** From detection on; null when nothing has to be decided. */
  readonly decideWithin: Micros | null
  /** Every rule that was asked, the gravest first. */
  readonly findings: readonly Finding[]
  readonly wouldChange: readonly string[]
}

/** How bad it is, what to do and why (policy §1–3). The same facts give the same answer. */
export function assess(facts: Facts, policy: AssessmentPolicy): Assessment {
  const findings = [
    ...statedFindings(facts.statements, policy),
    ...severityFindings(facts.readings, facts.tier, policy),
    ...scoreFindings(facts.readings, policy),
    ...(facts.canary ? canaryFindings(facts.canary, policy) : []),
  ].toSorted(byWeight)
  const fired = findings.filter(({ state }) => state === 'fired')
  // They come the gravest first.
  const severity = fired[0]?.severity ?? null
  const origin = originOf(facts.circumstances, policy)
  const { advice, because, choice } = decided(facts, { fired, severity, origin, findings }, policy)
  const isolated = advice === 'roll_back_canary'
  const known = severity ?? (advice === 'watch' ? 'low' : null)
  return {
    advice,
    because,
    severity: known,
    strategy: known === null ? null : strategyFor(known, isolated),
    origin,
    choice,
    confidence: confidenceIn(advice, facts.readings, findings, origin),
    decideWithin: shortest(findings),
    findings,
    wouldChange: whatWouldChange(advice, findings, origin),
  }
}

interface Weighed {
  readonly fired: readonly Finding[]
  readonly severity: Severity | null
  readonly origin: Origin
  readonly findings: readonly Finding[]
}

function decided(
  facts: Facts,
  { fired, severity, origin, findings }: Weighed,
  policy: AssessmentPolicy,
): Pick<Assessment, 'advice' | 'because' | 'choice'> {
  const [worst] = fired
  // What somebody calls a trifle is one only where the figures agree.
  if (!worst || severity === null || severity === 'low')
    return { ...calm(findings, facts.canary), choice: null }
  // When the figures went wrong says nothing about what only people know.
  if (origin.kind === 'elsewhere' && worst.signal !== 'statement')
    return {
      advice: 'look_elsewhere',
      because: `${worst.because}; but ${origin.because}`,
      choice: null,
    }
  const { wayBack, fix } = facts
  // What only a comparison with the canary says never takes back what runs beside it.
  const isolatedToCanary = facts.isolatedToCanary || worst.signal === 'canary'
  const errorRate = findings.find(
    ({ signal, state }) => signal === 'error-rate' && state !== 'unknown',
  )
  const choice = backOrForward(
    severity,
    { wayBack, isolatedToCanary, fix, errorRate: errorRate?.measured ?? null },
    policy,
  )
  const canarys = fired.find(({ signal }) => signal === 'canary')
  const reason = choice.way === 'canary_back' && canarys ? canarys : worst
  return { advice: adviceOf[choice.way], because: reason.because, choice }
}

const adviceOf = {
  back: 'roll_back',
  canary_back: 'roll_back_canary',
  forward: 'fix_forward',
} as const satisfies Readonly<Record<Choice['way'], Advice>>

/** A canary that nobody can call good is none, however calm everything together is. */
function doubtOf(canary: Facts['canary']): Pick<Assessment, 'advice' | 'because'> | undefined {
  if (!canary || canary.judgement.verdict === 'continue') return undefined
  return {
    advice: 'inconclusive',
    because: `the canary cannot be called good: ${inSentence(canary.judgement)}`,
  }
}

/** Nothing fired: calm where the error rate was seen to be low, and no canary is in doubt; else nobody can say. */
function calm(
  findings: readonly Finding[],
  canary: Facts['canary'],
): Pick<Assessment, 'advice' | 'because'> {
  const errors = findings.find(
    ({ signal, state, rule }) =>
      signal === 'error-rate' && state === 'quiet' && rule !== againstNormalRule,
  )
  if (errors) return doubtOf(canary) ?? { advice: 'watch', because: errors.because }
  const missing = findings.find(
    ({ signal, state }) => signal === 'error-rate' && state === 'unknown',
  )
  const because =
    missing?.because ??
    (findings.length === 0 ? 'no signal is configured' : 'errors are not measured')
  // Where nobody counts errors, what the platform shows is all there is, and it is no proof that users are well.
  const signs = missing ? [] : findings.filter(({ state }) => state === 'sign')
  return {
    advice: 'inconclusive',
    because: [because, ...signs.slice(0, 2).map((sign) => sign.because)].join('; '),
  }
}

/** A sign of trouble has a clock, too: memory that grows is decided on before it is full. */
function shortest(findings: readonly Finding[]): Micros | null {
  const clocks = findings.flatMap(({ decideWithin }) => decideWithin ?? [])
  return clocks.length === 0 ? null : micros(Math.min(...clocks))
}

const states: readonly Finding['state'][] = ['fired', 'sign', 'unknown', 'quiet']
function byWeight(one: Finding, other: Finding): number {
  const state = states.indexOf(one.state) - states.indexOf(other.state)
  if (state !== 0 || one.severity === null || other.severity === null) return state
  return isWorse(one.severity, other.severity) ? -1 : isWorse(other.severity, one.severity) ? 1 : 0
}

import type { Instant } from '#domain/time.ts'
import type { Counts } from './evidence.ts'
import { type Finding, isWorse, type Verdict } from './finding.ts'
import { judgeAbsolute, type Series } from './judge-absolute.ts'
import { judgeEvidence, type MetricEvidence } from './judge-evidence.ts'
import { judgeExternal } from './judge-external.ts'
import { defaultJudgePolicy, type JudgePolicy } from './judge-policy.ts'
import { judgeScore, type Weighted } from './judge-score.ts'
import { judgeWindows } from './judge-windows.ts'
import type { Window } from './windows.ts'

/** Everything that is known about a canary now; what is left out was not asked. */
export interface JudgeInput {
  readonly windows?: readonly Window[]
  /** The baseline in its own hour before the deploy. */
  readonly baselineBefore?: Counts
  readonly evidence?: readonly MetricEvidence[]
  /** The moment of judging: evidence that ends long before it calls nothing good. */
  readonly now?: Instant
  readonly absolute?: readonly Series[]
  readonly score?: readonly Weighted[]
}

export interface Judgement {
  readonly verdict: Verdict
  /** How long before an automatic rollback acts; 0 for every other verdict. */
  readonly delaySeconds: number
  readonly because: string
  /** Every rule that was asked, fired or not. */
  readonly findings: readonly Finding[]
}

/** Says what to do with a canary, and shows every rule behind it. Nothing asked, or nothing readable, is `inconclusive`, never good. */
export function judge(input: JudgeInput, policy: JudgePolicy = defaultJudgePolicy): Judgement {
  const evidence = (input.evidence ?? []).map((one, _, all) =>
    judgeEvidence(one, { metrics: all.length, now: input.now }, policy),
  )
  const windows = input.windows && withEvidence(judgeWindows(input.windows, policy), evidence)
  // Evidence compares the arms batch by batch: what it proves no shared trouble explains.
  const isProven = evidence.some(({ verdict }) => isWorse(verdict, 'external_factor'))
  const external =
    isProven || windows?.verdict === 'inconclusive'
      ? undefined
      : judgeExternal(input.windows ?? [], input.baselineBefore, policy)

  const others = [
    ...(input.absolute ?? []).map((series) => judgeAbsolute(series, policy)),
    ...(input.score ? [judgeScore(input.score, policy)] : []),
  ].map((finding) => (external ? asked(finding) : finding))
  const findings = [
    ...evidence,
    ...(windows ? [windows] : []),
    ...(external ? [external] : []),
    ...others,
  ]
  return { ...answer(findings), findings }
}

/** With evidence at hand an automatic rollback needs its proof. */
function withEvidence(windows: Finding, evidence: readonly Finding[]): Finding {
  const isUnproved = evidence.every(({ verdict }) => verdict !== 'auto_rollback')
  if (evidence.length === 0 || windows.verdict !== 'auto_rollback' || !isUnproved) return windows
  const because = `${windows.because}; not yet proved, so a person decides`
  return { ...windows, verdict: 'pause_and_ask', because }
}

/** While something outside is at fault, what would act by itself asks first. */
function asked(finding: Finding): Finding {
  if (finding.verdict !== 'auto_rollback') return finding
  return {
    ...finding,
    verdict: 'pause_and_ask',
    delaySeconds: 0,
    because: `${finding.because}; but the baseline suffers, too: a person decides`,
  }
}

function answer(findings: readonly Finding[]): Omit<Judgement, 'findings'> {
  const isBesideEvidence = findings.some(({ rule }) => rule.startsWith('canary-evidence:'))
  // Evidence knows itself when it has seen enough; windows that are not full do not hold it up.
  const deciding = findings.filter(
    ({ rule, verdict }) => !(isBesideEvidence && rule === 'canary-ratio' && verdict === 'wait'),
  )
  const worst = deciding.reduce<Finding | undefined>(
    (worst, finding) => (worst && !isWorse(finding.verdict, worst.verdict) ? worst : finding),
    undefined,
  )
  if (worst === undefined)
    return { verdict: 'inconclusive', delaySeconds: 0, because: 'Nothing was measured' }
  const { verdict, because } = worst
  const firing = deciding.filter((finding) => finding.verdict === verdict)
  return {
    verdict,
    // The trigger that waits least decides how long there is to cancel.
    delaySeconds: Math.min(...firing.map(({ delaySeconds }) => delaySeconds)),
    because,
  }
}

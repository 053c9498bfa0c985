import { between, type Instant, minutes } from '#domain/time.ts'
import { atLeast, moreThan } from './compare.ts'
import { anytimeP, type Evidence, mantelHaenszel } from './evidence.ts'
import { type Finding, percent, round, uncapitalised } from './finding.ts'
import { upperGamma } from './gamma.ts'
import type { JudgePolicy } from './judge-policy.ts'

/** What a run has gathered on one metric against both nulls, from the same batches after the warm-up. */
export interface MetricEvidence {
  /** `errors`, or requests slower than a bucket of the baseline's P95 or P99. */
  readonly metric: string
  /** Against "no worse than the baseline". */
  readonly pause: Evidence
  /** Against "worse by no more than the margin that differing pods explain". */
  readonly rollBack: Evidence
  /** What is counted of the requests, where it is not errors. */
  readonly counts?: string
  /** Why nothing could be gathered. */
  readonly missing?: string
}

interface Circumstances {
  /** Over how many metrics the chance of a false alarm is shared. */
  readonly metrics: number
  readonly now: Instant | undefined
}

type Answer = Pick<Finding, 'verdict' | 'because' | 'wouldChange' | 'moreMinutes'>

/**
 * One metric's proof, valid at any moment (statistics of the judge §5). A canary is only called good once harm is ruled out;
 * until then the answer is how much longer that may take.
 */
export function judgeEvidence(
  evidence: MetricEvidence,
  { metrics, now }: Circumstances,
  policy: JudgePolicy,
): Finding {
  const { pause, counts, missing } = evidence
  const answer: Answer =
    missing === undefined
      ? (proof(evidence, metrics, policy) ??
        gap(pause, now, policy) ??
        harmless(pause, metrics, policy) ??
        unknown(pause, metrics, policy))
      : { verdict: 'inconclusive', because: missing, wouldChange: 'Figures of both arms' }
  return {
    rule: `canary-evidence:${evidence.metric}`,
    delaySeconds: 0,
    measured: mantelHaenszel(pause),
    threshold: policy.rollBackAbove,
    samples: Math.round(Math.min(pause.canary.requests, pause.baseline.requests)),
    ...answer,
    ...(counts === undefined
      ? {}
      : { because: `Requests ${counts}: ${uncapitalised(answer.because)}` }),
  }
}

function proof(
  { pause, rollBack }: MetricEvidence,
  metrics: number,
  { pauseFrom, rollBackAbove, evidence }: JudgePolicy,
): Answer | undefined {
  const ratio = mantelHaenszel(pause) ?? 0
  if (isProven(rollBack, evidence.alphaRollBack / metrics) && moreThan(ratio, rollBackAbove))
    return {
      verdict: 'auto_rollback',
      because: `Proved worse than ${rollBack.r0} times the baseline: ${seen(pause)}`,
      wouldChange: `A ratio of ${rollBackAbove} or less over the run`,
    }
  if (isProven(pause, evidence.alphaPause / metrics) && atLeast(ratio, pauseFrom))
    return {
      verdict: 'pause_and_ask',
      because: `Proved worse than the baseline: ${seen(pause)}`,
      wouldChange: `Proof beyond ${rollBack.r0} times, with a ratio above ${rollBackAbove}; or a ratio below ${pauseFrom}`,
    }
  return undefined
}

function gap(pause: Evidence, now: Instant | undefined, policy: JudgePolicy): Answer | undefined {
  const { staleMinutes } = policy.evidence
  if (pause.canary.requests === 0 || pause.baseline.requests === 0)
    return {
      verdict: 'inconclusive',
      because: `One arm served nothing: ${seen(pause)}`,
      wouldChange: 'Requests on both arms',
    }
  if (now === undefined || pause.through === null) return undefined
  if (between(pause.through, now) <= minutes(staleMinutes)) return undefined
  return {
    verdict: 'inconclusive',
    because: `Nothing was read for more than ${staleMinutes} minutes; until then ${seen(pause)}`,
    wouldChange: 'Data up to now',
  }
}

/** Harm is ruled out by the odds that speak for the baseline's rate and against a harmful one, valid at any moment, too; or the rate is surely too low to matter, P(Poisson ≤ x) = Q(x + 1, mean) (DLMF 8.4.8). */
function harmless(pause: Evidence, metrics: number, policy: JudgePolicy): Answer | undefined {
  const { harmful, negligibleRate, alphaGood, alphaPause } = policy.evidence
  const alpha = alphaGood / metrics
  const { requests, errors } = pause.canary
  if (Math.min(requests, pause.baseline.requests) < policy.minRequests) return undefined

  const wouldChange = 'More errors on the canary than on the baseline'
  if (-logOf(pause, harmful) >= Math.log(1 / alpha))
    return {
      verdict: 'continue',
      because: `${isProven(pause, alphaPause / metrics) ? 'Worse than the baseline, but not by much' : `${harmful} times the baseline is ruled out`}: ${seen(pause)}`,
      wouldChange,
    }
  if (upperGamma(errors + 1, requests * negligibleRate) > alpha) return undefined
  return {
    verdict: 'continue',
    because: `The canary is surely below ${percent(negligibleRate)}: ${seen(pause)}`,
    wouldChange,
  }
}

function unknown(pause: Evidence, metrics: number, policy: JudgePolicy): Answer {
  const { alphaPause, harmful } = policy.evidence
  const moreMinutes = minutesToProve(pause, harmful, alphaPause / metrics)
  return {
    verdict: 'wait',
    because: `Not enough traffic yet to tell ${harmful} times the baseline from chance: ${seen(pause)}`,
    wouldChange:
      moreMinutes === null
        ? 'More traffic, until there are errors to compare'
        : `About ${moreMinutes} more minutes at the present traffic`,
    moreMinutes,
  }
}

const isProven = ({ peak }: Evidence, alpha: number): boolean => peak >= Math.log(1 / alpha)

const seen = (evidence: Evidence): string =>
  `${Math.round(evidence.canary.errors)} of ${Math.round(evidence.canary.requests)} requests on the canary, ${Math.round(evidence.baseline.errors)} of ${Math.round(evidence.baseline.requests)} on the baseline, p ${chance(anytimeP(evidence))} at any time`

/** Nothing is impossible. */
const chance = (p: number): string => (p < 0.0001 ? 'below 0.0001' : `= ${round(p)}`)

/** ln of how much better the first ratio of the grid from `ratio` on explains it all than the null does. */
function logOf({ grid, logs }: Evidence, ratio: number): number {
  return logs[grid.findIndex((each) => each >= ratio)] ?? 0
}

/** What a canary at this ratio would still need, at the growth of ln e that the last batch's traffic and the baseline's rate promise. */
function minutesToProve(evidence: Evidence, ratio: number, alpha: number): number | null {
  const { r0, logs, baseline, perMinute } = evidence
  if (baseline.errors === 0) return null
  const rate = baseline.errors / baseline.requests
  const canaryErrors = ratio * rate * perMinute.canary
  const share = perMinute.canary / (r0 * perMinute.canary + perMinute.baseline)
  const growth =
    canaryErrors * Math.log(ratio / r0) -
    (canaryErrors + rate * perMinute.baseline) * Math.log1p((ratio - r0) * share)
  const missing = Math.log(logs.length / alpha) - logOf(evidence, ratio)
  return growth > 0 ? Math.max(1, Math.ceil(missing / growth)) : null
}

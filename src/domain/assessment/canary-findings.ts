import { type Finding as Judged, uncapitalised } from '#domain/canary/finding.ts'
import type { Judgement } from '#domain/canary/judge.ts'
import { isReadable, rate, type Window } from '#domain/canary/windows.ts'
import type { Instant } from '#domain/time.ts'
import { type Finding, stateOf } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'

/** A canary beside its baseline, as it was counted and judged. */
export interface CanaryCompared {
  /** When it began to serve, as far as was looked back; null while nothing was counted of it. */
  readonly since: Instant | null
  readonly source: string
  readonly query: string
  readonly from: Instant
  readonly to: Instant
  readonly windows: readonly Window[]
  /** Worse than what runs beside it, and that is not. */
  readonly isAlone: boolean
  /** The source did not answer: whether one serves is not known. */
  readonly isUnread?: boolean
  readonly judgement: Judgement
}

/** Whether a canary serves, or may do so unseen. */
export const mayServe = ({ since, isUnread }: CanaryCompared): boolean =>
  since !== null || isUnread === true

/** Whether it was seen to fail more than is borne in the latest window: what was counted and is well, or could not be counted, is not to blame. */
export function isSeenFailing(
  { windows }: CanaryCompared,
  { bands }: Pick<AssessmentPolicy, 'bands'>,
): boolean {
  const canary = windows.at(-1)?.canary
  return canary !== undefined && isReadable(canary) && rate(canary) > bands.errorRate.medium
}

/** What both suffer alike, whatever else the judge says of it. */
export const isShared = ({ judgement }: Pick<CanaryCompared, 'judgement'>): boolean =>
  judgement.verdict === 'external_factor' ||
  judgement.findings.some(({ verdict }) => verdict === 'external_factor')

/** Whether what runs beside it was seen to serve enough in the latest window, and to fail no more than is borne. */
export function isBesideWell(
  { windows }: CanaryCompared,
  { judge, bands }: AssessmentPolicy,
): boolean {
  const beside = windows.at(-1)?.baseline
  return (
    beside !== undefined &&
    isReadable(beside) &&
    beside.requests >= judge.minRequests &&
    rate(beside) <= bands.errorRate.medium
  )
}

/** What the judge says, rule by rule (policy §4). What it would roll back is high; what it would ask a person about is a sign. */
export const canaryFindings = (
  compared: CanaryCompared,
  { decideWithin, judge }: AssessmentPolicy,
): readonly Finding[] =>
  compared.judgement.findings.map((judged) => {
    const state = stateOf[judged.verdict]
    const isSeries = Object.values(judge.absolute).some(({ rule }) => rule === judged.rule)
    return {
      rule: judged.rule,
      state,
      severity: state === 'fired' ? 'high' : null,
      signal: 'canary',
      measured: judged.measured,
      normal: null,
      threshold: judged.threshold,
      samples: judged.samples,
      ...(isSeries ? { sampled: 'readings' as const } : {}),
      source: compared.source,
      query: compared.query,
      window: { from: compared.from, to: compared.to },
      because: inSentence(judged),
      wouldChange: judged.wouldChange,
      decideWithin: state === 'fired' ? decideWithin.usual : null,
    }
  })

/** It stands behind `because`, for people who never saw the name of a rule. */
export const inSentence = ({ because }: Pick<Judged, 'because'>): string =>
  uncapitalised(because)
    .replace(/^proved /, 'it is proved ')
    .replaceAll('canaryErrorRate', 'the canary’s error rate')

import {
  type CanaryCompared,
  isBesideWell,
  isSeenFailing,
  isShared,
  mayServe,
} from './canary-findings.ts'
import type { Circumstances } from './origin.ts'
import type { AssessmentPolicy } from './policy.ts'
import { isRead, type Reading } from './reading.ts'

type Told = Pick<Circumstances, 'onlyCanary' | 'undecidedCanary' | 'baselineSuffers'>

/**
 * What a canary says of where the trouble comes from. It is the canary's alone where the judge says so, and where the service
 * fails while what runs beside the canary was counted and is well: both count for the service.
 */
export function besideCanary(
  compared: CanaryCompared | undefined,
  {
    readings,
    othersFail,
  }: { readonly readings: readonly Reading[]; readonly othersFail: boolean | null },
  limits: AssessmentPolicy,
): Told {
  if (compared && (compared.isAlone || isOnlyCanaryFailing(compared, readings, limits)))
    return {
      onlyCanary: 'only the canary suffers, what runs beside it does not',
      baselineSuffers: null,
    }
  if ((compared && isShared(compared)) || othersFail === true) return { baselineSuffers: true }
  if (!compared || !mayServe(compared) || isCleared(compared, readings, limits))
    return { baselineSuffers: null }
  return { undecidedCanary: { since: compared.since }, baselineSuffers: null }
}

/** What is good by its errors may be slow all the same, where nobody compared that. */
function isCleared(
  { judgement: { verdict, findings } }: CanaryCompared,
  readings: readonly Reading[],
  { bands, judge }: AssessmentPolicy,
): boolean {
  if (verdict !== 'continue') return false
  if (findings.some(({ rule }) => rule.startsWith('canary-evidence:latency'))) return true
  const p95 = readings.find(({ signal }) => signal === 'p95')
  if (!p95 || !isRead(p95)) return true
  const { value, normal } = p95.answer
  const bound = Math.min(
    judge.absolute['p95Seconds']?.bound ?? Infinity,
    normal === null ? Infinity : normal.value * bands.p95.high,
  )
  return value <= bound
}

/** By exclusion: what the service fails, and what runs beside the canary does not. */
function isOnlyCanaryFailing(
  compared: CanaryCompared,
  readings: readonly Reading[],
  limits: AssessmentPolicy,
): boolean {
  const errors = readings.find(({ signal }) => signal === 'error-rate')
  return (
    errors !== undefined &&
    isRead(errors) &&
    errors.answer.value > limits.bands.errorRate.medium &&
    isSeenFailing(compared, limits) &&
    isBesideWell(compared, limits)
  )
}

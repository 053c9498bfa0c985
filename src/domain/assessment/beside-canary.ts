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
  if (compared && (compared.isAlone || isRest(compared, readings, limits)))
    return {
      onlyCanary: 'only the canary suffers, what runs beside it does not',
      baselineSuffers: null,
    }
  if ((compared && isShared(compared)) || othersFail === true) return { baselineSuffers: true }
  if (!compared || !mayServe(compared) || compared.judgement.verdict === 'continue')
    return { baselineSuffers: null }
  return { undecidedCanary: { since: compared.since }, baselineSuffers: null }
}

function isRest(
  compared: CanaryCompared,
  readings: readonly Reading[],
  limits: AssessmentPolicy,
): boolean {
  const errors = readings.find(({ signal }) => signal === 'error-rate')
  return (
    errors !== undefined &&
    isRead(errors) &&
    errors.answer.value > limits.bands.errorRate.medium &&
    mayServe(compared) &&
    isSeenFailing(compared, limits) &&
    isBesideWell(compared, limits)
  )
}

import { pWorse } from '#domain/canary/compare.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ScoreRow } from '#domain/assessment/profiles.ts'
import { isRead, type Read, type Reading } from '#domain/assessment/reading.ts'

/**
 * Whether nothing speaks against what a row says of a reading (policy §4, guards 1 and 4): a comparison of few requests on either side
 * weighs nothing, nor does one of errors that chance explains; a figure by itself needs the few that an assessment needs.
 */
export function isSound(
  reading: Reading,
  row: ScoreRow,
  { minRequests, judge }: AssessmentPolicy,
): boolean {
  if (!isRead(reading)) return false
  const { value, requests, normal } = reading.answer
  if (row.fires !== 'timesNormal') return requests === null || requests >= minRequests
  if (bothSides(reading).some((count) => count !== null && count < judge.minRequests)) return false
  if (reading.signal !== 'error-rate' || requests === null || !normal || normal.requests === null)
    return true
  const now = { requests, errors: value * requests }
  const before = { requests: normal.requests, errors: normal.value * normal.requests }
  return pWorse(now, before, judge.minExpected) < judge.significance
}

/** Whether a comparison is known to stand on enough requests; nobody knows it of one whose requests are not counted. */
export const isOfEnough = (reading: Read, { judge }: Pick<AssessmentPolicy, 'judge'>): boolean =>
  bothSides(reading).every((count) => count !== null && count >= judge.minRequests)

/** CPU is no figure of requests: where nobody counted them it is proved all the same. */
export const isCounted = (
  reading: Reading,
  { fires }: ScoreRow,
  limits: Pick<AssessmentPolicy, 'judge'>,
): boolean =>
  !isRead(reading) ||
  fires !== 'timesNormal' ||
  isOfMachines(reading) ||
  isOfEnough(reading, limits)

const isOfMachines = ({ signal }: Reading): boolean => signal === 'cpu' || signal === 'memory'

const bothSides = ({ answer }: Read): readonly (number | null)[] => [
  answer.requests,
  answer.normal?.requests ?? null,
]

/** Close to the bound of a business figure a person is asked (policy §4, guard 6). */
export function isClear(
  reading: Reading,
  { fires, limit, signal }: ScoreRow,
  { judge }: Pick<AssessmentPolicy, 'judge'>,
): boolean {
  if (!isRead(reading) || fires !== 'below') return true
  const rule = signal === 'checkout-completion' ? 'checkoutCompletion' : 'paymentSuccess'
  return limit - reading.answer.value > (judge.absolute[rule]?.askWithin ?? 0) + 1e-12
}

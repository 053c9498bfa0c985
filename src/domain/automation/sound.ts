import { defaultJudgePolicy as judge } from '#domain/canary/judge-policy.ts'
import { pWorse } from '#domain/canary/compare.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ScoreRow } from '#domain/assessment/profiles.ts'
import { isRead, type Reading } from '#domain/assessment/reading.ts'

/**
 * Whether a reading proves what its row says of it (policy §4, guards 1 and 4): a comparison needs a thousand requests on either side,
 * and one of errors that chance does not explain it; a figure by itself needs the few that an assessment needs.
 */
export function isSound(
  reading: Reading,
  row: ScoreRow,
  { minRequests }: AssessmentPolicy,
): boolean {
  if (!isRead(reading)) return false
  const { value, requests, normal } = reading.answer
  if (row.fires !== 'timesNormal') return requests === null || requests >= minRequests
  const isEnough = (count: number | null | undefined) =>
    typeof count === 'number' && count >= judge.minRequests
  if (reading.signal !== 'error-rate') return requests === null || isEnough(requests)
  if (requests === null || normal === null || normal.requests === null) return false
  if (!isEnough(requests) || !isEnough(normal.requests)) return false
  const now = { requests, errors: value * requests }
  const before = { requests: normal.requests, errors: normal.value * normal.requests }
  return pWorse(now, before, judge.minExpected) < judge.significance
}

/** Close to the bound of a business figure a person is asked (policy §4, guard 6). */
export const isClear = (reading: Reading, { fires, limit }: ScoreRow): boolean =>
  !isRead(reading) || fires !== 'below' || limit - reading.answer.value > askWithin + 1e-12

const askWithin = judge.absolute['paymentSuccess']?.askWithin ?? 0

import { uncapitalised } from '#domain/canary/finding.ts'
import { judgeScore } from '#domain/canary/judge-score.ts'
import { defaultJudgePolicy } from '#domain/canary/judge-policy.ts'
import { type Finding, stateOf } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { ScoreRow } from './profiles.ts'
import { isRead, type Read, type Reading } from './reading.ts'

/** What the weights of a profile add up to (policy §4). A row that fires on its own wins over it; what could not be read counts against a good answer. */
export function scoreFindings(
  readings: readonly Reading[],
  { profile, decideWithin, minRequests }: AssessmentPolicy,
): readonly Finding[] {
  if (!profile) return []
  const rows = profile.rows.map((row) => {
    const reading = readings.find(({ signal }) => signal === row.signal)
    const isKnown = reading && isRead(reading) && !isOfTooFew(reading, minRequests)
    return { row, reading, fired: isKnown ? hasFired(row, reading) : null }
  })
  const { pauseAt, rollBackAt } = profile
  const judged = judgeScore(
    rows.map(({ row: { name, weight }, fired }) => ({ name, weight, fired })),
    { ...defaultJudgePolicy, score: { pauseAt, rollBackAt } },
  )
  const state = stateOf[judged.verdict]
  return [
    {
      rule: 'score',
      state,
      severity: state === 'fired' ? 'high' : null,
      signal: 'score',
      measured: judged.measured,
      normal: null,
      threshold: judged.threshold,
      samples: null,
      source: 'the profile of the service',
      query: rows.map(({ row: { name, weight } }) => `${name} ${weight}`).join(' + '),
      window: null,
      because: uncapitalised(judged.because),
      wouldChange: judged.wouldChange,
      decideWithin: state === 'fired' ? decideWithin.usual : null,
    },
  ]
}

/** A handful of requests proves nothing; what machines do has none behind it. */
export const isOfTooFew = ({ signal, answer: { requests } }: Read, least: number): boolean =>
  signal !== 'cpu' && signal !== 'memory' && requests !== null && requests < least

/** Null: what it is compared with is not known, or instances are too young to be judged. */
export function hasFired({ fires, limit }: ScoreRow, { answer }: Read): boolean | null {
  const { value, normal, pending = 0 } = answer
  switch (fires) {
    case 'above':
      return value > limit ? true : pending > 0 ? null : false
    case 'below':
      return value < limit
    case 'timesNormal':
      return normal === null ? null : value > normal.value * limit
  }
}

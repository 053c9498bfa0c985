import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ScoreRow } from '#domain/assessment/profiles.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import { scoreFindings } from '#domain/assessment/score.ts'
import type { Sign } from './decide.ts'
import { isClear, isCounted, isSound } from './sound.ts'
import { firedBy } from './triggers.ts'

/** How many windows a score must last for: what is compared with normal needs as many as a canary does (policy §4, guard 3). */
export const windowsOf = ({ profile, judge }: AssessmentPolicy): number =>
  profile?.rows.some(({ fires }) => fires === 'timesNormal') ? judge.consecutiveWindows : 1

/**
 * What the profile of a service adds up to, in disjoint windows with the newest first. Only sound readings weigh; by itself it acts
 * when those that are counted and clear of their bounds are enough in each window that is asked for.
 */
export function scoreSign(
  windows: readonly (readonly Reading[])[],
  /** As many as there must be before it acts by itself. */
  needed: number,
  limits: AssessmentPolicy,
): Sign | undefined {
  const [newest, oldest] = [windows[0], windows.at(-1)]
  if (!newest || !oldest) return undefined
  const score = weigh(newest, limits, isSound)
  if (score?.state !== 'fired' && score?.state !== 'sign') return undefined
  const fired = firedBy('score', {
    ...score,
    from: Math.min(...oldest.map(({ from }) => from)),
    to: Math.max(...newest.map(({ to }) => to)),
  })
  const acts = windows.map((readings) => weigh(readings, limits, isProof)?.state === 'fired')
  if (windows.length >= needed && acts.every(Boolean)) return { says: 'roll_back', fired }
  if (score.state === 'sign') return { says: 'ask', why: 'it is below what acts by itself', fired }
  if (acts[0]) return { says: 'ask', why: 'it has not lasted long enough yet', fired }
  const isKnown = weigh(newest, limits, isSoundAndCounted)?.state === 'fired'
  const why = isKnown
    ? 'a figure in it is close to its bound'
    : 'nobody knows of how many requests a figure in it is'
  return { says: 'ask', why, fired }
}

type Counts = (reading: Reading, row: ScoreRow, limits: AssessmentPolicy) => boolean

const isSoundAndCounted: Counts = (reading, row, limits) =>
  isSound(reading, row, limits) && isCounted(reading, row, limits)

const isProof: Counts = (reading, row, limits) =>
  isSoundAndCounted(reading, row, limits) && isClear(reading, row, limits)

/** A reading that does not count is one that is missing. */
function weigh(readings: readonly Reading[], limits: AssessmentPolicy, counts: Counts) {
  const rows = limits.profile?.rows ?? []
  const counted = readings.filter((reading) => {
    const row = rows.find(({ signal }) => signal === reading.signal)
    return row !== undefined && counts(reading, row, limits)
  })
  return scoreFindings(counted, limits)[0]
}

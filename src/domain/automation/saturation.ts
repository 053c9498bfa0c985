import type { Finding } from '#domain/assessment/finding.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { isRead, type Read, type Reading } from '#domain/assessment/reading.ts'
import { severityFindings } from '#domain/assessment/severity-rules.ts'
import { percent } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import type { Sign } from './decide.ts'
import { firedBy } from './triggers.ts'

/** CPU above this many times normal is a sign, too (policy §4). */
export const timesNormal = 2

/**
 * CPU or memory that comes near its limit, or CPU far above normal in every one of the windows (the newest first): a sign that asks
 * a person. Together with errors or a latency that are bad themselves it acts.
 */
export function saturationSign(
  windows: readonly (readonly Reading[])[],
  /** As many as there must be before a comparison counts (policy §4, guard 3). */
  needed: number,
  tier: Service['tier'],
  limits: AssessmentPolicy,
): Sign | undefined {
  const [newest] = windows
  if (!newest) return undefined
  const [gravest] = newest.filter(isRead).flatMap((reading) => nearLimit(reading, limits))
  const grown =
    windows.length >= needed && windows.every((readings) => growth(readings) !== undefined)
  const sign = gravest ?? (grown ? growth(newest) : undefined)
  if (!sign) return undefined
  const second = degraded(severityFindings(newest, tier, limits))
  const because = second ? `${sign.because}, and ${second.because}` : sign.because
  const fired = firedBy('saturation', { ...sign, because })
  return second
    ? { says: 'roll_back', fired }
    : { says: 'ask', why: 'nothing else suffers by it yet', fired }
}

function nearLimit(reading: Read, { saturation }: AssessmentPolicy) {
  const { signal, answer } = reading
  if (signal !== 'cpu' && signal !== 'memory') return []
  const threshold = saturation[signal]
  const name = signal === 'cpu' ? 'CPU' : 'memory'
  return answer.value > threshold
    ? [about(reading, threshold, `${name} ${percent(answer.value)} is above ${percent(threshold)}`)]
    : []
}

function growth(readings: readonly Reading[]) {
  const cpu = readings.find(({ signal }) => signal === 'cpu')
  if (!cpu || !isRead(cpu) || cpu.answer.normal === null) return undefined
  const { value, normal } = cpu.answer
  const threshold = normal.value * timesNormal
  return normal.value > 0 && value > threshold
    ? about(
        cpu,
        threshold,
        `CPU ${percent(value)} is above ${timesNormal} times its normal ${percent(normal.value)}`,
      )
    : undefined
}

const about = (reading: Read, threshold: number, because: string) => ({
  ...reading,
  measured: reading.answer.value,
  threshold,
  because,
})

const degraded = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(
    ({ state, signal }) => state === 'fired' && (signal === 'error-rate' || signal === 'p95'),
  )

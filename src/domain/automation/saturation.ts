import type { Finding } from '#domain/assessment/finding.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { isRead, type Read, type Reading } from '#domain/assessment/reading.ts'
import { againstNormalRule, severityFindings } from '#domain/assessment/severity-rules.ts'
import { percent } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import type { Sign } from './decide.ts'
import { isOfEnough } from './sound.ts'
import { firedBy } from './triggers.ts'

/** CPU above this many times normal is a sign, too (policy §4). */
export const timesNormal = 2

/**
 * CPU or memory that comes near its limit, or CPU far above normal in every one of the windows (the newest first): a sign that asks
 * a person. Together with errors or a latency that are bad themselves it acts: a share of errors at once, a comparison with normal once
 * it is proved.
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
  const suffering = windows.map((readings) => degraded(readings, tier, limits))
  const [now = []] = suffering
  const proof = now.find(
    (one) =>
      !one.isCompared || (windows.length >= needed && suffering.every((then) => proves(then, one))),
  )
  const second = proof ?? now[0]
  const because = second ? `${sign.because}, and ${second.because}` : sign.because
  const fired = firedBy('saturation', { ...sign, because })
  if (proof) return { says: 'roll_back', fired }
  return { says: 'ask', why: second ? unproved(limits) : 'nothing else suffers by it yet', fired }
}

const unproved = ({ judge }: AssessmentPolicy): string =>
  `what suffers is only compared with normal; that needs ${judge.minRequests} requests on either side in each of ${judge.consecutiveWindows} windows`

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

interface Degraded {
  readonly signal: Finding['signal']
  readonly because: string
  readonly isCompared: boolean
  /** Of a thousand requests on either side (policy §4, guard 1). */
  readonly isOfEnough: boolean
}

/** What people feel: requests that fail or are slow. */
function degraded(
  readings: readonly Reading[],
  tier: Service['tier'],
  limits: AssessmentPolicy,
): readonly Degraded[] {
  const felt = readings
    .filter(isRead)
    .filter(({ signal }) => signal === 'error-rate' || signal === 'p95')
  return felt.flatMap((reading) =>
    severityFindings([reading], tier, limits)
      .filter(({ state }) => state === 'fired')
      .map(({ rule, signal, because }) => ({
        signal,
        because,
        isCompared: signal === 'p95' || rule === againstNormalRule,
        isOfEnough: isOfEnough(reading, limits),
      })),
  )
}

/** A comparison counts once it was the same in every window that is asked for (policy §4, guard 3). */
const proves = (then: readonly Degraded[], { signal }: Degraded): boolean =>
  then.some((one) => one.isCompared && one.signal === signal && one.isOfEnough)

import { saturationSign } from '#domain/automation/saturation.ts'
import { scoreSign, windowsOf } from '#domain/automation/weighed.ts'
import type { Sign } from '#domain/automation/decide.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { isOfInstances, type Reading, type Signal } from '#domain/assessment/reading.ts'
import { defaultJudgePolicy } from '#domain/canary/index.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes, plus } from '#domain/time.ts'
import { metricReadings, type ReadingPorts as Ports } from '#workflows/assessment/readings.ts'

interface Looking {
  readonly service: Service
  readonly running: Revision
  readonly now: Instant
  readonly limits: AssessmentPolicy
  /** What the platform shows of the instances; asked only where it weighs. */
  readonly instances: () => Promise<readonly Reading[]>
}

const warmUp = minutes(defaultJudgePolicy.warmupMinutes)
const windowLength = minutes(defaultJudgePolicy.windowMinutes)

/** CPU and memory near their limits, and whether something suffers by it. */
export const saturationSigns = (
  ports: Ports,
  looking: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> =>
  signsOver(
    ports,
    looking,
    {
      only: ['cpu', 'memory', 'error-rate', 'p95'],
      needed: looking.limits.judge.consecutiveWindows,
      judge: (windows, needed) =>
        saturationSign(windows, needed, looking.service.tier, looking.limits),
    },
    abort,
  )

/** What the profile of the service weighs now, and whether it lasts. */
export const scoreSigns = (
  ports: Ports,
  looking: Looking,
  abort: AbortSignal,
): Promise<readonly Sign[]> =>
  signsOver(
    ports,
    looking,
    {
      only: (looking.limits.profile?.rows ?? []).map(({ signal }) => signal),
      needed: windowsOf(looking.limits),
      judge: (windows, needed) => scoreSign(windows, needed, looking.limits),
    },
    abort,
  )

interface Asked {
  readonly only: readonly Signal[]
  /** Windows that what is compared must last for. */
  readonly needed: number
  readonly judge: (windows: Windows, needed: number) => Sign | undefined
}
/** Disjoint, of the version since it has been warm, the newest first. */
type Windows = readonly (readonly Reading[])[]

/** Older windows are measured only where the newest says something. */
async function signsOver(
  ports: Ports,
  { service, running, now, instances }: Looking,
  { only, needed, judge }: Asked,
  abort: AbortSignal,
): Promise<readonly Sign[]> {
  const warm = plus(running.since, warmUp)
  const [latest, ...earlier] = Array.from({ length: needed }, (_, index) =>
    instant(now - index * windowLength),
  ).filter((end) => end - windowLength >= warm)
  if (latest === undefined) return []
  const read = (end: Instant) =>
    metricReadings(ports, { service, running, now: end, startedAt: now, only }, abort)
  const [measured, shown] = await Promise.all([
    read(latest),
    only.some(isOfInstances) ? instances() : [],
  ])
  const newest = [...measured, ...shown]
  if (!judge([newest], 1)) return []
  const sign = judge([newest, ...(await Promise.all(earlier.map(read)))], needed)
  return sign ? [sign] : []
}

import type { ServiceId } from '#domain/ids.ts'
import { type AssessmentPolicy, defaultAssessmentPolicy } from './policy.ts'
import { defaultBands, type SeverityBands } from '#domain/incident/bands.ts'
import { type ProfileName, profiles } from './profiles.ts'
import type { Limit, LimitUnit } from './limit.ts'
import { triggerLimits } from './trigger-limits.ts'

const limit = (says: string, unit: LimitUnit, ...path: readonly string[]): Limit => ({
  says,
  unit,
  path,
})

/** Every number that an assessment decides by and that a team may set, by the name it has in the configuration. */
export const limits = {
  errorRateMediumPercent: limit('5xx is medium above', 'percent', 'bands', 'errorRate', 'medium'),
  errorRateHighPercent: limit('5xx is high above', 'percent', 'bands', 'errorRate', 'high'),
  errorRateCriticalPercent: limit(
    '5xx is critical above',
    'percent',
    'bands',
    'errorRate',
    'critical',
  ),
  p95HighTimes: limit('P95 is high above … times normal', 'times', 'bands', 'p95', 'high'),
  p95CriticalTimes: limit(
    'P95 is critical above … times normal',
    'times',
    'bands',
    'p95',
    'critical',
  ),
  availabilityMediumPercent: limit(
    'availability is medium below',
    'percent',
    'availability',
    'medium',
  ),
  availabilityCriticalPercent: limit(
    'availability is critical below',
    'percent',
    'availability',
    'critical',
  ),
  comparisonTimes: limit('5xx is worse than normal above … times', 'times', 'comparison', 'times'),
  comparisonPoints: limit(
    '5xx is worse than normal above so many points more',
    'percent',
    'comparison',
    'points',
  ),
  comparisonPointsOfCriticalTier: limit(
    'the same for the critical tier',
    'percent',
    'comparison',
    'pointsOfCriticalTier',
  ),
  minRequests: limit('fewer requests prove nothing', 'count', 'minRequests'),
  cpuSignPercent: limit('CPU is a sign above', 'percent', 'saturation', 'cpu'),
  memorySignPercent: limit('memory is a sign above', 'percent', 'saturation', 'memory'),
  notReadyPercent: limit(
    'instances that are not ready count above',
    'percent',
    'saturation',
    'notReady',
  ),
  startUpMinutes: limit('an instance may start for', 'minutes', 'instances', 'startUp'),
  notReadyMinutes: limit(
    'after that it fails when not ready for',
    'minutes',
    'instances',
    'sustained',
  ),
  lookBackMinutes: limit('restarts and warnings count for', 'minutes', 'instances', 'lookBack'),
  simpleFixMinutes: limit('a simple fix goes forward within', 'minutes', 'forward', 'simpleFix'),
  mildErrorRatePercent: limit(
    'a slower fix goes forward below 5xx of',
    'percent',
    'forward',
    'mildErrorRate',
  ),
  mildFixMinutes: limit('and within', 'minutes', 'forward', 'mildFix'),
  revenueMediumPercent: limit('lost revenue is medium above', 'percent', 'revenue', 'medium'),
  revenueHighPercent: limit('lost revenue is high above', 'percent', 'revenue', 'high'),
  revenueCriticalPercent: limit('lost revenue is critical above', 'percent', 'revenue', 'critical'),
  decideSecurityMinutes: limit(
    'a security breach is decided within',
    'minutes',
    'decideWithin',
    'security',
  ),
  decideCriticalMinutes: limit('what is critical within', 'minutes', 'decideWithin', 'critical'),
  decideUsualMinutes: limit('the rest within', 'minutes', 'decideWithin', 'usual'),
  decideAvailabilityMinutes: limit(
    'low availability within',
    'minutes',
    'decideWithin',
    'availability',
  ),
  decideMemoryMinutes: limit('memory that grows within', 'minutes', 'decideWithin', 'memory'),
  pageErrorRatePercent: limit('people are paged for 5xx above', 'percent', 'paging', 'errorRate'),
  pagePaymentSuccessPercent: limit(
    'people are paged for payments below',
    'percent',
    'paging',
    'paymentSuccess',
  ),
  beforeDeployMinutes: limit(
    'trouble that began so long before it is not the deploy',
    'minutes',
    'beforeDeploy',
  ),
  recentDeployMinutes: limit('a deploy is suspected for', 'minutes', 'recentDeploy'),
  ...triggerLimits,
} as const satisfies Readonly<Record<string, Limit>>
export type LimitName = keyof typeof limits
export const limitNames = Object.keys(limits) as readonly LimitName[]

/** In the unit of the name. */
export type OwnLimits = Readonly<Partial<Record<LimitName, number | undefined>>>

/** What a service has of its own. */
export interface OwnPolicy {
  readonly profile?: ProfileName
  readonly limits?: OwnLimits
}

export const defaults: AssessmentPolicy = { ...defaultAssessmentPolicy, bands: defaultBands }

/** Of a policy, what assessments decide by. */
interface Numbers {
  readonly assessment: Omit<AssessmentPolicy, 'bands'>
  readonly bands: SeverityBands
  readonly own?: Readonly<Record<string, OwnPolicy>>
}

/** The numbers that hold for a service: the organisation's, and over them its own. */
export function limitsFor(
  { assessment, bands, own }: Numbers,
  service: ServiceId,
): AssessmentPolicy {
  const { profile, limits: numbers = {} } = own?.[service] ?? {}
  const base: AssessmentPolicy = { ...assessment, bands }
  return { ...withLimits(base, numbers), ...(profile ? { profile: profiles[profile] } : {}) }
}

export const withLimits = (policy: AssessmentPolicy, numbers: OwnLimits): AssessmentPolicy =>
  limitNames.reduce((changed, name) => {
    const number = numbers[name]
    return number === undefined ? changed : set(changed, limits[name], number)
  }, policy)

/** In the unit of the name. */
export function limitOf(policy: AssessmentPolicy, name: LimitName): number {
  const { path, unit } = limits[name]
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], policy)
  return Number((Number(value) / factors[unit]).toPrecision(12))
}

/** What does not rise, or fall, as the severity does. */
export const limitProblems = (policy: AssessmentPolicy): readonly string[] =>
  rising.flatMap(([lower, higher]) =>
    limitOf(policy, lower) < limitOf(policy, higher)
      ? []
      : [
          `${lower} (${limitOf(policy, lower)}) must be below ${higher} (${limitOf(policy, higher)})`,
        ],
  )

const rising = [
  ['errorRateMediumPercent', 'errorRateHighPercent'],
  ['errorRateHighPercent', 'errorRateCriticalPercent'],
  ['p95HighTimes', 'p95CriticalTimes'],
  ['availabilityCriticalPercent', 'availabilityMediumPercent'],
  ['revenueMediumPercent', 'revenueHighPercent'],
  ['revenueHighPercent', 'revenueCriticalPercent'],
  ['canaryAskTimes', 'canaryRollBackTimes'],
] as const satisfies readonly (readonly [LimitName, LimitName])[]

const factors: Readonly<Record<LimitUnit, number>> = {
  percent: 0.01,
  times: 1,
  minutes: 60_000_000,
  seconds: 1,
  count: 1,
}

function set(policy: AssessmentPolicy, { path, unit }: Limit, number: number): AssessmentPolicy {
  const factor = factors[unit]
  const value = unit === 'percent' ? Number((number * factor).toPrecision(12)) : number * factor
  return replaced(policy, path, unit === 'minutes' ? Math.round(value) : value) as AssessmentPolicy
}

function replaced(at: unknown, [key, ...rest]: readonly string[], value: number): unknown {
  if (key === undefined) return value
  const group = at as Record<string, unknown>
  return { ...group, [key]: replaced(group[key], rest, value) }
}

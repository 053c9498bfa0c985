import { defaultJudgePolicy, type JudgePolicy } from '#domain/canary/judge-policy.ts'
import type { SeverityBands } from '#domain/incident/bands.ts'
import { type Micros, minutes } from '#domain/time.ts'
import type { InstanceLimits } from './instance.ts'
import type { Profile } from './profiles.ts'

/** Every number an assessment decides by (policy §1, §3, §4). */
export interface AssessmentPolicy {
  readonly bands: SeverityBands
  /** Below which a share of good health samples is how bad. */
  readonly availability: { readonly medium: number; readonly critical: number }
  /** Above which a lost share of revenue is how bad. */
  readonly revenue: { readonly medium: number; readonly high: number; readonly critical: number }
  /** An error rate against normal: worse by chance less often than `significance`, and beyond either bound. */
  readonly comparison: {
    readonly times: number
    readonly points: number
    /** For services of the critical tier, and then `high`. */
    readonly pointsOfCriticalTier: number
    readonly significance: number
    readonly minExpected: number
  }
  /** Fewer requests than this prove nothing. */
  readonly minRequests: number
  /** Signs that instances are at their limit: they support a verdict and never make one. */
  readonly saturation: { readonly cpu: number; readonly memory: number; readonly notReady: number }
  /** When instances that are not ready are failing, and how far back is looked for what befell them. */
  readonly instances: InstanceLimits
  /** How long people may take to decide, from detection. */
  readonly decideWithin: {
    readonly security: Micros
    readonly critical: Micros
    readonly usual: Micros
    readonly availability: Micros
    readonly memory: Micros
  }
  /** Where whoever is on call is called outside of Slack: above which share of errors, and below which share of payments that succeed. */
  readonly paging: { readonly errorRate: number; readonly paymentSuccess: number }
  readonly forward: {
    /** A simple fix of a known cause that takes no longer goes forward. */
    readonly simpleFix: Micros
    /** Below this error rate a fix may take longer. */
    readonly mildErrorRate: number
    readonly mildFix: Micros
  }
  /** Trouble that began this long before the deploy, or earlier, is not the deploy's. */
  readonly beforeDeploy: Micros
  /** A deploy longer ago than this is no longer the first suspect. */
  readonly recentDeploy: Micros
  /** What a canary, and what may happen by itself, is judged by. */
  readonly judge: JudgePolicy
  /** Weights that are added up, where a service has some. */
  readonly profile?: Profile
}

export const defaultAssessmentPolicy: Omit<AssessmentPolicy, 'bands'> = {
  availability: { medium: 0.999, critical: 0.99 },
  revenue: { medium: 0.01, high: 0.05, critical: 0.1 },
  comparison: {
    times: 2,
    points: 0.005,
    pointsOfCriticalTier: 0.001,
    significance: 0.01,
    minExpected: 5,
  },
  minRequests: 20,
  saturation: { cpu: 0.8, memory: 0.85, notReady: 0.1 },
  instances: { lookBack: minutes(10), startUp: minutes(2), sustained: minutes(5) },
  decideWithin: {
    security: minutes(1),
    critical: minutes(2),
    usual: minutes(5),
    availability: minutes(10),
    memory: minutes(15),
  },
  paging: { errorRate: 0.05, paymentSuccess: 0.99 },
  forward: { simpleFix: minutes(10), mildErrorRate: 0.005, mildFix: minutes(30) },
  beforeDeploy: minutes(2),
  recentDeploy: minutes(24 * 60),
  judge: defaultJudgePolicy,
}

import { type Micros, minutes, seconds } from '#domain/time.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Plan } from './plan.ts'

/** Limits of a rollback (policy §2, §8). */
export interface RollbackPolicy {
  readonly requestExpiresMicros: Micros
  readonly approvalExpiresMicros: Micros
  /** A scheduled rollback must begin this long after its time at the latest. */
  readonly scheduleWindowMicros: Micros
  readonly strategyBudgets: Readonly<Record<Strategy, Micros>>
  readonly mechanismBudgets: Readonly<Record<Plan['mechanism'], Micros>>
  /** How long recovery may take to show before the answer is "not recovered". */
  readonly verifyWithinMicros: Micros
  /** The shortest window metrics are measured over, from completion. */
  readonly verifyWindowMicros: Micros
  readonly watchMicros: Micros
  /** An incident closed less than this ago hands its start to a new one. */
  readonly reopenWithinMicros: Micros
  /** A revision that was current at least this long counts as having served. */
  readonly servedLongMicros: Micros
  /** An incident with nothing under way and nothing said for this long is closed. */
  readonly incidentIdleMicros: Micros
  /** How long deploys stay frozen at first; prolonged while the rollback goes on. */
  readonly freezeMicros: Micros
  /** How long a sync that was paused stays so before it may go on by itself, or people are reminded. */
  readonly syncPauseMicros: Micros
  /** Among several services: how long one has to settle before it is looked at, and the next one may begin. */
  readonly settleMicros: Micros
  /** Between two looks while recovery is verified, and while it is watched. */
  readonly verifyEveryMicros: Micros
  readonly watchEveryMicros: Micros
  /** While people have to choose what comes next (policy §10): how often they are called again, and how many times at most. */
  readonly remindEveryMicros: Micros
  readonly mostReminders: number
  /** Failed looks in a row that end a watch as degraded. */
  readonly watchFailures: number
  readonly verify: {
    /** Share of 5xx that is too much in any case. */
    readonly maxErrorRate: number
    /** Allowed excess over normal, as a share of it. */
    readonly tolerance: number
    /** Fewer requests than this prove nothing. */
    readonly minRequests: number
  }
}

export const defaultRollbackPolicy: RollbackPolicy = {
  requestExpiresMicros: minutes(120),
  approvalExpiresMicros: minutes(5),
  scheduleWindowMicros: minutes(30),
  strategyBudgets: { immediate: seconds(30), gradual: minutes(5), scheduled: minutes(30) },
  mechanismBudgets: {
    'flag-off': seconds(30),
    'mesh-reroute': seconds(10),
    'service-switch': seconds(30),
    'canary-scale-down': minutes(5),
    'deployment-undo': minutes(3),
    'statefulset-undo': minutes(15),
    'daemonset-undo': minutes(15),
    'rollout-undo': minutes(5),
    'ecs-deployment': minutes(10),
    'compose-up': minutes(15),
    'database-down': minutes(30),
    'regional-failover': minutes(5),
    'region-offline': minutes(5),
    'slot-switch': minutes(2),
    'nginx-canary': minutes(5),
  },
  verifyWithinMicros: minutes(5),
  verifyWindowMicros: minutes(1),
  watchMicros: minutes(30),
  reopenWithinMicros: minutes(24 * 60),
  servedLongMicros: minutes(30),
  incidentIdleMicros: minutes(120),
  settleMicros: seconds(30),
  freezeMicros: minutes(120),
  syncPauseMicros: minutes(240),
  verifyEveryMicros: seconds(5),
  watchEveryMicros: seconds(60),
  remindEveryMicros: minutes(5),
  mostReminders: 12,
  watchFailures: 3,
  verify: { maxErrorRate: 0.01, tolerance: 0.2, minRequests: 20 },
}

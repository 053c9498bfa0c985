import { z } from 'zod'
import { defaultBands } from '#domain/incident/bands.ts'
import { LimitsSection } from './own-policy.ts'
import { RoleName } from './roles-section.ts'

const minutes = z.number().min(0).max(525_600)
const seconds = z.number().positive().max(86_400)
const percent = z.number().min(0).max(100)

const MatrixRow = z.strictObject({
  fromMinutes: minutes,
  mayAuthorize: RoleName,
  notify: z.array(RoleName),
})

const rising = 'must rise from the lower severity to the higher one'
const ErrorRateBands = z
  .strictObject({
    medium: percent.default(defaultBands.errorRate.medium * 100),
    high: percent.default(defaultBands.errorRate.high * 100),
    critical: percent.default(defaultBands.errorRate.critical * 100),
  })
  .refine(({ medium, high, critical }) => medium < high && high < critical, { message: rising })
const P95Bands = z
  .strictObject({
    high: z.number().min(1).max(1_000).default(defaultBands.p95.high),
    critical: z.number().min(1).max(1_000).default(defaultBands.p95.critical),
  })
  .refine(({ high, critical }) => high < critical, { message: rising })

export const PolicySection = z.strictObject({
  matrix: z.array(MatrixRow).optional(),
  /** Above which what is measured raises the severity. */
  severityBands: z
    .strictObject({
      errorRatePercent: ErrorRateBands.optional(),
      p95TimesNormal: P95Bands.optional(),
    })
    .optional(),
  /** What an assessment decides by, beside the bands. */
  limits: LimitsSection.optional(),
  requestExpiresMinutes: minutes.optional(),
  approvalExpiresMinutes: minutes.optional(),
  scheduleWindowMinutes: minutes.optional(),
  strategyBudgetsSeconds: z
    .strictObject({
      immediate: seconds.optional(),
      gradual: seconds.optional(),
      scheduled: seconds.optional(),
    })
    .optional(),
  mechanismBudgetsSeconds: z
    .strictObject({
      'flag-off': seconds.optional(),
      'mesh-reroute': seconds.optional(),
      'service-switch': seconds.optional(),
      'canary-scale-down': seconds.optional(),
      'deployment-undo': seconds.optional(),
      'statefulset-undo': seconds.optional(),
      'daemonset-undo': seconds.optional(),
      'rollout-undo': seconds.optional(),
      'ecs-deployment': seconds.optional(),
      'compose-up': seconds.optional(),
      'database-down': seconds.optional(),
      'regional-failover': seconds.optional(),
      'region-offline': seconds.optional(),
      'slot-switch': seconds.optional(),
      'nginx-canary': seconds.optional(),
    })
    .optional(),
  verifyWithinSeconds: seconds.optional(),
  verifyWindowSeconds: seconds.optional(),
  watchMinutes: minutes.optional(),
  reopenWithinMinutes: minutes.optional(),
  servedLongMinutes: minutes.optional(),
  incidentIdleMinutes: minutes.optional(),
  freezeMinutes: minutes.min(1).optional(),
  /** How long a sync that was paused for a rollback stays so before people are reminded, or it goes on because Git has what runs. */
  syncPauseMinutes: minutes.min(1).optional(),
  /** Among several services: how long one settles before it is looked at and the next one may begin. */
  settleSeconds: seconds.optional(),
  verifyEverySeconds: seconds.optional(),
  watchEverySeconds: seconds.optional(),
  watchFailures: z.int().min(1).max(100).optional(),
  remindEveryMinutes: minutes.min(1).optional(),
  mostReminders: z.int().min(0).max(1_000).optional(),
  verify: z
    .strictObject({
      maxErrorRatePercent: percent.optional(),
      tolerancePercent: percent.optional(),
      minRequests: z.int().min(1).max(1_000_000_000).optional(),
    })
    .optional(),
})
export type PolicySection = z.infer<typeof PolicySection>

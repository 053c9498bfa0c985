import { z } from 'zod'
import { defaultBands } from '#domain/incident/bands.ts'
import { wayKinds } from '#domain/rollback/ways.ts'
import { AutomationSection } from './automation.ts'
import { CanarySection } from './canary.ts'
import { ChangeWindowsSection, TimeZone } from './change-windows.ts'
import { Docker } from './docker.ts'
import { ClusterName, Namespace } from './kubernetes-target.ts'
import { flagProvidersSection, LinkedFlagRow } from './flags.ts'
import { metricsSection } from './metrics.ts'
import { PagersSection } from './pagers.ts'
import { PromotionSection } from './promotion.ts'
import { LimitsSection, OwnPolicySection } from './own-policy.ts'
import { SignalsSection } from './signals.ts'
import { SchemaSection } from './database-target.ts'
import { TargetRow } from './targets.ts'
import { TerminalSection } from './terminal.ts'
import { Url } from './url.ts'
import { WebhooksSection } from './webhooks.ts'

const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control or invisible characters')

const minutes = z.number().min(0).max(525_600)
const seconds = z.number().positive().max(86_400)
const percent = z.number().min(0).max(100)

/** ASCII only, so that no look-alike letter can pass for another service (threat T063). */
export const ServiceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be small letters, digits and dashes, at most 63, such as checkout-api',
  )

export const RoleName = z.enum([
  'on-call-engineer',
  'team-lead',
  'engineering-manager',
  'vp-engineering',
  'executives',
])

const Source = z
  .strictObject({
    members: z
      .array(
        z
          .string()
          .regex(
            /^(T[A-Z0-9]{2,20}:)?[UW][A-Z0-9]{2,20}$/,
            'must be a Slack member id such as U012AB3CD',
          ),
      )
      .min(1, 'must name at least one person')
      .optional(),
    slackUserGroup: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9._-]{0,79}$|^S[A-Z0-9]{6,20}$/,
        'must be the handle of a Slack user group without @, or its id',
      )
      .optional(),
  })
  .refine((source) => source.members ?? source.slackUserGroup, {
    message: 'names nobody: add members or a slackUserGroup',
  })

const Roles = z.strictObject({
  'on-call-engineer': Source,
  'team-lead': Source,
  'engineering-manager': Source,
  'vp-engineering': Source,
  executives: Source,
})

const Cluster = z
  .strictObject({
    context: text(200).optional(),
    kubeconfig: text(1000).optional(),
    inCluster: z.boolean().optional(),
    /** Stop deploys of a service while it is rolled back; needs `deploy/freeze.yaml` in the cluster. */
    freeze: z.boolean().default(false),
    /** Where the Argo CD is that deploys to this cluster; needs `deploy/gitops.yaml` there. */
    argoCd: z.strictObject({ namespace: Namespace, cluster: ClusterName.optional() }).optional(),
  })
  .refine(
    (cluster) => (cluster.inCluster ?? false) !== Boolean(cluster.context ?? cluster.kubeconfig),
    {
      message: 'needs either inCluster: true, or a context or kubeconfig',
    },
  )

export const ServiceRow = z.strictObject({
  owner: text(80),
  tier: z.enum(['standard', 'critical']).default('standard'),
  environment: text(80).optional(),
  channel: z
    .string()
    .regex(/^#[a-z0-9][a-z0-9_-]{0,79}$/, 'must be a channel such as "#checkout"')
    .optional(),
  runbook: Url.optional(),
  dashboards: z
    .array(z.strictObject({ title: text(80), url: Url }))
    .max(10)
    .default([]),
  statusComponent: text(80).optional(),
  dependsOn: z.array(ServiceName).default([]),
  targets: z.array(TargetRow).min(1, 'must name where the service runs'),
  flags: z.array(LinkedFlagRow).max(10).default([]),
  health: z.array(Url).max(10).default([]),
  /** Reads and writes as a test user; asked every minute, and only ever calls people. */
  deepCheck: Url.optional(),
  signals: SignalsSection.default({}),
  policy: OwnPolicySection.optional(),
  canary: CanarySection.optional(),
  /** In which order the ways to take a version away are tried, where not as usual; what is left out comes last. */
  mechanismOrder: z
    .array(z.enum(wayKinds))
    .min(1)
    .refine((ways) => new Set(ways).size === ways.length, { message: 'names a way twice' })
    .optional(),
  /** The database whose schema it runs on, and which versions of that it can run on where its own versions do not say. */
  schema: SchemaSection.optional(),
  approval: z.strictObject({ twoPerson: z.boolean().default(false) }).default({ twoPerson: false }),
  automation: AutomationSection.optional(),
  promotion: PromotionSection.optional(),
  /** The pager that calls whoever is on call for it. */
  pager: text(31).optional(),
  roles: Roles.partial().default({}),
  changeWindows: ChangeWindowsSection.optional(),
})
export type ServiceRow = z.infer<typeof ServiceRow>

const CommandName = z
  .string()
  .regex(/^\/[a-z][a-z0-9_-]{0,30}$/, 'must begin with / and hold small letters, digits, - or _')

const Slack = z.strictObject({
  commands: z
    .strictObject({
      rollback: CommandName.default('/rollback'),
      assess: CommandName.default('/assess'),
      promote: CommandName.default('/promote'),
    })
    .prefault({}),
  incidentChannels: z.enum(['create', 'service']).default('create'),
  announceIn: z
    .string()
    .regex(/^#[a-z0-9][a-z0-9_-]{0,79}$/, 'must be a channel such as "#incidents"')
    .optional(),
})

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

export const sections = {
  organisation: text(80),
  timezone: TimeZone.default('UTC'),
  slack: Slack.prefault({}),
  roles: Roles,
  clusters: z.record(ClusterName, Cluster).default({}),
  /** Engines of Docker, for services of Compose. */
  docker: z.record(ClusterName, Docker).default({}),
  metrics: metricsSection(Url).default({}),
  pagers: PagersSection.default({}),
  flags: flagProvidersSection(Url).default({}),
  changeWindows: ChangeWindowsSection.optional(),
  services: z.record(ServiceName, ServiceRow),
  policy: PolicySection.default({}),
  templates: z.record(z.string(), z.string().min(1).max(10_000)).default({}),
  terminal: TerminalSection.optional(),
  webhooks: WebhooksSection.optional(),
} as const

/** The whole file. An unknown key is a problem, so that a misspelt one cannot be ignored. */
export const ConfigFile = z.strictObject({
  $schema: z.string().optional(),
  ...sections,
})
export type ConfigFile = z.infer<typeof ConfigFile>

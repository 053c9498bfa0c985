import { z } from 'zod'
import { ChangeWindowsSection, TimeZone } from './change-windows.ts'
import { Docker } from './docker.ts'
import { ClusterName, Namespace } from './kubernetes-target.ts'
import { flagProvidersSection } from './flags.ts'
import { metricsSection } from './metrics.ts'
import { PagersSection } from './pagers.ts'
import { PolicySection } from './policy-section.ts'
import { Roles } from './roles-section.ts'
import { ServiceName, ServiceRow } from './service-row.ts'
import { TerminalSection } from './terminal.ts'
import { text } from './text.ts'
import { Url } from './url.ts'
import { WebhooksSection } from './webhooks.ts'

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

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { z } from 'zod'
import { type Role, roles as everyRole } from '#domain/authority/role.ts'
import { noWebhooks, type WebhookSettings } from '#domain/alerts/settings.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { templateProblems } from '#domain/communication/templates.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Policy } from '#domain/policy.ts'
import { probedAt, type RoleSource } from '#domain/service.ts'
import { changeWindowsOf } from './change-windows.ts'
import { catalogueOf } from './catalogue.ts'
import { danglingNames } from './dangling-names.ts'
import { type Document, type Path, readDocument } from './document.ts'
import { type DockerSource, dockerSources } from './docker.ts'
import { codeOf } from './environment.ts'
import { flagProblems, type FlagProviders, flagProviders } from './flags.ts'
import { type MetricSettings, sourceProblems } from './metrics.ts'
import { ownPolicyOf, ownPolicyProblems } from './own-policy.ts'
import { policyOf } from './policy.ts'
import { pagerProblems, type Pagers, pagerSettings } from './pagers.ts'
import { problem, problemsOf } from './problems.ts'
import { organisationRoles } from './roles.ts'
import { PolicySection } from './policy-section.ts'
import { ConfigFile, sections } from './schema.ts'
import { ServiceName, ServiceRow } from './service-row.ts'
import { webhookProblems, webhookSettings } from './webhooks.ts'
import { terminalProblems, type TerminalSettings, terminalSettings } from './terminal.ts'

export type ClusterSource =
  | { readonly kind: 'in-cluster' }
  /** `path` undefined follows `KUBECONFIG` and the usual place; `context` undefined is the current one. */
  | {
      readonly kind: 'kubeconfig'
      readonly path: string | undefined
      readonly context: string | undefined
    }

/** What the YAML file says, with every default filled in. */
export interface ConfigFileContent {
  readonly organisation: string
  /** For showing times; everything is stored in UTC. */
  readonly timezone: string
  readonly slack: {
    readonly commands: {
      readonly rollback: string
      readonly assess: string
      readonly promote: string
    }
    readonly incidentChannels: 'create' | 'service'
    readonly announceIn: string | undefined
  }
  readonly roles: Readonly<Record<Role, RoleSource>>
  readonly clusters: ReadonlyMap<string, ClusterSource>
  readonly docker: ReadonlyMap<string, DockerSource>
  /** Clusters in which deploys of a service are frozen while it is rolled back. */
  readonly freezing: ReadonlySet<string>
  /** Where the Argo CD is that deploys to a cluster, by the cluster. */
  readonly argoCd: ReadonlyMap<string, { readonly cluster: string; readonly namespace: string }>
  readonly metrics: MetricSettings
  /** How people are called outside of Slack. */
  readonly pagers: Pagers
  /** Where feature flags are kept. */
  readonly flags: FlagProviders
  readonly catalogue: Catalogue
  /** Hosts of the configured health URLs and deep checks: a probe may ask no other (threat T139). */
  readonly healthHosts: ReadonlySet<string>
  readonly policy: Policy
  /** Names all of it: two processes that are told the same have the same. */
  readonly hash: string
  /** Texts that replace the product's own, by the name of the template. */
  readonly templates: Readonly<Record<string, string>>
  /** Who people are at a terminal; without it nobody decides there. */
  readonly terminal: TerminalSettings | undefined
  /** What machines may send, and whose it is. */
  readonly webhooks: WebhookSettings
}

export interface FileResult {
  readonly content: ConfigFileContent | undefined
  readonly problems: readonly string[]
}

/** Reads the file at `path`, else `given`. `mayBeAbsent`: nothing at all is then an empty catalogue. */
export function readConfigFile(
  path: string | undefined,
  given: { readonly name: string; readonly text: string } | undefined,
  mayBeAbsent: boolean,
): FileResult {
  if (path === undefined && given) return parseConfigFile(given.name, given.text)
  if (path === undefined)
    return mayBeAbsent
      ? { content: nothingConfigured, problems: [] }
      : {
          content: undefined,
          problems: [
            'COUNTERMAND_CONFIG is missing: name the YAML file with your services, roles and clusters (docs/config.example.yaml shows one).',
          ],
        }
  try {
    return parseConfigFile(basename(path), readFileSync(path, 'utf8'))
  } catch (error) {
    const text = `The configuration, as COUNTERMAND_CONFIG or the command names it, cannot be read (${codeOf(error)}): ${path}`
    return { content: undefined, problems: [text] }
  }
}

/** Every problem is found in one reading: what is sound is checked further although its neighbour is not. */
export function parseConfigFile(name: string, text: string): FileResult {
  const document = readDocument(text)
  const shape = document.data === undefined ? undefined : ConfigFile.safeParse(document.data)
  const found = [
    ...document.problems,
    ...problemsOf(shape?.error?.issues.filter((issue) => !isOfRow(issue)) ?? [], document),
    ...(shape ? problemsBetween(document) : []),
  ]
  const problems = found
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, text }) => `${name}:${line}: ${text}`)
  if (!shape?.success || problems.length > 0) return { content: undefined, problems }
  const hash = configurationHash(document.data)
  return { content: { ...contentOf(shape.data), hash }, problems }
}

function problemsBetween(document: Document) {
  const raw = isGroup(document.data) ? document.data : {}
  const rawServices = isGroup(raw['services']) ? raw['services'] : {}
  const parsed = Object.entries(rawServices).map(
    ([name, row]) => [name, ServiceRow.safeParse(row)] as const,
  )
  const rows = new Map(parsed.flatMap(([name, { data }]) => (data ? [[name, data] as const] : [])))
  const roles = sections.roles.safeParse(raw['roles']).data
  const matrix = PolicySection.pick({ matrix: true }).safeParse({
    matrix: isGroup(raw['policy']) ? raw['policy']['matrix'] : undefined,
  }).data
  const { findings } = catalogueOf(rows, {
    roles: roles && organisationRoles(roles),
    needsChannels: sections.slack.safeParse(raw['slack']).data?.incidentChannels === 'service',
    ...noWindows,
  })
  const known = {
    clusters: isGroup(raw['clusters']) ? Object.keys(raw['clusters']) : [],
    docker: isGroup(raw['docker']) ? Object.keys(raw['docker']) : [],
    names: Object.keys(rawServices),
  }
  const dangling = Object.entries(rawServices).flatMap(([name, row]) =>
    danglingNames(name, row, known),
  )
  return [
    ...parsed.flatMap(([name, { error }]) => [
      ...nameProblems(name, document),
      ...problemsOf(error?.issues.map(below('services', name)) ?? [], document),
    ]),
    ...[
      ...dangling,
      ...findings,
      ...sourceProblems(
        { prometheus: undefined, ...sections.metrics.safeParse(raw['metrics'] ?? {}).data },
        [...rows],
      ),
      ...pagerProblems(isGroup(raw['pagers']) ? Object.keys(raw['pagers']) : [], [...rows]),
      ...flagProblems(isGroup(raw['flags']) ? Object.keys(raw['flags']) : [], [...rows]),
      ...ownPolicyProblems(
        policyOf(sections.policy.safeParse(raw['policy']).data ?? {}).policy,
        [...rows].map(([name, { policy }]) => [name, policy && ownPolicyOf(policy)]),
      ),
      ...terminalProblems(sections.terminal.safeParse(raw['terminal']).data, known.clusters),
      ...webhookProblems(sections.webhooks.safeParse(raw['webhooks']).data, known.names),
    ].map(({ path, text }) => problem(document, path, text)),
    ...(matrix ? policyOf(matrix).problems : []).map((text) =>
      problem(document, ['policy', 'matrix'], text),
    ),
    ...Object.entries(sections.templates.safeParse(raw['templates']).data ?? {}).flatMap(
      ([name, text]) =>
        templateProblems({ [name]: text }).map((found) =>
          problem(document, ['templates', name], found),
        ),
    ),
    ...(isGroup(raw['services']) && Object.keys(rawServices).length === 0
      ? [problem(document, ['services'], 'must name at least one service')]
      : []),
  ]
}

/** Rows are checked one by one below, so that a bad name does not hide what else is wrong with its row. */
const isOfRow = ({ path }: z.core.$ZodIssue) => path[0] === 'services' && path.length > 1

const below =
  (...path: Path) =>
  (issue: z.core.$ZodIssue): z.core.$ZodIssue => ({ ...issue, path: [...path, ...issue.path] })

const nameProblems = (name: string, document: Document) =>
  (ServiceName.safeParse(name).error?.issues ?? []).map(({ message }) =>
    problem(document, ['services', name], `the name ${message}`),
  )

/** Over what is written, not over what this version fills in: beside the next version it is the same. Comments and order say nothing. */
const configurationHash = (written: unknown): string =>
  createHash('sha256').update(canonicalJson(written)).digest('hex')

function contentOf(file: ConfigFile): Omit<ConfigFileContent, 'hash'> {
  const roles = organisationRoles(file.roles)
  const { catalogue } = catalogueOf(new Map(Object.entries(file.services)), {
    roles,
    needsChannels: false,
    timezone: file.timezone,
    changeWindows: changeWindowsOf(file.changeWindows, file.timezone),
  })
  const { commands, incidentChannels, announceIn } = file.slack
  return {
    organisation: file.organisation,
    timezone: file.timezone,
    slack: { commands, incidentChannels, announceIn },
    roles,
    clusters: new Map(Object.entries(file.clusters).map(([name, row]) => [name, clusterOf(row)])),
    docker: dockerSources(file.docker),
    freezing: new Set(
      Object.entries(file.clusters).flatMap(([name, { freeze }]) => (freeze ? [name] : [])),
    ),
    argoCd: new Map(
      Object.entries(file.clusters).flatMap(([name, { argoCd }]) =>
        argoCd ? [[name, { cluster: argoCd.cluster ?? name, namespace: argoCd.namespace }]] : [],
      ),
    ),
    metrics: { ...file.metrics, prometheus: file.metrics.prometheus },
    pagers: pagerSettings(file.pagers),
    flags: flagProviders(file.flags),
    catalogue,
    healthHosts: new Set([...catalogue.values()].flatMap(probedAt).map((url) => new URL(url).host)),
    policy: policyOf(
      file.policy,
      Object.fromEntries(
        Object.entries(file.services).flatMap(([name, { policy }]) =>
          policy ? [[name, ownPolicyOf(policy)]] : [],
        ),
      ),
    ).policy,
    templates: file.templates,
    terminal: terminalSettings(file.terminal),
    webhooks: webhookSettings(file.webhooks),
  }
}

/** What is wrong between services has nothing to do with their windows. */
const noWindows = { timezone: 'UTC', changeWindows: undefined } as const

const clusterOf = (row: ConfigFile['clusters'][string]): ClusterSource =>
  row.inCluster
    ? { kind: 'in-cluster' }
    : { kind: 'kubeconfig', path: row.kubeconfig, context: row.context }

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nothingConfigured: ConfigFileContent = {
  organisation: 'Sandbox',
  timezone: 'UTC',
  slack: {
    commands: { rollback: '/rollback', assess: '/assess', promote: '/promote' },
    incidentChannels: 'create',
    announceIn: undefined,
  },
  roles: Object.fromEntries(everyRole.map((role) => [role, {}])) as Record<Role, RoleSource>,
  clusters: new Map(),
  docker: new Map(),
  argoCd: new Map(),
  freezing: new Set(),
  metrics: { prometheus: undefined },
  pagers: new Map(),
  flags: new Map(),
  catalogue: new Map(),
  healthHosts: new Set(),
  policy: policyOf({}).policy,
  hash: configurationHash({}),
  templates: {},
  terminal: undefined,
  webhooks: noWebhooks,
}

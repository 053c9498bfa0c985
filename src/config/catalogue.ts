import { z } from 'zod'
import type { Role } from '#domain/authority/role.ts'
import { type Catalogue, isCommandWord } from '#domain/catalogue.ts'
import { serviceId } from '#domain/ids.ts'
import { nearest } from '#domain/nearest.ts'
import type { ChangeWindows } from '#domain/schedule/change-windows.ts'
import { automationProblems, automationSettings } from './automation.ts'
import { canaryProblems, canaryQueries } from './canary.ts'
import type { RoleSource, Service } from '#domain/service.ts'
import { type MetricSource, signalNames } from '#domain/signals.ts'
import { changeWindowsOf } from './change-windows.ts'
import type { Named } from './conventions.ts'
import { schemaFindings, withStops } from './database-target.ts'
import type { Path } from './document.ts'
import type { Finding } from './finding.ts'
import { linkedFlag } from './flags.ts'
import { promotionProblems, promotionSettings } from './promotion.ts'
import { regionProblems } from './region-target.ts'
import { serviceRoles, unsatisfiable } from './roles.ts'
import type { ServiceRow } from './schema.ts'
import { signalProblems, signalQueries } from './signals.ts'
import { environmentOf, targetOf, workloadsOf } from './targets.ts'

export interface Surroundings {
  readonly roles: Readonly<Record<Role, RoleSource>> | undefined
  readonly needsChannels: boolean
  /** The organisation's own. */
  readonly timezone: string
  readonly changeWindows: ChangeWindows | undefined
}

/** Rows of the file as services, and what is wrong between them. */
export function catalogueOf(
  rows: ReadonlyMap<string, ServiceRow>,
  around: Surroundings,
): { readonly catalogue: Catalogue; readonly findings: readonly Finding[] } {
  const catalogue = withStops(
    rows,
    new Map([...rows].map(([name, row]) => [name, serviceOf(name, row, around)])),
  )
  const findings = [
    ...[...rows].flatMap(([name, row]) => findingsOf(name, row, around)),
    ...[...rows].flatMap(([name, row]) => schemaFindings(name, row, rows)),
    ...sharedWorkloads(rows),
    ...circles(catalogue),
  ]
  return { catalogue, findings }
}

function serviceOf(name: string, row: ServiceRow, around: Surroundings): Service {
  const automation = automationSettings(row)
  const promotion = promotionSettings(row)
  return {
    id: serviceId(name),
    owner: row.owner,
    tier: row.tier,
    environment: row.environment ?? environmentOf(row.targets[0]),
    channel: row.channel,
    runbook: row.runbook,
    dashboards: row.dashboards,
    statusComponent: row.statusComponent ?? name,
    dependsOn: row.dependsOn.map(serviceId),
    targets: row.targets.map(targetOf),
    ...(row.flags.length > 0 ? { flags: row.flags.map(linkedFlag) } : {}),
    health: row.health,
    ...(row.deepCheck === undefined ? {} : { deepCheck: row.deepCheck }),
    signals: signalQueries(row.signals, named(name, row)),
    ...signalSourcesOf(row.signals),
    canary: row.canary && canaryQueries(row.canary, named(name, row)),
    twoPerson: row.approval.twoPerson,
    ...(row.mechanismOrder ? { mechanismOrder: row.mechanismOrder } : {}),
    ...(automation ? { automation } : {}),
    ...(promotion ? { promotion } : {}),
    ...(row.pager === undefined ? {} : { pager: row.pager }),
    roles: serviceRoles(row.roles),
    changeWindows: changeWindowsOf(row.changeWindows, around.timezone) ?? around.changeWindows,
  }
}

function named(service: string, { targets }: ServiceRow): Named {
  const {
    namespace = '',
    deployment,
    statefulSet,
    daemonSet,
    rollout,
  } = targets[0]?.kubernetes ?? {}
  const own = deployment ?? statefulSet ?? daemonSet ?? rollout
  const workload = own ?? targets[0]?.ecs?.service ?? targets[0]?.compose?.service ?? service
  return { service, namespace, workload }
}

function signalSourcesOf(signals: ServiceRow['signals']): Pick<Service, 'signalSources'> {
  const sources = signalNames.flatMap((name): readonly [string, MetricSource][] => {
    const { from, convention } = signals[name] ?? {}
    if (from !== undefined) return [[name, from]]
    return convention === undefined ? [] : [[name, 'prometheus']]
  })
  return sources.length > 0 ? { signalSources: Object.fromEntries(sources) } : {}
}

function findingsOf(name: string, row: ServiceRow, around: Surroundings): readonly Finding[] {
  const findings: Finding[] = []
  const add = (path: Path, text: string) =>
    findings.push({ path: ['services', name, ...path], text })

  if (isCommandWord(name))
    add([], `${name} is a word of the rollback command: give the service another name`)
  if (around.needsChannels && row.channel === undefined)
    add([], 'needs a channel, because slack.incidentChannels is service')
  const own = [
    ...signalProblems(row.signals),
    ...(row.canary ? canaryProblems(row.canary) : []),
    ...automationProblems(row),
    ...promotionProblems(row),
    ...regionProblems(row),
  ]
  for (const { path, text } of own) add(path, text)
  if (around.roles)
    for (const text of unsatisfiable(
      { ...around.roles, ...serviceRoles(row.roles) },
      row.approval.twoPerson,
    ))
      add(['approval'], text)
  return findings
}

/** Names of clusters and services that stand nowhere; looked for in rows that are otherwise wrong too. */
export function danglingNames(
  name: string,
  row: unknown,
  {
    clusters,
    docker,
    names,
  }: {
    readonly clusters: readonly string[]
    readonly docker: readonly string[]
    readonly names: readonly string[]
  },
): readonly Finding[] {
  const { targets, dependsOn } = Mentions.parse(row)
  const unknown = (other: string, path: Path): readonly Finding[] =>
    names.includes(other)
      ? []
      : [
          {
            path: ['services', name, ...path],
            text: `no service ${other} is configured${hint(names, other)}`,
          },
        ]
  return [
    ...targets.flatMap(({ kubernetes: { cluster } = {} }, index) =>
      cluster === undefined || clusters.includes(cluster)
        ? []
        : [
            {
              path: ['services', name, 'targets', index, 'kubernetes', 'cluster'],
              text: `no cluster ${cluster} stands under clusters${hint(clusters, cluster)}`,
            },
          ],
    ),
    ...targets.flatMap((target, index) =>
      enginesIn(target).flatMap(({ engine, path }) =>
        docker.includes(engine)
          ? []
          : [
              {
                path: ['services', name, 'targets', index, ...path],
                text: `no engine ${engine} stands under docker${hint(docker, engine)}`,
              },
            ],
      ),
    ),
    ...dependsOn.flatMap((other, index) => unknown(other, ['dependsOn', index])),
    ...targets.flatMap(({ database: { stops } = { stops: [] } }, target) =>
      stops.flatMap((other, index) =>
        unknown(other, ['targets', target, 'database', 'stops', index]),
      ),
    ),
  ]
}

const Mention = z
  .object({
    cluster: z.string().optional().catch(undefined),
    docker: z.string().optional().catch(undefined),
  })
  .catch({})
const SlotsMention = z
  .object({ slots: z.record(z.string(), z.object({ compose: Mention.optional() }).catch({})) })
  .catch({ slots: {} })
const Stops = z.object({ stops: z.array(z.string()).catch([]) }).catch({ stops: [] })
const Mentions = z
  .object({
    targets: z
      .array(
        z
          .object({
            kubernetes: Mention.optional(),
            compose: Mention.optional(),
            nginx: SlotsMention.optional(),
            database: Stops.optional(),
          })
          .catch({}),
      )
      .catch([]),
    dependsOn: z.array(z.string()).catch([]),
  })
  .catch({ targets: [], dependsOn: [] })

/** Every engine that a target names, and where. */
const enginesIn = ({
  compose,
  nginx,
}: z.infer<typeof Mentions>['targets'][number]): readonly {
  readonly engine: string
  readonly path: Path
}[] =>
  [
    { engine: compose?.docker, path: ['compose', 'docker'] },
    ...Object.entries(nginx?.slots ?? {}).map(([slot, { compose: within }]) => ({
      engine: within?.docker,
      path: ['nginx', 'slots', slot, 'compose', 'docker'],
    })),
  ].flatMap(({ engine, path }) => (engine === undefined ? [] : [{ engine, path }]))

/** One rollback at a time per workload (invariant I5) is kept by its name: it belongs to one service. */
function sharedWorkloads(rows: ReadonlyMap<string, ServiceRow>): readonly Finding[] {
  const owners = new Map<string, string>()
  const findings: Finding[] = []
  for (const [name, { targets }] of rows)
    targets.forEach((target, index) => {
      for (const workload of workloadsOf(target)) {
        const owner = owners.get(workload)
        if (owner === undefined) owners.set(workload, name)
        else
          findings.push({
            path: ['services', name, 'targets', index],
            text: `${workload} belongs to ${owner} already`,
          })
      }
    })
  return findings
}

/** Services are rolled back in dependency order: there must be one. */
function circles(catalogue: Catalogue): readonly Finding[] {
  const done = new Set<string>()
  const findings: Finding[] = []
  const visit = (name: string, trail: readonly string[]) => {
    const begin = trail.indexOf(name)
    if (begin >= 0) {
      const circle = [...trail.slice(begin), name].join(' → ')
      findings.push({
        path: ['services', name, 'dependsOn'],
        text: `the services depend on each other in a circle: ${circle}`,
      })
    }
    if (begin >= 0 || done.has(name)) return
    for (const next of catalogue.get(name)?.dependsOn ?? []) visit(next, [...trail, name])
    done.add(name)
  }
  for (const name of catalogue.keys()) visit(name, [])
  return findings
}

const hint = (names: readonly string[], typed: string) => {
  const close = nearest(names, typed)
  return close.length > 0 ? `; did you mean ${close.join(' or ')}?` : ''
}

import type { Role } from '#domain/authority/role.ts'
import { type Catalogue, isCommandWord } from '#domain/catalogue.ts'
import { serviceId } from '#domain/ids.ts'
import type { ChangeWindows } from '#domain/schedule/change-windows.ts'
import { circles, sharedWorkloads } from './among-services.ts'
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
import type { ServiceRow } from './service-row.ts'
import { signalProblems, signalQueries } from './signals.ts'
import { environmentOf, targetOf } from './targets.ts'

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

import type { AutomationSettings } from './automation/settings.ts'
import type { Role } from './authority/role.ts'
import type { ServiceId, WorkloadId } from './ids.ts'
import type { Json } from './json.ts'
import type { PromotionSettings } from './promotion/settings.ts'
import type { WayKind } from './rollback/ways.ts'
import type { CanaryQueries, MetricSource, SignalQueries } from './signals.ts'
import type { ChangeWindows } from './schedule/change-windows.ts'

/** Where a service runs, for one kind of platform. `spec` is checked by that platform's executor, which alone reads it. */
export interface Target {
  readonly executor: string
  readonly workload: WorkloadId
  /** As people say it: `prod/production deployment checkout`. */
  readonly title: string
  readonly spec: Json
}

/** A flag that a version may have come with: to switch it off is a way to take the version's doings back. */
export interface LinkedFlag {
  /** As its provider calls it. */
  readonly name: string
  readonly target: Target
  /** What the names of the versions begin with that it belongs to; absent: that during which it was last switched or changed. */
  readonly versions?: readonly string[]
}

export interface Link {
  readonly title: string
  readonly url: string
}

/** A row of the catalogue: what people name, who owns it, where it runs. */
export interface Service {
  readonly id: ServiceId
  readonly owner: string
  readonly tier: 'standard' | 'critical'
  /** `prod/production`: shown wherever somebody is asked to decide. */
  readonly environment: string
  /** The service's own channel, with `#`. */
  readonly channel: string | undefined
  readonly runbook: string | undefined
  readonly dashboards: readonly Link[]
  /** The component's name on the status page, as customers know it. */
  readonly statusComponent: string
  readonly dependsOn: readonly ServiceId[]
  /** In order of preference. */
  readonly targets: readonly Target[]
  /** Feature flags that may be what is wrong with a version; absent where it has none. */
  readonly flags?: readonly LinkedFlag[]
  readonly health: readonly string[]
  /** Reads and writes as a test user, and answers 2xx where that works; asked every minute. */
  readonly deepCheck?: string
  readonly signals: SignalQueries
  /** Where a signal is asked, where it is not the first source that is configured. */
  readonly signalSources?: Readonly<Partial<Record<keyof SignalQueries, MetricSource>>>
  readonly canary: CanaryQueries | undefined
  /** The schema that it runs on: whose it is, and what it can run on where its versions do not say that themselves. */
  readonly schema?: {
    readonly database: ServiceId
    readonly target: Target
    readonly from?: string
    readonly to?: string
  }
  readonly twoPerson: boolean
  /** Which ways to take a version away come first; absent where they are tried in the usual order. */
  readonly mechanismOrder?: readonly WayKind[]
  /** Absent where nothing may happen by itself. */
  readonly automation?: AutomationSettings
  /** How its canaries go forward, where it says so. */
  readonly promotion?: PromotionSettings
  /** How its people are called outside of Slack, by the name of the pager; absent where they are not. */
  readonly pager?: string
  /** Sources that replace the organisation's own for this service. */
  readonly roles: Partial<Record<Role, RoleSource>>
  /** When a rollback that can wait may begin: its own, else the organisation's. */
  readonly changeWindows: ChangeWindows | undefined
}

/** What the record still knows of a service that was taken out of the configuration: enough to show how it ended, never to decide. */
export const formerService = (id: ServiceId, target: Target | undefined): Service => ({
  id,
  owner: 'nobody: it is no longer configured',
  tier: 'standard',
  environment: target?.title ?? 'no longer configured',
  channel: undefined,
  runbook: undefined,
  dashboards: [],
  statusComponent: id,
  dependsOn: [],
  targets: target ? [target] : [],
  health: [],
  signals: {},
  canary: undefined,
  twoPerson: false,
  changeWindows: undefined,
  roles: {},
})

/** No service: its people are the organisation's own. */
export const organisation = { roles: {} } as const satisfies Pick<Service, 'roles'>

/** Every address that is asked whether the service is well: a probe may ask no other (threat T139). */
export const probedAt = ({ health, deepCheck }: Service): readonly string[] =>
  deepCheck === undefined ? health : [...health, deepCheck]

/** Where the holders of a role come from; all named parts count together. */
export interface RoleSource {
  readonly members?: readonly string[]
  readonly slackUserGroup?: string
}

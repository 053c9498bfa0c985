import type { Severity } from '#domain/incident/severity.ts'
import { type PersonId, personId, type ServiceId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'

/** Who sends alerts, by the last word of the address they are sent to. */
export const alertSources = [
  'alertmanager',
  'pagerduty',
  'grafana',
  'datadog',
  'opsgenie',
  'jsm',
  'github',
] as const
export type AlertSource = (typeof alertSources)[number]

/** Everybody who may say that something is wrong: those who send, Flagger of what it does, and our own checks – that reads and writes as a test user, and whether the version before can still run. */
export const tellers = [...alertSources, 'flagger', 'deep-check', 'versions'] as const
export type Teller = (typeof tellers)[number]

export const sourceNames = {
  alertmanager: 'Alertmanager',
  pagerduty: 'PagerDuty',
  grafana: 'Grafana',
  datadog: 'Datadog',
  opsgenie: 'Opsgenie',
  jsm: 'Jira Service Management',
  github: 'GitHub',
  flagger: 'Flagger',
  'deep-check': 'Deep check',
  versions: 'Version check',
} as const satisfies Record<Teller, string>

/** One thing that one source says of one condition. Its texts are somebody else's words, whoever signed them. */
export interface Alert {
  readonly source: AlertSource
  /** Names the condition for ever: firing and resolved, and every later round, have the same. */
  readonly fingerprint: string
  readonly status: 'firing' | 'resolved'
  /** When this round began; for a resolved one at the earliest when it began, at the latest when it ended. */
  readonly startsAt: Instant
  readonly name: string
  readonly summary: string
  /** What rules look at. */
  readonly labels: Readonly<Record<string, string>>
  /** Where its source says how bad it is. */
  readonly severity: Severity | null
  /** It is annotated to have a rollback proposed, with this reason. */
  readonly rollback: string | null
}

/** An alert as it was taken in: whose it is was looked up, and what nobody needs any more was left out. */
export interface TakenAlert extends Omit<Alert, 'labels' | 'fingerprint' | 'source'> {
  readonly source: Teller
  /** Source and fingerprint as one short name. */
  readonly key: string
  readonly service: ServiceId
}

const prefix = 'webhook:'
const automatic = 'automation:'

/** A source that asks for something stands where a person would; it holds no role and can be nobody's second. */
export const machineOf = (source: Teller): PersonId => personId(`${prefix}${source}`)
/** What is decided by a rule that somebody switched on stands there, too. */
export const automationBy = (rule: string): PersonId => personId(`${automatic}${rule}`)
export const isMachine = (person: string): boolean =>
  person.startsWith(prefix) || person.startsWith(automatic)
/** `undefined` for a person. */
export function machineName(person: string): string | undefined {
  if (!isMachine(person)) return undefined
  if (person.startsWith(automatic)) return `automation (${person.slice(automatic.length)})`
  const source = person.slice(prefix.length)
  return tellers.includes(source as Teller) ? sourceNames[source as Teller] : source
}

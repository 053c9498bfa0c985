import type { Catalogue } from '#domain/catalogue.ts'
import type { DeliveryId, IncidentId, RollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Policy } from '#domain/policy.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { Clock } from '#ports/clock.ts'
import type { Directory } from '#ports/directory.ts'
import type { Draw } from '#ports/draw.ts'
import type { Executor } from '#ports/executor.ts'
import type { Log } from '#ports/log.ts'
import type { EvidenceLocker, Inbox, Timeline } from '#ports/store.ts'
import type { Outbox } from '#ports/surfaces.ts'
import type { Workflows } from '#workflows/workflows.ts'

/** How Slack is reached and what people type there; a `Config['slack']` is one. */
export interface SlackSettings {
  readonly botToken: string
  readonly signingSecrets: readonly string[]
  readonly appToken: string | undefined
  readonly apiUrl: string | undefined
  readonly commands: CommandNames
  readonly incidentChannels: 'create' | 'service'
  readonly announceIn: string | undefined
}
export interface CommandNames {
  readonly rollback: string
  readonly assess: string
  readonly promote: string
}

/** What is counted of the edge; `createMeasures()` of the HTTP side is one. */
export interface Meter {
  admitted(outcome: string, seconds: number): void
  noticed(kind: string, outcome: 'shown' | 'postponed' | 'abandoned'): void
  slackCalled(
    method: string,
    outcome: 'answered' | 'refused' | 'limited' | 'failed',
    seconds: number,
  ): void
}

/** Words made from templates (policy §10) and from nothing but the record. */
export interface Texts {
  /** `undefined` when there is nothing to say. `status`: the status page's word for it, where it has one. */
  announcement(
    template: string,
    about: Subject,
  ): { readonly title: string; readonly text: string; readonly status: string | null } | undefined
  /** What may be said to customers now. */
  statusOffers(about: Subject): readonly {
    readonly status: string
    readonly text: string
    readonly sent: boolean
  }[]
}
export interface Subject {
  readonly incident: IncidentId
  readonly history: History
  readonly rollback: RollbackId | undefined
  readonly service: Service
  readonly now: Instant
}

/** Everything the Slack edge needs from the rest of the house. */
export interface SlackParts {
  readonly slack: SlackSettings
  readonly texts: Texts
  readonly draw: Draw
  /** Signs buttons: `deriveKey(key, 'buttons')`. */
  readonly buttonKey: Uint8Array
  readonly catalogue: Catalogue
  readonly policy: Policy
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly timeline: Timeline
  readonly evidence: EvidenceLocker
  readonly directory: Directory
  readonly executors: ReadonlyMap<string, Executor>
  readonly workflows: Workflows
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Removes secrets from a text. */
  readonly scrub: (text: string) => string
  /** Called right before something is sent to Slack; throws when what is sent may be somebody else's work by now. */
  readonly mustHold?: () => void
  /** How much one person may ask for within a minute (threat T045). */
  readonly perMinute?: number
  /** The least time between two edits of a card; a second when absent. */
  readonly editEveryMs?: number
}

/** Who asked, where, and how to answer them. */
export interface Asker {
  readonly user: string
  readonly team: string
  readonly delivery: DeliveryId
  readonly channel: string | undefined
  readonly thread: string | undefined
  readonly responseUrl: string | undefined
  readonly triggerId: string | undefined
}

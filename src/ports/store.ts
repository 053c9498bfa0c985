import type {
  DeliveryId,
  IncidentId,
  PersonId,
  PromotionId,
  RevisionId,
  RollbackId,
  ServiceId,
  WorkloadId,
} from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { Notice } from '#domain/communication/notice.ts'
import type { Json } from '#domain/json.ts'
import type { Began } from '#domain/rollback/began.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Instant, Micros } from '#domain/time.ts'

/** What one transaction writes: events, who is told, what runs next. All of it or nothing. */
export interface Change {
  readonly events: readonly TimelineEvent[]
  readonly actor: PersonId | 'countermand'
  readonly notices: readonly Notice[]
  /** When the stream next needs attention without anybody asking; `null` for never. */
  readonly wakeAt: Instant | null
  /** Work to start at once: at most one job per stream and kind waits at a time. */
  readonly jobs: readonly JobKind[]
  /** Taken or freed together with the events; a taken workload fails the whole change with `WorkloadTaken`. */
  readonly claims?: readonly {
    readonly workload: WorkloadId
    /** Or the promotion whose canary is being moved. */
    readonly rollback: RollbackId | PromotionId
  }[]
  readonly releases?: readonly {
    readonly rollback: RollbackId | PromotionId
    /** This one is freed; absent: all that it holds. */
    readonly workload?: WorkloadId
  }[]
  /** Too late from this moment on: the clock that was read with the lock decides, and nothing is written. */
  readonly before?: Instant
  /** For events that happened before, in their order: when and by whom, as a journal says. */
  readonly past?: readonly { readonly at: Instant; readonly actor: PersonId | 'countermand' }[]
}

/** `advance`: carry on with the stream. Beside it: `evidence` and `impact` measure, `freeze` stops deploys or opens them, `propose` asks for the rollback that an alert wants, `page` calls people outside of Slack. */
export type JobKind = 'advance' | 'evidence' | 'impact' | 'freeze' | 'propose' | 'page'

/** Another rollback of the workload is under way. */
export class WorkloadTaken extends Error {
  override readonly name = 'WorkloadTaken'
  readonly incident: IncidentId
  readonly rollback: RollbackId
  constructor(incident: IncidentId, rollback: RollbackId) {
    super(`another rollback of this workload is under way: ${rollback} in ${incident}`)
    this.incident = incident
    this.rollback = rollback
  }
}

/** Somebody wrote first: read again, then decide again. */
export class StaleSequence extends Error {
  override readonly name = 'StaleSequence'
}

/** The record of every incident. Events are only ever added. */
export interface Timeline {
  /** The database's clock (`countermand_now()`); the only clock that decides anything. */
  now(): Promise<Instant>
  read(incident: IncidentId): Promise<History>
  /**
   * The only writer; gives back what was added, as `read` gives it. Throws `StaleSequence` when the stream does not end at
   * `expectedSeq` or it is too late, `WorkloadTaken` on a claim. Creates the stream when `expectedSeq` is 0.
   */
  append(incident: IncidentId, expectedSeq: number, change: Change): Promise<History>
  /** Locks the stream, reads the clock, calls `decide` once with both, appends what it returns. `decide` must be pure. */
  decide<Answer>(
    incident: IncidentId,
    decide: (
      history: History,
      now: Instant,
    ) => { readonly change: Change | undefined; readonly answer: Answer },
  ): Promise<Answer>
  /** Streams of a service that are not closed, oldest first, and those closed within `withinMicros` (for a reopened incident's start). */
  openIncidents(service: ServiceId): Promise<readonly IncidentId[]>
  /** The same, and those of other services in which it is rolled back together with them. */
  openIncidentsAbout(service: ServiceId): Promise<readonly IncidentId[]>
  recentIncidents(service: ServiceId, limit: number): Promise<readonly IncidentId[]>
  /** The promotions of a service, the newest first, at most `limit`. */
  promotions(service: ServiceId, limit: number): Promise<readonly PromotionId[]>
  /** The streams of automation, of services that have or had any. */
  automations(): Promise<readonly IncidentId[]>
  incidentOf(rollback: RollbackId): Promise<IncidentId | undefined>
  /** The stream in which it was written down what came of a delivery; `undefined` as long as nothing was. */
  writtenIn(delivery: DeliveryId): Promise<IncidentId | undefined>
  incidentInChannel(channel: string): Promise<IncidentId | undefined>
  /** Every rollback that ever held the workload, the newest first, at most `limit`. */
  rollbacksOn(
    workload: WorkloadId,
    limit: number,
  ): Promise<readonly { readonly incident: IncidentId; readonly rollback: RollbackId }[]>
  /** Which rollback holds the workload now. */
  holder(
    workload: WorkloadId,
  ): Promise<{ readonly incident: IncidentId; readonly rollback: RollbackId } | undefined>
}

/** What we know of revisions, kept although the platform forgets: raw templates, when they served, whether they were verified or bad. */
export interface Revisions {
  /** Notes that `revision` was seen running healthy or not; repeated sightings extend its time. Answers since when it has run, where it does. */
  saw(
    workload: WorkloadId,
    sighting: {
      readonly revision: RevisionId
      readonly name: string
      readonly template: Json
      readonly running: boolean
      readonly healthy: boolean
      /** How long it certainly was the current one before, by the platform's dates; the record keeps the longest. */
      readonly servedMicros: number
      /** Image digests its units were seen with, by container; what was known before stays. */
      readonly digests: Readonly<Record<string, string>>
      /** It has begun to run since the last look; absent while it goes on, and for one that does not run. */
      readonly began?: Began
    },
  ): Promise<{ readonly at: Instant; readonly orEarlier: boolean } | undefined>
  /** One that was never seen – the database was away while it ran – is known by its name from then on, its template is not. */
  markVerified(workload: WorkloadId, revision: Named): Promise<void>
  /** As `markVerified` of one that was never seen. */
  markBad(
    workload: WorkloadId,
    revision: Named,
    because: string,
    rollback: RollbackId,
  ): Promise<void>
  unmarkBad(workload: WorkloadId, revision: RevisionId): Promise<void>
  known(workload: WorkloadId): Promise<readonly KnownRevision[]>
  /** Of these workloads, what began to run after `since` and runs still, the newest first; what may have run before is left out. */
  begunSince(
    workloads: readonly WorkloadId[],
    since: Instant,
  ): Promise<
    readonly { readonly workload: WorkloadId; readonly name: string; readonly at: Instant }[]
  >
  template(workload: WorkloadId, revision: RevisionId): Promise<Json | undefined>
}

type Named = Pick<Revision, 'id' | 'name'>

export interface KnownRevision {
  readonly revision: RevisionId
  readonly name: string
  readonly firstSeen: Instant
  readonly lastSeen: Instant
  /** It was the one that ran when the workload was last looked at. */
  readonly running: boolean
  readonly digests: Readonly<Record<string, string>>
  /** By the platform's dates when they could still be read. */
  readonly servedMicros: number
  /** Time it was seen running healthy, in microseconds. */
  readonly healthyMicros: number
  /** It was seen running at some time, however short and however well. */
  readonly hasRun: boolean
  readonly verifiedAt: Instant | undefined
  readonly bad:
    | { readonly since: Instant; readonly because: string; readonly rollback: RollbackId }
    | undefined
}

/** Every assessment of a service, whether there was an incident or not. */
export interface Assessments {
  /** In the order they were made; what a person added is one as well. */
  between(service: ServiceId, from: Instant, to: Instant): Promise<History>
  /** When somebody last had the owner of a service called. */
  ownerAsked(service: ServiceId): Promise<Instant | undefined>
}

/** What was captured of bad instances. */
export interface EvidenceLocker {
  /** Stores the text once by its hash; safe to repeat. */
  keep(
    incident: IncidentId,
    rollback: RollbackId,
    item: { readonly name: string; readonly kind: string; readonly text: string },
  ): Promise<{ readonly bytes: number; readonly sha256: string }>
  read(incident: IncidentId): Promise<
    readonly {
      readonly name: string
      readonly kind: string
      readonly text: string
      readonly sha256: string
    }[]
  >
}

/** A Slack request or webhook, admitted once, before it is acknowledged. */
export interface Inbox {
  /** `false` when this delivery was admitted before (a retry or a replay). */
  admit(delivery: {
    readonly id: DeliveryId
    readonly source: 'slack' | 'webhook'
    readonly urgent: boolean
    readonly body: Json
    /** Who asked, where that is known: how often they do is counted over all replicas. */
    readonly person?: PersonId
    /** Nothing is done about it until `acknowledged`; otherwise its handling is queued in the same statement. */
    readonly held?: boolean
  }): Promise<boolean>
  /** Whoever sent it, `person` where that is known, knows that it arrived: queues its handling. Does nothing for what was abandoned or done. */
  acknowledged(id: DeliveryId, person?: PersonId): Promise<void>
  /** Nobody knows what its sender was told: it will never be acted on. `false` when it was acknowledged after all. */
  abandon(id: DeliveryId): Promise<boolean>
  /** `undefined` when it is unknown or done. */
  load(id: DeliveryId): Promise<Delivery | undefined>
  done(id: DeliveryId): Promise<void>
}

export interface Delivery {
  readonly body: Json
  readonly isAcknowledged: boolean
  readonly admittedAt: Instant
  /** Since it was admitted. */
  readonly waited: Micros
  /** How many requests its person had made in the minute that ended with it, itself included. */
  readonly withinMinute: number
}

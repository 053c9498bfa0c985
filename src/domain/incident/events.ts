import type { Figure } from './figure.ts'
import type { AutomationEvent } from '#domain/automation/events.ts'
import type { ConfigurationEvent } from '#domain/configuration/events.ts'
import type { AssessmentEvent } from '#domain/assessment/events.ts'
import type { Teller } from '#domain/alerts/alert.ts'
import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, IncidentId, PersonId, RollbackId, ServiceId } from '#domain/ids.ts'
import type { PagingEvent } from '#domain/paging/events.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { Instant, Micros } from '#domain/time.ts'
import type { PinnedPolicy } from './policy-in-force.ts'
import type { Severity } from './severity.ts'

/** How an incident came to be known (policy §1). */
export const detections = [
  'monitoring',
  'probe',
  'pipeline',
  'pager',
  'customer',
  'team',
  'business-metric',
  'slowness',
] as const
export type Detection = (typeof detections)[number]

/** Which request it came from, so that a repeated one is written once; absent in records of earlier versions and where no person asked. */
interface Sent {
  readonly delivery?: DeliveryId
}

/** What happened to an incident itself. */
export type IncidentOnlyEvent =
  | PagingEvent
  /** Nobody has decided in the time that policy §1 gives, counted from what was detected: the next level is called, once. */
  | {
      readonly kind: 'decision_overdue'
      readonly since: Instant
      readonly within: Micros
      readonly to: Role
    }
  | {
      readonly kind: 'incident_declared'
      readonly service: ServiceId
      readonly severity: Severity
      readonly startedAt: Instant
      readonly detectedBy: Detection
      readonly title: string
      readonly by: PersonId | null
      /** Absent in records of earlier versions. */
      readonly policy?: PinnedPolicy
    }
  /** It is worked on under another policy than before; from here on the stricter of them all decides. */
  | { readonly kind: 'policy_changed'; readonly from: string; readonly policy: PinnedPolicy }
  /** What it was declared under was not reviewed by then: the one that was counts as well, and the stricter of them decides. */
  | { readonly kind: 'policy_unreviewed'; readonly policy: PinnedPolicy }
  /** Moving the start later never lowers the required authority; see `authorityStart`. */
  | (Sent & {
      readonly kind: 'incident_start_changed'
      readonly startedAt: Instant
      readonly reason: string
      readonly by: PersonId
    })
  /** Another open incident of the service began earlier: who may decide is reckoned from there, what people are told stays. */
  | {
      readonly kind: 'stricter_start_found'
      readonly incident: IncidentId
      readonly startedAt: Instant
    }
  | (Sent & {
      readonly kind: 'severity_changed'
      readonly from: Severity
      readonly to: Severity
      readonly reason: string
      /** `countermand`: what was measured reaches a higher band (policy §1). */
      readonly by: PersonId | 'countermand'
    })
  | {
      readonly kind: 'channel_opened'
      readonly channel: string
      readonly name: string
      readonly created: boolean
    }
  | {
      readonly kind: 'impact_measured'
      readonly figures: readonly Figure[]
      readonly unavailable: readonly string[]
    }
  | {
      readonly kind: 'evidence_captured'
      readonly items: readonly {
        readonly name: string
        readonly bytes: number
        readonly sha256: string
      }[]
      readonly failed: readonly string[]
    }
  | (Sent & {
      readonly kind: 'checklist_ticked'
      readonly item: string
      readonly by: PersonId | 'countermand'
      readonly evidence: string
    })
  | (Sent & {
      readonly kind: 'announced'
      readonly template: string
      readonly status: string | null
      readonly to: string
      readonly text: string
      readonly by: PersonId | 'countermand'
    })
  | {
      readonly kind: 'roles_told'
      readonly roles: readonly Role[]
      readonly people: readonly PersonId[]
      readonly about:
        | 'asked'
        | 'alerted'
        | 'countdown'
        | 'approved'
        | 'escalated'
        | 'overdue'
        | 'break-glass'
    }
  | (Sent & { readonly kind: 'note_added'; readonly text: string; readonly by: PersonId })
  /** Says what an earlier row should have said; the row itself stays. */
  | (Sent & {
      readonly kind: 'corrected'
      readonly seq: number
      readonly text: string
      readonly by: PersonId
    })
  /** Somebody wants the draft now; `draftOf` is the rollback under whose card it is put. */
  | (Sent & {
      readonly kind: 'post_mortem_asked'
      readonly draftOf: RollbackId
      readonly by: PersonId
    })
  /** What was done while the database was away, and was written into a journal, has been added: the rows from `first` on, with their own times. */
  | {
      readonly kind: 'journal_imported'
      readonly journal: string
      readonly first: number
      readonly entries: number
      readonly from: Instant
      readonly to: Instant
    }
  /** Every round of an alert, up to a limit; `alert` names the condition. Its words are somebody else's. */
  | {
      readonly kind: 'alert_fired'
      readonly alert: string
      readonly source: Teller
      readonly name: string
      readonly summary: string
      readonly startsAt: Instant
      readonly severity: Severity | null
      /** It asks for a rollback to be proposed, with this reason. */
      readonly asks: string | null
    }
  | {
      readonly kind: 'alert_resolved'
      readonly alert: string
      readonly source: Teller
      readonly name: string
    }
  /** More alerts fire than are listed, or one does so again and again: from here on they are not written down one by one. */
  | {
      readonly kind: 'alerts_withheld'
      readonly because: 'many' | 'flapping'
      /** The one that flaps. */
      readonly alert: string | null
      readonly name: string | null
    }
  /** An alert asked for a rollback, and none was proposed. */
  | { readonly kind: 'proposal_refused'; readonly source: Teller; readonly why: string }
  | {
      readonly kind: 'incident_closed'
      readonly by: PersonId | 'countermand'
      readonly because: 'stable' | 'quiet'
    }

export type TimelineEvent =
  | IncidentOnlyEvent
  | RollbackEvent
  | AssessmentEvent
  | AutomationEvent
  | PromotionEvent
  | ConfigurationEvent

/** An event as it stands on the timeline. `seq` counts from 1 without gaps; `actor` is a person or `countermand`. */
export interface Recorded<E extends TimelineEvent = TimelineEvent> {
  readonly seq: number
  readonly at: Instant
  readonly actor: PersonId | 'countermand'
  readonly event: E
  /** It happened at `at` by the clock of the machine that kept a journal, and was written here later. */
  readonly addedAt?: Instant
}
export type History = readonly Recorded[]

import type { PersonId, ServiceId } from '#domain/ids.ts'
import { afterAlert, type KnownAlert } from '#domain/alerts/known-alert.ts'
import { afterPaging, type PageState, unpaged } from '#domain/paging/state.ts'
import type { Instant } from '#domain/time.ts'
import { earliest } from '#domain/time.ts'
import type { Detection, History, IncidentOnlyEvent, Recorded } from './events.ts'
import type { Figure } from './figure.ts'
import type { PinnedPolicy } from './policy-in-force.ts'
import type { Severity } from './severity.ts'

export interface IncidentState {
  readonly service: ServiceId
  readonly title: string
  readonly severity: Severity
  readonly detectedBy: Detection
  readonly declaredBy: PersonId | null
  readonly declaredAt: Instant
  /** What people are told. */
  readonly startedAt: Instant
  /** What authority is reckoned from: the earliest start that was ever recorded, of the service's other open incidents too, so that moving it later lowers nothing (policy §5). */
  readonly authorityStart: Instant
  readonly channel:
    | { readonly id: string; readonly name: string; readonly created: boolean }
    | undefined
  readonly figures: readonly Figure[]
  /** Somebody has looked; with neither figures nor gaps there is nothing to measure it by. */
  readonly isMeasured: boolean
  /** When: what is felt now may be something else. */
  readonly measuredAt: Instant | undefined
  readonly unmeasured: readonly string[]
  readonly evidence: readonly {
    readonly name: string
    readonly bytes: number
    readonly sha256: string
  }[]
  readonly ticked: Readonly<
    Record<
      string,
      { readonly by: PersonId | 'countermand'; readonly at: Instant; readonly evidence: string }
    >
  >
  /** Status-page words that were sent, newest last. */
  readonly announced: readonly {
    readonly template: string
    readonly status: string | null
    readonly at: Instant
    readonly by: PersonId | 'countermand'
  }[]
  /** Alerts that were written down, in the order they first fired. */
  readonly alerts: readonly KnownAlert[]
  /** More of them fire than are listed. */
  readonly moreAlerts: boolean
  /** An alert asked for a rollback, and none could be proposed. */
  readonly proposalRefused: string | undefined
  /** What a pager was asked for it. */
  readonly page: PageState
  /** It was said that nobody has decided in time. */
  readonly isOverdue: boolean
  /** Every policy it was worked on under, the first one first. */
  readonly policies: readonly PinnedPolicy[]
  readonly closed: { readonly at: Instant; readonly because: 'stable' | 'quiet' } | undefined
}

/** The incident as its events tell it; `undefined` before it was declared. */
export function incidentState(history: History): IncidentState | undefined {
  return history.reduce<IncidentState | undefined>(afterRecorded, undefined)
}

/** One step of `incidentState`. */
export function afterRecorded(
  state: IncidentState | undefined,
  recorded: Recorded,
): IncidentState | undefined {
  const { at, event } = recorded
  if (event.kind === 'incident_declared') return state ?? declared(at, event)
  if (!state || 'rollback' in event || 'assessment' in event || 'automation' in event) return state
  if ('configuration' in event || 'promotion' in event) return state
  switch (event.kind) {
    case 'incident_start_changed':
      return {
        ...state,
        startedAt: event.startedAt,
        authorityStart: earliest(state.authorityStart, event.startedAt),
      }
    case 'stricter_start_found':
      return { ...state, authorityStart: earliest(state.authorityStart, event.startedAt) }
    case 'severity_changed':
      return { ...state, severity: event.to }
    case 'channel_opened':
      return { ...state, channel: { id: event.channel, name: event.name, created: event.created } }
    case 'impact_measured':
      return {
        ...state,
        isMeasured: true,
        measuredAt: at,
        figures: event.figures,
        unmeasured: event.unavailable,
      }
    case 'evidence_captured':
      return { ...state, evidence: [...state.evidence, ...event.items] }
    case 'checklist_ticked':
      return {
        ...state,
        ticked: { ...state.ticked, [event.item]: { by: event.by, at, evidence: event.evidence } },
      }
    case 'announced':
      return {
        ...state,
        announced: [
          ...state.announced,
          { template: event.template, status: event.status, at, by: event.by },
        ],
      }
    case 'policy_changed':
    case 'policy_unreviewed':
      return { ...state, policies: [...state.policies, event.policy] }
    case 'incident_closed':
      return { ...state, closed: { at, because: event.because } }
    case 'alert_fired':
    case 'alert_resolved':
      return { ...state, alerts: afterAlert(state.alerts, at, event) }
    case 'alerts_withheld':
      return event.because === 'many'
        ? { ...state, moreAlerts: true }
        : { ...state, alerts: afterAlert(state.alerts, at, event) }
    case 'proposal_refused':
      return { ...state, proposalRefused: event.why }
    case 'paged':
    case 'page_acknowledged':
    case 'page_resolved':
    case 'page_failed':
      return { ...state, page: afterPaging(state.page, at, event) }
    case 'decision_overdue':
      return { ...state, isOverdue: true }
    case 'roles_told':
    case 'note_added':
    case 'post_mortem_asked':
    case 'corrected':
    case 'journal_imported':
      return state
  }
}

function declared(
  at: Instant,
  event: Extract<IncidentOnlyEvent, { kind: 'incident_declared' }>,
): IncidentState {
  return {
    service: event.service,
    title: event.title,
    severity: event.severity,
    detectedBy: event.detectedBy,
    declaredBy: event.by,
    declaredAt: at,
    startedAt: event.startedAt,
    authorityStart: event.startedAt,
    channel: undefined,
    figures: [],
    isMeasured: false,
    measuredAt: undefined,
    unmeasured: [],
    evidence: [],
    ticked: {},
    announced: [],
    alerts: [],
    moreAlerts: false,
    proposalRefused: undefined,
    page: unpaged,
    isOverdue: false,
    policies: event.policy ? [event.policy] : [],
    closed: undefined,
  }
}

import { raiseOf } from '#domain/rollback/raise.ts'
import { type Matrix, required, toldOn, windowInTime } from '#domain/authority/matrix.ts'
import { above, rankOf, type Role, roles } from '#domain/authority/role.ts'
import { isShortOfOne } from '#domain/authority/two-people.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { RollbackId } from '#domain/ids.ts'
import { type RollbackState, rollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { isInDoubt } from '#domain/rollback/sync.ts'
import { isFollower } from '#domain/rollback/together.ts'
import { defaults } from '#domain/assessment/limits.ts'
import { levelOf, type PagingLimits, signOf } from '#domain/paging/signs.ts'
import { isMilestone, isShown } from './milestones.ts'
import type { Notice } from './notice.ts'

type Kind = TimelineEvent['kind']

/** Whom people see because of one event. `history` holds the event and may go on after it. Pure: the same event always has the same notices. */
export function noticesFor(
  recorded: Recorded,
  history: History,
  matrix: Matrix,
  limits: PagingLimits = defaults,
): readonly Notice[] {
  const { event, seq } = recorded
  const until = history.filter((earlier) => earlier.seq <= seq)
  const incident = incidentState(until)
  if (!incident) return []
  const rollback = 'rollback' in event ? rollbackState(until, event.rollback) : undefined
  return [
    ...(event.kind === 'incident_declared' ? [{ kind: 'channel' } as const] : []),
    ...ownCard(event, incident),
    ...cards(event, until),
    ...(isShown(event)
      ? [
          {
            kind: 'line',
            seq,
            rollback: threadOf(rollback),
            broadcast: isLoud(event, rollback),
          } as const,
        ]
      : []),
    ...(rollback && !isCountedDown(recorded, history) && !isFollower(rollback)
      ? mentions({ recorded, incident, rollback, matrix })
      : []),
    ...onCall(recorded, incident, history),
    ...signals(event, history, limits),
    ...(event.kind === 'decision_overdue' ? [{ kind: 'overdue', seq } as const] : []),
    ...announcements(event, until),
    ...evidence(event, until),
    ...drafts(event),
  ]
}

/** What waits for others has no card, and no thread, of its own. */
const threadOf = (rollback: RollbackState | undefined): RollbackId | undefined =>
  rollback && isFollower(rollback) ? rollback.together?.lead : rollback?.id

/** What is decided on several at once is said aloud once. */
const isLoud = (event: TimelineEvent, rollback: RollbackState | undefined): boolean =>
  isMilestone(event) &&
  (event.kind === 'rollback_left' || rollback === undefined || !isFollower(rollback))

/** Events about a rollback that its card does not show. */
const unseen: readonly Kind[] = [
  'decision_refused',
  'step_started',
  'undo_started',
  'freeze_begun',
  'hold_begun',
]
/** Events about the incident that every open card shows. */
const seenByAll: readonly Kind[] = [
  'incident_start_changed',
  'policy_changed',
  'policy_unreviewed',
  'stricter_start_found',
  'severity_changed',
  'impact_measured',
  'channel_opened',
  'paged',
  'page_acknowledged',
  'page_resolved',
  'page_failed',
  'automation_switched',
]

function cards(event: TimelineEvent, until: History): readonly Notice[] {
  if ('rollback' in event) return unseen.includes(event.kind) ? [] : cardsOf(event.rollback, until)
  return seenByAll.includes(event.kind)
    ? rollbacksOf(until)
        .filter((one) => !isFollower(one))
        .map(({ id }): Notice => ({ kind: 'card', rollback: id }))
    : []
}

/** Asked for together: the first one's card shows them all, and whichever has begun has one of its own. */
function cardsOf(id: RollbackId, until: History): readonly Notice[] {
  const rollback = rollbackState(until, id)
  const lead = rollback?.together?.lead ?? id
  const shown = rollback && isFollower(rollback) ? [lead] : [...new Set([lead, id])]
  return shown.map((one): Notice => ({ kind: 'card', rollback: one }))
}

/** Events about a rollback that change what people are to do next, as the incident's own card says it. */
const turns: readonly Kind[] = [
  'rollback_planned',
  'countdown_begun',
  'countdown_stopped',
  'automation_approved',
  'approval_given',
  'rollback_rejected',
  'rollback_cancelled',
  'rollback_expired',
  'rollback_blocked',
  'verified',
  'watch_ended',
]
/** Events about the incident that its own card shows. */
const seenByOwn: readonly Kind[] = [
  'alert_fired',
  'alert_resolved',
  'alerts_withheld',
  'proposal_refused',
  'incident_start_changed',
  'severity_changed',
  'paged',
  'page_acknowledged',
  'page_resolved',
  'page_failed',
  'incident_closed',
]

/** An incident that alerts have told of has a card of its own: there may be no rollback to show yet. */
const ownCard = (event: TimelineEvent, { alerts }: IncidentState): readonly Notice[] =>
  alerts.length > 0 && [...turns, ...seenByOwn].includes(event.kind)
    ? [{ kind: 'card', rollback: undefined }]
    : []

/** Written down together with the countdown, which has its own words for whoever may stop it. */
const isCountedDown = ({ event, seq }: Recorded, history: History): boolean =>
  event.kind === 'rollback_planned' &&
  history.some((next) => next.seq === seq + 1 && next.event.kind === 'countdown_begun')

interface Telling {
  readonly recorded: Recorded
  readonly incident: IncidentState
  readonly rollback: RollbackState
  readonly matrix: Matrix
}

function mentions(telling: Telling): readonly Notice[] {
  const { recorded, rollback, incident, matrix } = telling
  const { event, at } = recorded
  const tell = (
    about: Extract<Notice, { kind: 'mention' }>['about'],
    told: readonly (Role | undefined)[],
  ): readonly Notice[] => {
    const known = [...new Set(told.filter((role) => role !== undefined))]
    return known.length > 0 ? [{ kind: 'mention', roles: known, about, rollback: rollback.id }] : []
  }
  switch (event.kind) {
    case 'rollback_planned':
      return tell('asked', deciders(telling))
    case 'countdown_begun':
      return tell('countdown', deciders(telling))
    case 'countdown_stopped':
      return tell('asked', deciders(telling))
    case 'automation_approved':
      return tell('approved', toldOn(windowInTime(matrix, incident.authorityStart, at), event.as))
    case 'escalated':
      return tell('escalated', [event.to])
    case 'reminded':
      return tell('reminded', [event.to])
    case 'sync_reminded':
      return tell('sync-paused', [rollback.approved?.as ?? 'on-call-engineer'])
    case 'sync_ended':
      return isInDoubt(event.seen) && rollback.phase !== 'undone'
        ? tell('sync-ended', [rollback.approved?.as ?? 'on-call-engineer'])
        : []
    case 'leftover_left':
      return event.needs ? tell('left-behind', ['on-call-engineer']) : []
    case 'approval_given': {
      // One more of the same level may be nobody: the next one is called with it.
      if (!event.complete)
        return isShortOfOne(rollback)
          ? tell('asked', [event.needed, above(event.needed)])
          : tell('asked', [deciders(telling)[1] ?? 'vp-engineering'])
      if (event.breakGlass !== null) return tell('break-glass', nextTwo(event.as))
      return tell('approved', toldOn(windowInTime(matrix, incident.authorityStart, at), event.as))
    }
    case 'verified':
      return event.outcome === 'recovered' ? [] : tell('not-recovered', deciders(telling))
    case 'watch_ended':
      return event.outcome === 'degraded' || event.outcome === 'unverified'
        ? tell('not-recovered', deciders(telling))
        : []
    case 'step_failed':
      return rollback.phase === 'failed' ? tell('stuck', deciders(telling)) : []
    case 'undo_failed':
      return tell('stuck', ['on-call-engineer', ...deciders(telling)])
    default:
      return []
  }
}

/**
 * What an alert has opened is somebody's, although nothing is proposed yet. Where a rollback is asked for at once, or is going to
 * be, that calls whoever decides; where it could not be proposed, they are called after all.
 */
function onCall(
  { event, at }: Recorded,
  { declaredBy, severity }: IncidentState,
  history: History,
): readonly Notice[] {
  if (declaredBy !== null || severity === 'low') return []
  if (event.kind === 'proposal_refused') return [{ kind: 'on-call' }]
  if (event.kind !== 'incident_declared') return []
  const beside = history.filter((one) => one.at === at).map((one) => one.event)
  const isAsked = beside.some(
    (one) => one.kind === 'rollback_requested' || (one.kind === 'alert_fired' && one.asks !== null),
  )
  return isAsked ? [] : [{ kind: 'on-call' }]
}

/** What is a sign of P1 or worse is told to whoever is on call by name, unless the incident has called somebody for itself. */
function signals(event: TimelineEvent, history: History, limits: PagingLimits): readonly Notice[] {
  const seen = signOf(event, limits)
  const isLoud = seen !== undefined && levelOf(seen) !== 'P2'
  return isLoud && !history.some(callsSomebody) ? [{ kind: 'on-call' }] : []
}

/** Somebody is asked to decide, or to look, without that. */
const callsSomebody = ({ event }: Recorded): boolean =>
  event.kind === 'rollback_requested' ||
  event.kind === 'proposal_refused' ||
  (event.kind === 'incident_declared' && event.severity !== 'low')

/** The role that decides at the event's minute, and the one beside it where two are needed. */
function deciders({
  recorded,
  incident,
  rollback,
  matrix,
}: Telling): readonly (Role | undefined)[] {
  const row = windowInTime(matrix, incident.authorityStart, recorded.at)
  const need = required(row, raiseOf(rollback))
  return [need.role, need.coApprover]
}

/** Broken glass is told to the next two levels (policy §5). */
const nextTwo = (role: Role): readonly Role[] => roles.slice(rankOf(role) + 1, rankOf(role) + 3)

const isDeclaredByMachine = (until: History): boolean => incidentState(until)?.declaredBy === null

function announcements(event: TimelineEvent, until: History): readonly Notice[] {
  const announce = (...templates: readonly string[]): readonly Notice[] =>
    'rollback' in event
      ? templates.map((template) => ({ kind: 'announcement', template, rollback: event.rollback }))
      : []
  switch (event.kind) {
    case 'incident_declared':
      // What a person declares comes with a rollback, and is announced with it.
      return event.by === null
        ? [{ kind: 'announcement', template: 'incident-alert', rollback: undefined }]
        : []
    case 'rollback_requested':
      if (rollbacksOf(until)[0]?.id !== event.rollback) return []
      // Declared and asked for at once, by automation: the alert tells both.
      if (event.fired && until.at(-1)?.at === until[0]?.at) return []
      return announce(isDeclaredByMachine(until) ? 'next-update' : 'incident-alert')
    case 'reminded':
      return announce('next-update')
    case 'verified':
      return event.outcome === 'recovered'
        ? announce('rollback-complete', 'rollback-notification')
        : []
    case 'watch_ended':
      return event.outcome === 'stable' ? announce('resolution') : []
    default:
      return []
  }
}

/** A draft when the watch is over, and whenever somebody asks for it. */
function drafts(event: TimelineEvent): readonly Notice[] {
  if (event.kind === 'post_mortem_asked') return [{ kind: 'post-mortem', rollback: event.draftOf }]
  return event.kind === 'watch_ended' && event.outcome === 'stable'
    ? [{ kind: 'post-mortem', rollback: event.rollback }]
    : []
}

function evidence(event: TimelineEvent, until: History): readonly Notice[] {
  if (event.kind !== 'evidence_captured' || event.items.length === 0) return []
  const latest = rollbacksOf(until).findLast(({ approved }) => approved !== undefined)
  return latest ? [{ kind: 'evidence', rollback: latest.id }] : []
}

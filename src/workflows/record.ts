import type { AssessmentEvent } from '#domain/assessment/events.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { AutomationEvent } from '#domain/automation/events.ts'
import type { PersonId, WorkloadId } from '#domain/ids.ts'
import type { Notice } from '#domain/communication/notice.ts'
import { noticesFor } from '#domain/communication/notices.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { isUnseen, pinnedPolicy, policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import { pageMove } from '#domain/paging/moves.ts'
import type { Policy } from '#domain/policy.ts'
import { wakeOf } from '#domain/rollback/attention.ts'
import { freezeMoves } from '#domain/rollback/freeze-moves.ts'
import { holdMoves } from '#domain/rollback/hold-moves.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { standingStill } from '#domain/rollback/standing-still.ts'
import { syncMoves } from '#domain/rollback/sync-moves.ts'
import { type RollbackState, rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Change, JobKind } from '#ports/store.ts'

interface Writing {
  readonly history: History
  readonly now: Instant
  readonly policy: Policy
  readonly actor?: PersonId | 'countermand'
}

/** Everything that follows from events, computed in one place: who is told, what runs next, when to look again, what is freed. */
export function changeOf(asked: readonly TimelineEvent[], writing: Writing): Change {
  const { history, now, policy, actor = 'countermand' } = writing
  const events = [...policyNote(history, policy), ...asked]
  const added = recordedAfter(history, events, { now, actor })
  const after = [...history, ...added]
  const wakeAt = wakeOf(after, now, policy)
  const { matrix } = policyInForce(incidentState(after), policy)
  const limits = limitsOf(after, policy)
  const { claims, releases } = ownership(history, after, events)
  return {
    events,
    actor,
    notices: added.flatMap((recorded) => noticesFor(recorded, after, matrix, limits)),
    wakeAt: wakeAt ?? null,
    jobs: [
      ...jobsOf(events, wakeAt !== undefined && wakeAt <= now),
      ...(isToReconcile(after, now, policy) ? (['freeze'] as const) : []),
      ...(isToPage(history, after, policy) ? (['page'] as const) : []),
    ],
    ...(claims.length > 0 ? { claims } : {}),
    ...(releases.length > 0 ? { releases } : {}),
  }
}

/** Events as the record is going to hold them. */
export const recordedAfter = (
  history: History,
  events: readonly TimelineEvent[],
  { now, actor }: Required<Pick<Writing, 'now' | 'actor'>>,
): History =>
  events.map((event, index) => ({ seq: history.length + 1 + index, at: now, actor, event }))

/** Whoever is behind one of them; else it is written by itself. */
export const actorOf = (
  events: readonly (AssessmentEvent | AutomationEvent)[],
): PersonId | 'countermand' =>
  events.flatMap((event) => ('by' in event ? event.by : []))[0] ?? 'countermand'

/** What follows from events that happened before and are only added now; nobody is called for what is long decided. */
export function changeOfPast(
  past: History,
  imported: Extract<TimelineEvent, { kind: 'journal_imported' }>,
  { now, policy }: Pick<Writing, 'now' | 'policy'>,
): Change {
  const seq = past.length + 1
  const after = [...past, { seq, at: now, actor: 'countermand', event: imported } as const]
  const wakeAt = wakeOf(after, now, policy)
  const { matrix } = policyInForce(incidentState(after), policy)
  const limits = limitsOf(after, policy)
  const events = after.map(({ event }) => event)
  const { claims } = ownership([], after, events)
  return {
    events,
    actor: 'countermand',
    past: past.map(({ at, actor }) => ({ at, actor })),
    notices: [
      ...after
        .flatMap((recorded) => noticesFor(recorded, after, matrix, limits))
        .filter((notice) => notice.kind !== 'mention' || !settled.includes(notice.about)),
      ...reviewsOf(after),
    ],
    wakeAt: wakeAt ?? null,
    jobs: [
      ...(wakeAt !== undefined && wakeAt <= now ? (['advance'] as const) : []),
      ...(isToReconcile(after, now, policy) ? (['freeze'] as const) : []),
    ],
    ...(claims.length > 0 ? { claims } : {}),
  }
}

/** Of the service that the incident is about. */
const limitsOf = (history: History, policy: Policy) => {
  const incident = incidentState(history)
  return incident && limitsFor(policy, incident.service)
}

/** Whether the platform is to refuse or to let through something that it does not yet. */
const isToReconcile = (history: History, now: Instant, policy: Policy): boolean =>
  freezeMoves(history, now, policy.rollback).length > 0 ||
  holdMoves(history).length > 0 ||
  syncMoves(history, now, policy.rollback).length > 0

/** The pager is to be asked for something that it was not before: a job that is there goes on by itself. */
function isToPage(before: History, after: History, policy: Policy): boolean {
  const move = pageMove(after, policy)
  return move !== undefined && move.do !== pageMove(before, policy)?.do
}

/** What nobody needs to be called for any more. */
const settled: readonly Extract<Notice, { kind: 'mention' }>['about'][] = [
  'asked',
  'approved',
  'break-glass',
]

/** Whose task it is to look at what was decided: the level that was needed, and the top. */
const reviewsOf = (history: History): readonly Notice[] =>
  rollbacksOf(history).flatMap(({ id, approvals, breakGlass }): readonly Notice[] => {
    const needed = approvals.findLast((approval) => approval.breakGlass !== null)?.needed
    return breakGlass && needed
      ? [
          {
            kind: 'mention',
            roles: [...new Set([needed, 'executive'] as const)],
            about: 'break-glass',
            rollback: id,
          },
        ]
      : []
  })

/** Said before what is decided under it (threat T037). */
function policyNote(history: History, policy: Policy): readonly TimelineEvent[] {
  const incident = incidentState(history)
  const from = incident?.policies.at(-1)
  if (!incident || !from || incident.closed || !isUnseen(incident, policy)) return []
  return [{ kind: 'policy_changed', from: from.hash, policy: pinnedPolicy(policy) }]
}

function jobsOf(events: readonly TimelineEvent[], workWaits: boolean): readonly JobKind[] {
  const jobs = events.flatMap((event): readonly JobKind[] => {
    switch (event.kind) {
      case 'rollback_requested':
        return ['impact']
      case 'approval_given':
        return event.complete ? ['evidence'] : []
      case 'automation_approved':
        return ['evidence']
      case 'alert_fired':
        return event.asks === null ? [] : ['propose']
      // Other open incidents of the service may have to follow it.
      case 'incident_declared':
      case 'incident_start_changed':
      case 'execution_completed':
      case 'verified':
        return ['advance']
      default:
        return []
    }
  })
  return [...new Set<JobKind>(workWaits ? [...jobs, 'advance'] : jobs)]
}

/** A rollback that becomes open takes its workload and those that stand still for it, one that stops being open gives them free; what was started again is free before that. */
function ownership(
  before: History,
  after: History,
  events: readonly TimelineEvent[],
): Required<Pick<Change, 'claims' | 'releases'>> {
  const ids = new Set(events.flatMap((event) => ('rollback' in event ? event.rollback : [])))
  const changed = [...ids].flatMap((id) => {
    const was = rollbackState(before, id)
    const is = rollbackState(after, id)
    return is ? [{ is, had: heldBy(was), has: heldBy(is) }] : []
  })
  return {
    claims: changed.flatMap(({ is, had, has }) =>
      has.flatMap((workload) => (had.includes(workload) ? [] : [{ workload, rollback: is.id }])),
    ),
    releases: changed.flatMap(({ is: { id: rollback }, had, has }) => {
      if (has.length === 0) return had.length === 0 ? [] : [{ rollback }]
      // Claims are taken before others are freed: what another plan stops as well stays taken.
      return had.flatMap((workload) => (has.includes(workload) ? [] : [{ rollback, workload }]))
    }),
  }
}

/** What nobody else may roll back or promote meanwhile. */
function heldBy(rollback: RollbackState | undefined): readonly WorkloadId[] {
  if (!rollback) return []
  if (isOpen(rollback))
    return [rollback.workload, ...standingStill(rollback).map(({ target }) => target.workload)]
  return rollback.leftover?.phase === 'removing' ? [rollback.workload] : []
}
